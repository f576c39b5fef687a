//! Session settings.
//!
//! They are set by statements once the session is open: poolers refuse unusual startup parameters (`PgBouncer` 1.18:
//! "unsupported startup parameter"), and pass statements on.

use std::fmt::Write;
use std::time::Duration;

use tokio_postgres::Config;

use crate::config::DatabaseLimits;

/// How often PostgreSQL checks, while it executes a statement, whether the client is still connected.
const CLIENT_CHECK_S: u64 = 2;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    sets: Vec<(&'static str, String)>,
    /// Settings that end a session whose engine has vanished, whether it is idle or executes a statement.
    guards: Vec<(&'static str, String)>,
    /// The address sets the search path itself.
    has_search_path: bool,
    tcp_user_timeout: Option<Duration>,
}

impl Settings {
    /// Returns the limits, except those that `options` of the address sets.
    pub fn of(limits: &DatabaseLimits, options: &str) -> Self {
        let milliseconds = |limit: Duration| limit.as_millis().to_string();
        let mut sets = vec![
            ("statement_timeout", milliseconds(limits.statement)),
            ("lock_timeout", milliseconds(limits.lock)),
        ];
        let mut guards = vec![
            (
                "tcp_keepalives_idle",
                limits.keepalive.as_secs().max(1).to_string(),
            ),
            (
                "client_connection_check_interval",
                format!("{CLIENT_CHECK_S}s"),
            ),
        ];
        for given in [&mut sets, &mut guards] {
            given.retain(|(name, _)| !sets_option(options, name));
        }
        Self {
            sets,
            guards,
            has_search_path: sets_option(options, "search_path"),
            tcp_user_timeout: None,
        }
    }

    /// Returns the settings with another one, which overrides the address.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers pass numbers and literals"
    )]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.sets.retain(|(other, _)| *other != name);
        self.sets.push((name, value.to_string()));
        self
    }

    /// Returns the settings for a session whose statements may take longer than the network's timeout.
    #[must_use]
    pub fn patient(mut self) -> Self {
        self.tcp_user_timeout = Some(Duration::ZERO);
        self
    }

    /// Applies what has to be set before connecting.
    pub fn apply_to(&self, config: &mut Config) {
        if let Some(limit) = self.tcp_user_timeout {
            config.tcp_user_timeout(limit);
        }
    }

    /// Returns the statements that the server may reject.
    pub fn guards(&self) -> String {
        statements_of(&self.guards)
    }

    /// Returns the statements that set up the session.
    pub fn statements(&self, schema: Option<&str>) -> String {
        let mut text = statements_of(&self.sets);
        if let Some(schema) = schema.filter(|_| !self.has_search_path) {
            let _ = write!(
                text,
                "SET search_path TO \"{}\";",
                schema.replace('"', "\"\"")
            );
        }
        text
    }
}

fn statements_of(sets: &[(&str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in sets {
        // Writing to a string does not fail.
        let _ = write!(text, "SET {name} TO '{value}';");
    }
    text
}

/// Returns whether startup options (`-c name=value`, `--name=value`) set it.
fn sets_option(options: &str, name: &str) -> bool {
    options.split_ascii_whitespace().any(|word| {
        let word = word
            .strip_prefix("-c")
            .or(word.strip_prefix("--"))
            .unwrap_or(word);
        word.split_once('=')
            .is_some_and(|(set, _)| set.replace('-', "_").eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_address_sets_stays_unless_a_session_needs_otherwise() {
        let limits = DatabaseLimits::of(Duration::from_secs(12));
        for options in [
            "-c statement_timeout=7 -c lock_timeout=8",
            "-cstatement_timeout=7 --lock-timeout=8",
            "--statement_timeout=7 -c LOCK_TIMEOUT=8",
        ] {
            let settings = Settings::of(&limits, options);
            let text = settings.statements(None);
            assert!(
                !text.contains("statement_timeout") && !text.contains("lock_timeout"),
                "{text}"
            );
            let text = settings.with("lock_timeout", 100).statements(None);
            assert!(text.contains("SET lock_timeout TO '100';"), "{text}");
        }
        let text = Settings::of(&limits, "-c geqo=off").statements(None);
        assert!(text.contains("SET statement_timeout TO '4000';"), "{text}");
    }

    #[test]
    fn a_schema_is_pinned_by_its_quoted_name_unless_the_address_names_some() {
        let limits = DatabaseLimits::of(Duration::from_secs(12));
        let text = Settings::of(&limits, "").statements(Some("a\"b"));
        assert!(text.ends_with("SET search_path TO \"a\"\"b\";"), "{text}");
        let text = Settings::of(&limits, "-c search_path=mine").statements(Some("public"));
        assert!(!text.contains("search_path"), "{text}");
    }
}
