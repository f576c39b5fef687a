//! How long a connection is waited for, how a dead one is noticed, and which server is wanted.

use std::time::Duration;

use tokio_postgres::Config;

use super::parameter_reader::ParameterReader;

/// The longest that Linux takes for `TCP_KEEPIDLE` and `TCP_KEEPINTVL`, and the most for `TCP_KEEPCNT`: beyond them no
/// connection would come about.
const KEEPALIVE_MAX_S: u32 = 32_767;
const KEEPALIVES_MAX: u32 = 127;

/// libpq's numbers are C's `int`.
const INT_MAX: u32 = i32::MAX.unsigned_abs();

/// Which of them the address sets. Zero is the system's own value, which counts as set.
pub(super) struct SetKeepalives {
    pub idle: bool,
    pub interval: bool,
}

pub(super) fn read(reader: &mut ParameterReader, config: &mut Config) -> SetKeepalives {
    // Zero is for ever. One second is one second, as since PostgreSQL 17; older ones take it for two.
    if let Some(limit) = reader.whole("connect_timeout", INT_MAX, "seconds") {
        config.connect_timeout(seconds(limit));
    }
    if let Some(limit) = reader.whole("tcp_user_timeout", INT_MAX, "milliseconds") {
        config.tcp_user_timeout(Duration::from_millis(limit.into()));
    }
    if let Some(on) = reader.whole("keepalives", INT_MAX, "1 or 0, or any whole number") {
        config.keepalives(on != 0);
    }
    let idle = reader.whole("keepalives_idle", KEEPALIVE_MAX_S, "seconds");
    if let Some(idle) = idle.filter(|idle| *idle > 0) {
        config.keepalives_idle(seconds(idle));
    }
    let interval = reader.whole("keepalives_interval", KEEPALIVE_MAX_S, "seconds");
    if let Some(interval) = interval.filter(|interval| *interval > 0) {
        config.keepalives_interval(seconds(interval));
    }
    let count = reader.whole("keepalives_count", KEEPALIVES_MAX, "a whole number");
    if let Some(count) = count.filter(|count| *count > 0) {
        config.keepalives_retries(count);
    }
    // All mean the same: every session is checked to take writes, so the driver need not.
    reader.one_of_because(
        "target_session_attrs",
        &[("any", ()), ("read-write", ()), ("primary", ())],
        ", since an engine needs a server that takes writes",
    );
    SetKeepalives {
        idle: idle.is_some(),
        interval: interval.is_some(),
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::TargetSessionAttrs;

    use super::super::tests::{config, read};
    use super::*;

    #[test]
    fn times_are_libpq_s() {
        let s = |seconds| Some(Duration::from_secs(seconds));
        for (value, limit) in [
            ("20", s(20)),
            ("1", s(1)),
            (" +7 ", s(7)),
            ("0", s(0)),
            ("-1", s(0)),
        ] {
            let config = config("connect_timeout", value);
            assert_eq!(config.get_connect_timeout().copied(), limit, "{value}");
        }
        for (value, limit) in [("5000", s(5)), ("0", s(0)), ("-5", s(0))] {
            let config = config("tcp_user_timeout", value);
            assert_eq!(config.get_tcp_user_timeout().copied(), limit, "{value}");
        }
        let absent = read(&[]).unwrap().config;
        assert_eq!(absent.get_connect_timeout(), None);
        assert_eq!(absent.get_tcp_user_timeout(), None);
    }

    #[test]
    fn keepalives_are_libpq_s_and_zero_is_the_system_s_own() {
        assert!(read(&[]).unwrap().config.get_keepalives());
        assert!(config("keepalives", "1").get_keepalives());
        assert!(config("keepalives", "7").get_keepalives());
        assert!(!config("keepalives", "0").get_keepalives());
        assert_eq!(
            config("keepalives_count", "4").get_keepalives_retries(),
            Some(4)
        );
        assert_eq!(
            config("keepalives_count", "0").get_keepalives_retries(),
            None
        );
        let usual = Config::new();
        for (parameters, idle, interval, sets) in [
            (&[][..], None, None, (false, false)),
            (&[("keepalives_idle", "3")], Some(3), None, (true, false)),
            (
                &[("keepalives_interval", "4")],
                None,
                Some(4),
                (false, true),
            ),
            (
                &[("keepalives_idle", "0"), ("keepalives_interval", "0")],
                None,
                None,
                (true, true),
            ),
            (
                &[("keepalives_idle", "7200")],
                Some(7_200),
                None,
                (true, false),
            ),
        ] {
            let address = read(parameters).unwrap();
            let idle = idle.map_or(usual.get_keepalives_idle(), Duration::from_secs);
            assert_eq!(address.config.get_keepalives_idle(), idle, "{parameters:?}");
            let interval = interval.map(Duration::from_secs);
            assert_eq!(address.config.get_keepalives_interval(), interval);
            let found = (
                address.sets_keepalives_idle,
                address.sets_keepalives_interval,
            );
            assert_eq!(found, sets, "{parameters:?}");
        }
    }

    #[test]
    fn every_server_that_takes_writes_will_do_and_no_other() {
        for kind in ["any", "read-write", "primary"] {
            let config = config("target_session_attrs", kind);
            assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::Any);
        }
        for kind in ["read-only", "standby", "prefer-standby", "", "master"] {
            let refused = read(&[("target_session_attrs", kind)]).err().unwrap();
            assert_eq!(
                refused.to_string(),
                "has a wrong target_session_attrs, which should be any or read-write or primary, since an engine needs a \
                 server that takes writes"
            );
        }
    }
}
