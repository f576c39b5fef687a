//! The address of a database that is not ours, with what it says of TLS.
//!
//! tokio-postgres reads the address, but for two of its parameters, which are read here as libpq does:
//!
//! | `sslmode`       | TLS                        | the server's certificate                                       |
//! |-----------------|----------------------------|----------------------------------------------------------------|
//! | `disable`       | never                      |                                                                |
//! | `prefer`        | if the server offers it    | not checked, unless there is a `sslrootcert`: then its issuer  |
//! | `require`       | always                     | likewise                                                       |
//! | `verify-ca`     | always                     | its issuer, against `sslrootcert`, which has to be there       |
//! | `verify-full`   | always                     | its issuer and its name, which has to be the host's            |
//!
//! Without a mode it is `prefer`. `sslrootcert` is a file with certificates in PEM; without one, or with the word
//! `system`, `verify-full` believes those whom the system believes. Over a Unix socket nobody listens: there is no TLS.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// Where a database is, and whom to take for it.
#[derive(Clone)]
pub struct DatabaseAddress {
    pub config: Config,
    pub certificate: CertificateCheck,
}

/// What a server's certificate has to prove, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateCheck {
    /// Nothing: nobody can listen, but somebody may stand between.
    Nothing,
    /// It was issued by one of those in the file.
    Issuer { roots: PathBuf },
    /// Likewise, and to the host that was asked for. `None`: by one of those whom the system believes.
    IssuerAndName { roots: Option<PathBuf> },
}

/// What was given is no address of a PostgreSQL.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it is no address of a PostgreSQL")]
pub struct NotAnAddress;

impl From<Config> for DatabaseAddress {
    fn from(config: Config) -> Self {
        Self {
            config,
            certificate: CertificateCheck::Nothing,
        }
    }
}

impl From<&Config> for DatabaseAddress {
    fn from(config: &Config) -> Self {
        config.clone().into()
    }
}

impl FromStr for DatabaseAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (address, parameters) = split(text);
        let (mut mode, mut roots, mut others) = (None, None, Vec::new());
        for parameter in parameters.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)?),
                Some(("sslrootcert", value)) => roots = Some(decoded(value)?),
                _ => others.push(parameter),
            }
        }
        let address = format!("{address}{}", others.join("&"));
        let mut config: Config = address.parse().map_err(|_| NotAnAddress)?;
        if let Some(mode) = &mode {
            config.ssl_mode(match mode.as_str() {
                "disable" => SslMode::Disable,
                "prefer" => SslMode::Prefer,
                "require" | "verify-ca" | "verify-full" => SslMode::Require,
                _ => return Err(NotAnAddress),
            });
        }
        let roots = roots.filter(|roots| !roots.is_empty());
        let certificate = check(mode.as_deref(), roots.as_deref()).ok_or(NotAnAddress)?;
        Ok(Self {
            config,
            certificate,
        })
    }
}

/// An address up to its parameters, and these. The user and the password end with the first `@`, and may have any
/// character before it. What is not written as an address, but as a list of words, has its parameters elsewhere.
fn split(text: &str) -> (&str, &str) {
    let user_end = text.find('@').unwrap_or(0);
    match text[user_end..].find('?') {
        Some(mark) => text.split_at(user_end + mark + 1),
        None => (text, ""),
    }
}

fn decoded(value: &str) -> Result<String, NotAnAddress> {
    let decoded = percent_decode_str(value).decode_utf8();
    decoded.map(Into::into).map_err(|_| NotAnAddress)
}

/// `None` of what makes no sense: whoever believes all that the system believes has to look at the name as well.
fn check(mode: Option<&str>, roots: Option<&str>) -> Option<CertificateCheck> {
    match (mode, roots) {
        (Some("verify-full"), None | Some("system")) => {
            Some(CertificateCheck::IssuerAndName { roots: None })
        }
        (Some("verify-full"), Some(roots)) => Some(CertificateCheck::IssuerAndName {
            roots: Some(roots.into()),
        }),
        (Some("verify-ca"), None) | (_, Some("system")) => None,
        (_, None) => Some(CertificateCheck::Nothing),
        (_, Some(roots)) => Some(CertificateCheck::Issuer {
            roots: roots.into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parameters: &str) -> Option<DatabaseAddress> {
        format!("postgresql://user:p%3Fss@host:5433/db{parameters}")
            .parse()
            .ok()
    }

    fn checked(parameters: &str) -> (SslMode, CertificateCheck) {
        let address = read(parameters).unwrap();
        (address.config.get_ssl_mode(), address.certificate)
    }

    #[test]
    fn every_mode_says_whether_there_is_tls_and_whom_to_take_for_the_server() {
        use CertificateCheck::{Issuer, IssuerAndName, Nothing};
        use SslMode::{Disable, Prefer, Require};
        let roots = || PathBuf::from("/a b/ca.pem");
        for (parameters, mode, check) in [
            ("", Prefer, Nothing),
            ("?", Prefer, Nothing),
            ("?sslmode=disable", Disable, Nothing),
            ("?sslmode=prefer", Prefer, Nothing),
            ("?sslmode=require", Require, Nothing),
            ("?sslmode=require&sslrootcert=", Require, Nothing),
            (
                "?sslmode=require&sslrootcert=/a%20b/ca.pem",
                Require,
                Issuer { roots: roots() },
            ),
            (
                "?sslrootcert=/a%20b/ca.pem&sslmode=verify-ca",
                Require,
                Issuer { roots: roots() },
            ),
            (
                "?sslmode=verify-full&sslrootcert=/a%20b/ca.pem",
                Require,
                IssuerAndName {
                    roots: Some(roots()),
                },
            ),
            (
                "?sslmode=verify-full",
                Require,
                IssuerAndName { roots: None },
            ),
            (
                "?sslmode=verify%2Dfull&sslrootcert=system",
                Require,
                IssuerAndName { roots: None },
            ),
        ] {
            assert_eq!(checked(parameters), (mode, check), "{parameters}");
        }
    }

    #[test]
    fn the_other_parameters_are_tokio_postgres_s() {
        let address = read("?application_name=a&sslmode=require&connect_timeout=7").unwrap();
        assert_eq!(address.config.get_application_name(), Some("a"));
        assert_eq!(address.config.get_dbname(), Some("db"));
        assert_eq!(address.config.get_password(), Some(&b"p?ss"[..]));
        let raw: DatabaseAddress = "postgresql://u:p?x=1&y@h/db?sslmode=require"
            .parse()
            .unwrap();
        assert_eq!(raw.config.get_password(), Some(&b"p?x=1&y"[..]));
        assert_eq!(raw.config.get_ssl_mode(), SslMode::Require);
        let words: DatabaseAddress = "host=h user=u sslmode=require".parse().unwrap();
        assert_eq!(words.config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn what_makes_no_sense_is_no_address() {
        for wrong in [
            "?sslmode=allow",
            "?sslmode=",
            "?sslmode=VERIFY-FULL",
            "?sslmode=verify-ca",
            "?sslmode=verify-ca&sslrootcert=system",
            "?sslmode=require&sslrootcert=system",
            "?sslmode=%ff",
            "?sslcert=client.pem",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
