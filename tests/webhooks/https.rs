//! Receivers with a certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;
use testkit::postgres;
use tokio_rustls::TlsAcceptor;

use crate::hook::Hook;
use crate::process::Process;
use crate::receiver::Receiver;

/// A certificate for `localhost`, and the file of who issued it.
fn certified(directory: &Path) -> (TlsAcceptor, PathBuf) {
    let mut root = CertificateParams::new([]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let file = directory.join("root.crt");
    std::fs::write(&file, root_certificate.pem()).unwrap();

    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![server.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        );
    (TlsAcceptor::from(Arc::new(config.unwrap())), file)
}

#[actix_web::test]
async fn a_certificate_has_to_be_of_the_host_and_of_an_issuer_that_is_trusted() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let directory = tempfile::tempdir().unwrap();
    let (tls, root) = certified(directory.path());

    let receiver = Receiver::start_tls(tls).await;
    let port = receiver.address.port();
    let trusting = [("SSL_CERT_FILE", root.to_str().unwrap())];
    let engine = Process::start(data.path(), &trusting);
    let database = postgres.connection();
    let hook = Hook::make(&database, &format!("https://localhost:{port}/")).await;
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet).await;
    let seen = receiver.wait(1).await;
    Hook::assert_signed(&seen[0], &[&hook.secret]);

    let failed = |hook: Hook| async move {
        let failed =
            |row: &tokio_postgres::Row| row.get::<_, Option<&str>>("last_failure") == Some("tls");
        hook.wait_for("the certificate is refused", failed).await;
    };
    failed(Hook::make(&database, &format!("https://127.0.0.1:{port}/")).await).await;
    drop(engine);

    let system = Process::start(data.path(), &[]);
    system.deposit(&wallet).await;
    failed(hook).await;
    assert_eq!(receiver.seen().len(), 1);
    drop(system);
    postgres.stop().await.unwrap();
}
