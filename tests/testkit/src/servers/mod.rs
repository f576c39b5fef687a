//! Real PostgreSQL servers for tests, as durable as any (`fsync` on; only copies are made without, as no power fails
//! here): a primary, standbys by streaming replication, and everything that can happen to them.
//!
//! * [`Servers`] is the directory of a group of servers. `primary` makes a cluster with the role and the database
//!   `wallet`, `standby` copies a running server and follows it.
//! * [`Server`] is one of them, found at one address on 127.0.0.1 for as long as it exists, whatever runs there.
//!   `server.rs` has its life (start, stop, kill -9, freeze), `replication.rs` its part as a standby (promote, rewind,
//!   copy again, wait until it has caught up), `dumps.rs` dumps and what is restored from them.
//! * `processes.rs` finds a server's processes, `programs.rs` the server's programs and the account that runs them.
//!
//! Everything runs as `postgres` where the test runs as root, and ends with the test's process, however it ends
//! ([`Watchdog`]).

mod dumps;
mod processes;
mod programs;
mod replication;
mod server;
pub mod version;

use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

pub use programs::Programs;
pub use replication::Rewound;
pub use server::Server;

use crate::watchdog::Watchdog;

/// Nothing here takes as long when it works.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two checks of a condition that is waited for.
const PAUSE: Duration = Duration::from_millis(10);

/// The role that may do everything, and the role and the database of the engine.
pub const SUPERUSER: &str = "postgres";
pub const WALLET: &str = "wallet";

/// A group of servers, each in a directory below one.
pub struct Servers {
    directory: PathBuf,
    programs: Arc<Programs>,
    /// Ends them.
    _watchdog: Watchdog,
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
        let watchdog = Watchdog::over(&directory).unwrap();
        Self {
            directory,
            programs: Arc::new(programs),
            _watchdog: watchdog,
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
