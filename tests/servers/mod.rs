//! Real PostgreSQL servers for tests, as durable as any (`fsync` on; only copies are made without, as no power fails
//! here): a primary, standbys by streaming replication, and everything that can happen to them. A test crate includes
//! it with `#[path = "../servers/mod.rs"] mod servers;`.
//!
//! * [`Servers`] is the directory of a group of servers. `primary` makes a cluster with the role and the database
//!   `wallet`, `standby` copies a running server and follows it.
//! * [`Server`] is one of them, found at one address on 127.0.0.1 for as long as it exists, whatever runs there.
//!   `server.rs` has its life (start, stop, kill -9, freeze), `replication.rs` its part as a standby (promote, rewind,
//!   copy again, wait until it has caught up).
//! * `processes.rs` finds a server's processes, `programs.rs` the server's programs and the account that runs them.
//!
//! Everything runs as `postgres` where the test runs as root, and ends with the test's process, however it ends: by the
//! latest when that process is gone, a watcher ends what is left and removes the directory.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test crate uses a part of it"
)]

mod processes;
mod programs;
mod replication;
mod server;
mod version;

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

pub use replication::Rewound;
pub use server::Server;

use programs::Programs;

/// Nothing here takes as long when it works.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two checks of a condition that is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// The role that may do everything, and the role and the database of the engine.
pub const SUPERUSER: &str = "postgres";
pub const WALLET: &str = "wallet";

/// Ends the processes that work below the directory `$1`, and removes it, when standard input closes. In order first: a
/// server that ends by SIGQUIT removes its shared memory.
const WATCH: &str = r#"
    trap '' INT TERM HUP
    cat >/dev/null
    signal() {
        below="s|.* /proc/\([0-9]*\)/cwd -> $1\(/.*\)*\$|\1|p"
        for process in $(ls -l /proc/[0-9]*/cwd 2>/dev/null | sed -n "$below"); do
            kill "-$2" "$process" 2>/dev/null && found=yes
        done
    }
    for kind in CONT QUIT; do signal "$1" "$kind"; done
    tries=0
    while found=; signal "$1" 0; [ -n "$found" ] && [ "$tries" -lt 30 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    signal "$1" KILL
    rm -rf "$1"
"#;

/// A group of servers, each in a directory below one.
pub struct Servers {
    directory: PathBuf,
    programs: Arc<Programs>,
    watcher: Child,
}

impl Servers {
    pub fn new() -> Self {
        let programs = Programs::find();
        let directory = tempfile::Builder::new()
            .prefix("wallet-servers-")
            .tempdir()
            .map(TempDir::keep)
            .and_then(|path| path.canonicalize())
            .unwrap();
        if let Some((uid, gid)) = programs.account {
            chown(&directory, Some(uid), Some(gid)).unwrap();
        }
        let watcher = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            directory,
            programs: Arc::new(programs),
            watcher,
        }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A new cluster, running, with the role `wallet` and its database of that name.
    pub async fn primary(&self, name: &str) -> Server {
        let mut server = Server::new(&self.directory, name, Arc::clone(&self.programs));
        server.make().await;
        server.start().await;
        server
    }

    /// A copy of the running server `of`, running, which follows it. Its `application_name`, for
    /// `synchronous_standby_names`, is `name`.
    pub async fn standby(&self, name: &str, of: &Server) -> Server {
        let mut server = Server::new(&self.directory, name, Arc::clone(&self.programs));
        server.copy(of).await;
        server.follow(of.address());
        server.start().await;
        server
    }

    /// A server that does not run yet, and has no data until [`Server::copy`].
    pub fn empty(&self, name: &str) -> Server {
        Server::new(&self.directory, name, Arc::clone(&self.programs))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}
