//! TLS to the database, by rustls.
//!
//! Even if the certificate is not verified, the server has to prove that it has its key. Channel binding
//! (SCRAM-SHA-256-PLUS) ties a password only to the certificate: without the proof, a man in the middle could present the
//! server's own certificate.
//!
//! rustls does not accept a self-signed certificate as both root and server certificate: the server's has to be issued by
//! one in `sslrootcert`.

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

/// A connection with or without TLS, which is an enum.
pub(super) type DatabaseConnection =
    Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// Why TLS to the database cannot be set up as configured.
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
    #[error("the system has no trusted certificates; set sslrootcert")]
    NoSystemRoots,
    #[error("could not set up TLS")]
    Setup(#[source] Error),
}

/// Verifies a server's certificate as far as configured.
#[derive(Debug)]
struct Verifier {
    /// The trusted issuers; `None`: any.
    roots: Option<RootCertStore>,
    is_name_checked: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Returns a connector that accepts servers which pass the check.
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
    // A broken certificate does not invalidate the others.
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
