//! A real PostgreSQL on a port, with TLS or without, passwords, and certificates of the test's own: `testkit`'s servers have
//! none of these, as they trust who connects.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::process::Child;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, Config, NoTls};
use wallet_engine::config::DatabaseAddress;

use testkit::ports::lasting_port;
use testkit::servers::Programs;
use testkit::servers::version::assert_asked_for;
use testkit::watchdog::Watchdog;

/// The longest that the server may take to start.
const START_MAX: Duration = Duration::from_secs(60);
/// Below those of `testkit`'s servers and of `PgBouncer`.
const PORTS: Range<u16> = 12_000..16_000;
/// The name in the server's certificate. `127.0.0.1` is the same place under another.
const NAME: &str = "localhost";
const PASSWORD: &str = "secret";

pub struct TlsServer {
    port: u16,
    directory: PathBuf,
    /// The server ends with it.
    _watchdog: Watchdog,
    server: Child,
}

impl TlsServer {
    pub async fn start(ssl: bool) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("wallet-tls-test-")
            .tempdir()
            .unwrap()
            .keep();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let cluster = directory.join("postgres");
        fs::create_dir(&cluster).unwrap();
        let programs = Programs::find();
        give_away(&cluster, &programs);
        make_cluster(&directory, &cluster, &programs).await;
        make_certificates(&directory, &cluster, &programs);
        let port = lasting_port(PORTS);
        let ssl = if ssl { "on" } else { "off" };
        let server = programs
            .command("postgres", &directory)
            .arg("-D")
            .arg(&cluster)
            .args(["-c", &format!("port={port}")])
            .args(["-c", &format!("listen_addresses={NAME}")])
            .args(["-c", "unix_socket_directories="])
            .args(["-c", &format!("ssl={ssl}")])
            .stdout(Stdio::null())
            .stderr(fs::File::create(directory.join("log")).unwrap())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let mut server = Self {
            port,
            _watchdog: Watchdog::over(&directory).unwrap(),
            server,
            directory,
        };
        while server.session().await.is_err() {
            let ended = server.server.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < START_MAX,
                "PostgreSQL does not start:\n{}",
                fs::read_to_string(server.directory.join("log")).unwrap_or_default()
            );
            sleep(Duration::from_millis(10)).await;
        }
        assert_asked_for(&server.session().await.unwrap()).await;
        server
    }

    /// Its address under the name that its certificate has.
    pub fn address(&self, parameters: &str) -> DatabaseAddress {
        self.address_at(NAME, parameters)
    }

    pub fn address_at(&self, host: &str, parameters: &str) -> DatabaseAddress {
        let Self { port, .. } = self;
        format!("postgresql://postgres:{PASSWORD}@{host}:{port}/postgres{parameters}")
            .parse()
            .unwrap()
    }

    /// The certificate of the authority that issued the server's.
    pub fn authority(&self) -> PathBuf {
        self.directory.join("authority.pem")
    }

    /// One that has nothing to do with it.
    pub fn another_authority(&self) -> PathBuf {
        self.directory.join("another.pem")
    }

    /// A session of the test's own, in the clear.
    pub async fn session(&self) -> Result<Client, tokio_postgres::Error> {
        let config: Config = self.address("?sslmode=disable").config;
        let (client, connection) = config.connect(NoTls).await?;
        actix_web::rt::spawn(connection);
        Ok(client)
    }
}

fn give_away(path: &Path, programs: &Programs) {
    if let Some((uid, gid)) = programs.account {
        chown(path, Some(uid), Some(gid)).unwrap();
    }
}

async fn make_cluster(directory: &Path, cluster: &Path, programs: &Programs) {
    let password = directory.join("password");
    fs::write(&password, PASSWORD).unwrap();
    let mut initdb = programs.command("initdb", directory);
    initdb
        .arg("-D")
        .arg(cluster)
        .arg("--pwfile")
        .arg(&password)
        .args(["--username=postgres", "--auth=scram-sha-256"])
        .args(["--encoding=UTF8", "--locale=C", "--no-sync"]);
    Programs::run(&mut initdb).await.unwrap();
}

fn make_certificates(directory: &Path, cluster: &Path, programs: &Programs) {
    let authority = || {
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = authority.self_signed(&key).unwrap();
        (Issuer::new(authority, key), certificate.pem())
    };
    let (issuer, certificate) = authority();
    fs::write(directory.join("authority.pem"), certificate).unwrap();
    fs::write(directory.join("another.pem"), authority().1).unwrap();

    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new([NAME.to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    for (name, text) in [
        ("server.crt", server.pem()),
        ("server.key", key.serialize_pem()),
    ] {
        let path = cluster.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        give_away(&path, programs);
    }
}
