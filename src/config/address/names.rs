//! The names of parameters.

/// Those that an address may have.
pub(super) const SUPPORTED: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Those that libpq (15 to 18) knows besides.
pub(super) const UNSUPPORTED: &[&str] = &[
    "authtype",
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_issuer",
    "oauth_scope",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "service",
    "servicefile",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslkeylogfile",
    "sslpassword",
    "sslsni",
    "tty",
];

/// What a parameter is called that tokio-postgres calls otherwise.
const RENAMED: (&str, &str) = ("keepalives_retries", "keepalives_count");

/// Edits at most between a name and the one that is meant.
const EDITS_MAX: usize = 2;

/// The supported name that is probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    if name == RENAMED.0 {
        return Some(RENAMED.1);
    }
    let name = name.to_ascii_lowercase();
    let distances = SUPPORTED.iter().map(|known| (edits(&name, known), *known));
    let (edits, known) = distances.min()?;
    // Half of a short word may be changed into anything.
    (edits <= EDITS_MAX.min(known.len() / 3)).then_some(known)
}

/// Whether it may be shown: it has the form of a name, and not that of much else.
pub(super) fn is_name(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=40).contains(&text.len()) && text.bytes().all(is_word)
}

/// Characters to insert, remove or replace until one word is the other (Levenshtein's distance).
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, against) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(byte != against);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_recognised_and_a_strange_one_is_not() {
        for (name, known) in [
            ("conect_timeout", Some("connect_timeout")),
            ("keepalive_idle", Some("keepalives_idle")),
            ("keepalives_retries", Some("keepalives_count")),
            ("SSLMODE", Some("sslmode")),
            ("usr", Some("user")),
            ("hst", Some("host")),
            ("database", None),
            ("secret", None),
            ("", None),
        ] {
            assert_eq!(nearest(name), known, "{name}");
        }
    }
}
