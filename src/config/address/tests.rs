use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use tokio_postgres::config::SslNegotiation;

use super::*;

/// Reads the parameters in both forms of an address, which have to agree.
pub(super) fn read(parameters: &[(&str, &str)]) -> Result<DatabaseAddress, AddressError> {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let quoted = |text: &str| text.replace('\\', r"\\").replace('\'', r"\'");
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", encoded(value));
    let address: Vec<_> = parameters.iter().map(pair).collect();
    let address = format!("postgresql://h?{}", address.join("&")).parse();
    let pair = |(name, value): &(&str, &str)| format!("{name}='{}'", quoted(value));
    let pairs: Vec<_> = parameters.iter().map(pair).collect();
    let pairs = format!("host=h {}", pairs.join(" ")).parse();
    match (address, pairs) {
        (Ok(address), Ok(pairs)) => {
            let address: DatabaseAddress = address;
            let pairs: DatabaseAddress = pairs;
            assert_eq!(address.config, pairs.config, "{parameters:?}");
            assert_eq!(address.certificate, pairs.certificate, "{parameters:?}");
            Ok(address)
        }
        (Err(address), Err(pairs)) => {
            assert_eq!(address, pairs, "{parameters:?}");
            Err(address)
        }
        _ => panic!("only one form takes {parameters:?}"),
    }
}

pub(super) fn config(name: &str, value: &str) -> Config {
    read(&[(name, value)]).unwrap().config
}

pub(super) fn refusal(text: &str) -> String {
    let read: Result<DatabaseAddress, _> = text.parse();
    read.err().unwrap().to_string()
}

#[test]
fn words_and_texts_are_taken_over() {
    let config = read(&[
        ("user", "ü"),
        ("password", r"p 'w\"),
        ("dbname", "d=b"),
        ("application_name", "a"),
        ("options", "-c geqo=off"),
        ("channel_binding", "require"),
        ("load_balance_hosts", "random"),
        ("sslmode", "require"),
        ("sslnegotiation", "direct"),
    ]);
    let config = config.unwrap().config;
    assert_eq!(config.get_user(), Some("ü"));
    assert_eq!(config.get_password(), Some(&br"p 'w\"[..]));
    assert_eq!(config.get_dbname(), Some("d=b"));
    assert_eq!(config.get_application_name(), Some("a"));
    assert_eq!(config.get_options(), Some("-c geqo=off"));
    assert_eq!(config.get_channel_binding(), ChannelBinding::Require);
    assert_eq!(config.get_load_balance_hosts(), LoadBalanceHosts::Random);
    assert_eq!(config.get_ssl_negotiation(), SslNegotiation::Direct);
    let empty =
        read(&["user", "password", "dbname", "application_name", "options"].map(|name| (name, "")));
    let mut none = Config::new();
    none.host("h");
    assert_eq!(empty.unwrap().config, none);
}

#[test]
fn a_wrong_value_is_refused_by_its_name_and_what_it_should_be() {
    for (name, value, expected) in [
        ("connect_timeout", "soon", "seconds from 0 to 2147483647"),
        ("connect_timeout", "", "seconds from 0 to 2147483647"),
        ("connect_timeout", "2.5", "seconds from 0 to 2147483647"),
        (
            "connect_timeout",
            "2147483648",
            "seconds from 0 to 2147483647",
        ),
        (
            "tcp_user_timeout",
            "5s",
            "milliseconds from 0 to 2147483647",
        ),
        (
            "keepalives",
            "on",
            "1 or 0, or any whole number from 0 to 2147483647",
        ),
        ("keepalives_idle", "32768", "seconds from 0 to 32767"),
        ("keepalives_interval", "a", "seconds from 0 to 32767"),
        ("keepalives_count", "128", "a whole number from 0 to 127"),
        (
            "sslmode",
            "allow",
            "disable or prefer or require or verify-ca or verify-full",
        ),
        (
            "sslmode",
            "",
            "disable or prefer or require or verify-ca or verify-full",
        ),
        (
            "sslmode",
            "VERIFY-FULL",
            "disable or prefer or require or verify-ca or verify-full",
        ),
        ("sslnegotiation", "tls", "postgres or direct"),
        ("channel_binding", "yes", "disable or prefer or require"),
        ("load_balance_hosts", "on", "disable or random"),
    ] {
        let refused = read(&[(name, value)]).err().unwrap();
        let fault = Fault::value(name, expected);
        assert_eq!(refused, fault.into(), "{name}={value}");
    }
    for parameters in [
        &[("sslmode", "verify-ca")][..],
        &[("sslmode", "verify-ca"), ("sslrootcert", "system")],
        &[("sslmode", "require"), ("sslrootcert", "system")],
        &[("sslnegotiation", "direct")],
        &[("sslmode", "prefer"), ("sslnegotiation", "direct")],
    ] {
        let refused = read(parameters).err().unwrap().to_string();
        assert!(refused.starts_with("has a wrong ssl"), "{refused}");
    }
    assert_eq!(
        refusal("postgresql://u%ff:p@h"),
        "has a wrong user, which should be in UTF-8"
    );
    let bytes: DatabaseAddress = "postgresql://u:p%ff@h".parse().unwrap();
    assert_eq!(bytes.config.get_password(), Some(&b"p\xff"[..]));
}

#[test]
fn what_is_not_known_is_refused_by_its_name_and_all_of_it_at_once() {
    for (name, refused) in [
        (
            "sslcert",
            "has the parameter sslcert, which is not supported",
        ),
        (
            "passfile",
            "has the parameter passfile, which is not supported",
        ),
        (
            "gssencmode",
            "has the parameter gssencmode, which is not supported",
        ),
        (
            "conect_timeout",
            "has an unknown parameter conect_timeout (did you mean connect_timeout?)",
        ),
        (
            "keepalives_retries",
            "has an unknown parameter keepalives_retries (did you mean keepalives_count?)",
        ),
        ("schema", "has an unknown parameter schema"),
        (
            "SSLMODE",
            "has an unknown parameter SSLMODE (did you mean sslmode?)",
        ),
    ] {
        let found = read(&[(name, "x")]).err().unwrap();
        assert_eq!(found.to_string(), refused);
    }
    assert_eq!(
        refusal("postgresql://h:0/d?sslcert=a&sslmode=b&schema=c"),
        "has a wrong port, which should be a whole number from 1 to 65535; a wrong sslmode, which should be disable or \
         prefer or require or verify-ca or verify-full; an unknown parameter schema; the parameter sslcert, which is \
         not supported"
    );
}

#[test]
fn no_refusal_shows_a_password_that_is_not_written_as_it_should_be() {
    for text in [
        "postgresql://u:hush/hush=hush@h/d",
        "postgresql://u:hush/hush?hush=hush@h/d",
        "postgresql://u:hush/12?hush=hush@h:1/d",
        "postgresql://u:hush@hush?hush=hush@h/d",
        "postgresql://u:x@hush@h/d",
        "postgresql://u:hush%@h/d",
        "postgresql://u:hush@h/d?hush",
        "host=h password=my hush",
        "host=h password=my hush=1",
        "host=h password=my hush! user=1",
        "host=h password='hush",
        "host=h pass'hush=1",
        "hush",
        "mysql://u:hush@h/d",
        "mysql://u:hush@h/d?hush=1",
    ] {
        let refused = refusal(text);
        assert!(!refused.contains("hush"), "{text}: {refused}");
    }
    let named = refusal("host=h password=x conect_timeout=3 user=u");
    assert!(named.contains("conect_timeout"), "{named}");
    let named = refusal("host=h password='x' schema=3");
    assert!(named.contains("schema"), "{named}");
}

#[test]
fn an_address_is_shown_as_database_and_servers_alone() {
    for (address, shown) in [
        (
            "postgresql://user:hush@db1:5433/money?application_name=hush",
            "money at db1:5433",
        ),
        (
            "postgresql://user:hush@db1,db2:5433/money",
            "money at db1:5432 or db2:5433",
        ),
        (
            "host=db1,db2 port=6432 user=wallet",
            "wallet at db1:6432 or db2:6432",
        ),
        ("postgresql://user@[::1]/money", "money at [::1]:5432"),
        ("hostaddr=10.0.0.7 dbname=money", "money at 10.0.0.7:5432"),
        (
            "host=/run/pg dbname=money password=hush",
            "money at /run/pg/.s.PGSQL.5432",
        ),
    ] {
        let address: DatabaseAddress = address.parse().unwrap();
        assert_eq!(address.to_string(), shown);
    }
}

proptest! {
    #[test]
    fn user_password_and_database_come_back_from_either_form(
        user in "[^\0]{1,20}", password in "[^\0]{1,20}", database in "[^\0]{1,20}",
    ) {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let quoted = |text: &str| text.replace('\\', r"\\").replace('\'', r"\'");
        let address = format!(
            "postgresql://{}:{}@h:5433/{}?sslmode=require",
            encoded(&user), encoded(&password), encoded(&database),
        );
        let pairs = format!(
            "host=h user='{}' password='{}'dbname='{}' port=5433 sslmode=require",
            quoted(&user), quoted(&password), quoted(&database),
        );
        for text in [address, pairs] {
            let config = text.parse::<DatabaseAddress>().unwrap().config;
            prop_assert_eq!(config.get_user(), Some(&*user));
            prop_assert_eq!(config.get_password(), Some(password.as_bytes()));
            prop_assert_eq!(config.get_dbname(), Some(&*database));
            prop_assert_eq!(config.get_ports(), [5433]);
        }
    }

    #[test]
    fn no_text_makes_the_reading_panic(rest in "[a-z@:/?&=%'\\\\,\\[\\] 0-9]{0,40}") {
        let _ = format!("postgresql://{rest}").parse::<DatabaseAddress>();
        let _ = rest.parse::<DatabaseAddress>();
    }
}
