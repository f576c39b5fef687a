//! The directory of one comparison, and the end of everything that it started, however it ends.
//!
//! Every program of the comparison joins the group of a [`Watchdog`], which also ends PostgreSQL, found by the directory
//! that it works in, and removes the directory and the network namespace.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use testkit::failure::{Failure, failed};
use testkit::watchdog::Watchdog;
use tokio::process::Command;

use crate::machine::filesystem;

/// File systems that keep everything in memory.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

pub struct Scratch {
    path: PathBuf,
    watchdog: Watchdog,
}

impl Scratch {
    /// Makes a directory below `parent`.
    pub fn new(parent: &Path) -> Result<Self, Failure> {
        if IN_MEMORY.contains(&filesystem(parent).as_str()) {
            let why = "it is kept in memory, where a flush costs nothing: give another --scratch";
            return Err(failed(format!("measure in {}", parent.display()))(why));
        }
        let path = tempfile::Builder::new()
            .prefix("wallet-compare-")
            .tempdir_in(parent)
            .map(TempDir::keep)
            .map_err(failed(format!("make a directory in {}", parent.display())))?;
        let watchdog = Watchdog::over_with_namespace(&path, &Self::namespace())
            .map_err(failed("start the shell that cleans up"))?;
        Ok(Self { path, watchdog })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of this process's network namespace, if it makes one.
    pub fn namespace() -> String {
        format!("wallet-compare-{}", std::process::id())
    }

    /// A command that ends when this process does.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.watchdog.command(program)
    }

    /// Ends whatever is left and removes the directory.
    pub async fn remove(mut self) -> Result<(), Failure> {
        // The runtime goes on meanwhile, so that what ended is not taken for running.
        let ended = tokio::task::spawn_blocking(move || self.watchdog.end()).await;
        ended
            .map_err(std::io::Error::other)
            .and_then(|ended| ended)
            .map_err(failed("clean up"))?;
        if self.path.exists() {
            return Err(failed(format!("remove {}", self.path.display()))(
                "something still writes there",
            ));
        }
        Ok(())
    }
}
