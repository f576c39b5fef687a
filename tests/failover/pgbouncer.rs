//! A real pooler, `PgBouncer`, before a server. It works in the servers' directory, and ends with them.

use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use super::until;
use testkit::ports::lasting_port;
use testkit::servers::{Programs, Server, Servers};

/// Below those of the servers.
const PORTS: Range<u16> = 16_000..20_000;
/// Where Debian has it, which a user's path need not have.
const SBIN: &str = "/usr/sbin";

pub struct PgBouncer {
    directory: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl PgBouncer {
    /// Starts one of that `pool_mode`, with more settings, a line each.
    pub async fn start(servers: &Servers, server: &Server, mode: &str, settings: &str) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], lasting_port(PORTS)));
        let directory = servers
            .directory()
            .join(format!("pgbouncer-{}", address.port()));
        fs::create_dir(&directory).unwrap();
        let configuration = format!(
            "[databases]
             wallet = host={host} port={server_port} dbname=wallet
             [pgbouncer]
             listen_addr = {host}
             listen_port = {port}
             unix_socket_dir =
             auth_type = trust
             auth_file = users
             pool_mode = {mode}
             logfile = log
             {settings}",
            host = address.ip(),
            port = address.port(),
            server_port = server.address().port(),
        );
        let configuration: Vec<&str> = configuration.lines().map(str::trim).collect();
        fs::write(directory.join("pgbouncer.ini"), configuration.join("\n")).unwrap();
        fs::write(directory.join("users"), "\"wallet\" \"\"\n").unwrap();
        if let Some((uid, gid)) = Programs::find().account {
            chown(&directory, Some(uid), Some(gid)).unwrap();
        }
        let mut pooler = Self {
            directory,
            address,
            child: None,
        };
        pooler.run().await;
        pooler
    }

    /// Its address as the engine's role and database.
    pub fn url(&self) -> String {
        format!("postgresql://wallet@{}/wallet", self.address)
    }

    /// Breaks every connection, and is there again.
    pub async fn restart(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().await.unwrap();
        self.run().await;
    }

    async fn run(&mut self) {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("pgbouncer");
        command
            .env("PATH", format!("{path}:{SBIN}"))
            .args(["--quiet", "pgbouncer.ini"])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        // Like PostgreSQL, it refuses to be root.
        if let Some((uid, gid)) = Programs::find().account {
            command.uid(uid).gid(gid);
        }
        let child = command.spawn();
        self.child = Some(child.expect("pgbouncer is installed: .ci/install-program pgbouncer"));
        until("PgBouncer", async || {
            TcpStream::connect(self.address).await.is_ok()
        })
        .await;
    }
}
