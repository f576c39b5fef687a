//! The parameters for TLS.
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
//! `system`, `verify-full` takes the issuers that the system trusts. `system` without a mode is `verify-full`.
//! Over a Unix socket there is no TLS. `sslnegotiation=direct` cannot fall back to a connection without TLS, and
//! therefore needs a mode that has it always.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, SslNegotiation};

use super::error::Fault;
use super::parameter_reader::ParameterReader;

/// What a server's certificate has to prove, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateCheck {
    /// Nothing: a passive eavesdropper reads nothing, an active one is not noticed.
    Nothing,
    /// It was issued by one of those in the file.
    Issuer { roots: PathBuf },
    /// Likewise, and its name is the host's. `None`: the system's trusted issuers.
    IssuerAndName { roots: Option<PathBuf> },
}

#[derive(Clone, Copy)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

const MODES: [(&str, Mode); 5] = [
    ("disable", Mode::Disable),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

pub(super) fn read(reader: &mut ParameterReader, config: &mut Config) -> CertificateCheck {
    let mode = reader.one_of("sslmode", &MODES);
    let roots = reader.bytes("sslrootcert");
    let is_system = roots.as_deref() == Some(b"system");
    let mode = mode.unwrap_or(if is_system {
        Mode::VerifyFull
    } else {
        Mode::Prefer
    });
    let ssl_mode = match mode {
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
    };
    config.ssl_mode(ssl_mode);
    let negotiations = [
        ("postgres", SslNegotiation::Postgres),
        ("direct", SslNegotiation::Direct),
    ];
    if let Some(negotiation) = reader.one_of("sslnegotiation", &negotiations) {
        config.ssl_negotiation(negotiation);
        if negotiation == SslNegotiation::Direct && ssl_mode != SslMode::Require {
            let expected = "require or verify-ca or verify-full where sslnegotiation is direct";
            reader.fault(Fault::value("sslmode", expected));
        }
    }
    let roots = roots.map(|roots| PathBuf::from(OsString::from_vec(roots)));
    match (mode, roots) {
        (Mode::VerifyFull, None) => CertificateCheck::IssuerAndName { roots: None },
        (Mode::VerifyFull, _) if is_system => CertificateCheck::IssuerAndName { roots: None },
        (Mode::VerifyFull, roots) => CertificateCheck::IssuerAndName { roots },
        (Mode::VerifyCa, None) => {
            let expected = "a file with certificates where sslmode is verify-ca";
            reader.fault(Fault::value("sslrootcert", expected));
            CertificateCheck::Nothing
        }
        // Anyone can have a certificate from an issuer that the system trusts, so its name is what proves something.
        (_, Some(_)) if is_system => {
            let expected = "verify-full where sslrootcert is system";
            reader.fault(Fault::value("sslmode", expected));
            CertificateCheck::Nothing
        }
        (_, None) => CertificateCheck::Nothing,
        (_, Some(roots)) => CertificateCheck::Issuer { roots },
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    #[test]
    fn every_mode_says_whether_there_is_tls_and_what_the_server_has_to_prove() {
        use CertificateCheck::{Issuer, IssuerAndName, Nothing};
        use SslMode::{Disable, Prefer, Require};
        let file = ("sslrootcert", "/a b/ca.pem");
        let roots = || PathBuf::from("/a b/ca.pem");
        let mode = |mode| ("sslmode", mode);
        let system = ("sslrootcert", "system");
        let by_name = |roots| IssuerAndName { roots };
        for (parameters, ssl_mode, check) in [
            (&[][..], Prefer, Nothing),
            (&[mode("disable")], Disable, Nothing),
            (&[mode("prefer")], Prefer, Nothing),
            (&[file], Prefer, Issuer { roots: roots() }),
            (&[mode("require")], Require, Nothing),
            (&[mode("require"), ("sslrootcert", "")], Require, Nothing),
            (&[mode("require"), file], Require, Issuer { roots: roots() }),
            (
                &[file, mode("verify-ca")],
                Require,
                Issuer { roots: roots() },
            ),
            (
                &[mode("verify-full"), file],
                Require,
                by_name(Some(roots())),
            ),
            (&[mode("verify-full")], Require, by_name(None)),
            (&[mode("verify-full"), system], Require, by_name(None)),
            (&[system], Require, by_name(None)),
            (&[mode("disable"), mode("require")], Require, Nothing),
        ] {
            let address = read(parameters).unwrap();
            let found = (address.config.get_ssl_mode(), address.certificate);
            assert_eq!(found, (ssl_mode, check), "{parameters:?}");
        }
    }
}
