//! TLS to the database, by rustls.
//!
//! Whatever a certificate proves or does not, the server proves that it has its key. A password may be tied to the
//! connection (SCRAM-SHA-256-PLUS), but that only means to the certificate: without the proof, somebody in between could
//! show the server's own.
//!
//! rustls knows no certificate that issued itself and serves at once: a server needs one that some other, in
//! `sslrootcert`, has issued.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::CertificateCheck;

/// A connection, whether TLS is spoken on it or not: which of the two is told by a look at an enum.
pub(super) type DatabaseConnection =
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Why TLS to the database cannot be spoken as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("could not read the certificates in {path}")]
    Roots {
        path: PathBuf,
        #[source]
        source: pem::Error,
    },
    #[error("could not use a certificate in {path}")]
    Root {
        path: PathBuf,
        #[source]
        source: Error,
    },
    #[error("there is no certificate in {path}")]
    NoRoots { path: PathBuf },
    #[error("the system knows no certificates to believe in; name some with sslrootcert")]
    NoSystemRoots,
    #[error("could not set TLS up")]
    Setup(#[source] Error),
}

/// Looks at a server's certificate as far as it is asked to.
#[derive(Debug)]
struct Verifier {
    /// Who may have issued it; `None`: anybody.
    roots: Option<RootCertStore>,
    is_name_checked: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What speaks TLS with servers that pass the check.
pub(super) fn connector(check: &CertificateCheck) -> Result<MakeRustlsConnect, TlsError> {
    let provider = ring::default_provider();
    let verifier = Verifier {
        roots: match check {
            CertificateCheck::Nothing => None,
            CertificateCheck::Issuer { roots }
            | CertificateCheck::IssuerAndName { roots: Some(roots) } => Some(in_file(roots)?),
            CertificateCheck::IssuerAndName { roots: None } => Some(of_the_system()?),
        },
        is_name_checked: matches!(check, CertificateCheck::IssuerAndName { .. }),
        algorithms: provider.signature_verification_algorithms,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn in_file(path: &Path) -> Result<RootCertStore, TlsError> {
    let unreadable = |source| TlsError::Roots {
        path: path.to_owned(),
        source,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        let added = roots.add(certificate.map_err(unreadable)?);
        added.map_err(|source| TlsError::Root {
            path: path.to_owned(),
            source,
        })?;
    }
    if roots.is_empty() {
        return Err(TlsError::NoRoots {
            path: path.to_owned(),
        });
    }
    Ok(roots)
}

fn of_the_system() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // One that is broken is no reason to believe the others less.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoSystemRoots);
    }
    Ok(roots)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                roots,
                intermediates,
                now,
                algorithms,
            )?;
            if self.is_name_checked {
                verify_server_name(&certificate, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
