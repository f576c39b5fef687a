//! The directory of one comparison, and the end of everything that it started, however it ends.
//!
//! A shell waits for the other end of its standard input to close, which the end of this process brings about,
//! also by a kill. It leads a process group that every program of the comparison joins; so it can end them
//! without knowing them, and a terminal's Ctrl-C reaches none of them before this process. PostgreSQL, which has a
//! group of its own, it finds by the directory, and a network namespace by its name.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use tempfile::TempDir;
use tokio::process::Command;

use crate::failure::{Failure, failed};
use crate::machine::filesystem;

/// Statements of the shell: `$1` is the directory, `$2` the network namespace.
const WATCH: &str = r#"
    trap '' INT TERM HUP
    cat >/dev/null
    kill -TERM 0
    if pid=$(head -n 1 "$1/data/postgres/postmaster.pid" 2>/dev/null); then
        kill -QUIT "$pid" 2>/dev/null
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    fi
    ip netns del "$2" 2>/dev/null
    rm -rf "$1"
    kill -KILL 0
"#;

/// File systems that keep everything in memory.
const IN_MEMORY: [&str; 2] = ["tmpfs", "ramfs"];

pub struct Scratch {
    path: PathBuf,
    /// Leads the group of everything that is started.
    watcher: Child,
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
        let watcher = std::process::Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&path)
            .arg(Self::namespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(failed("start the shell that cleans up"))?;
        Ok(Self { path, watcher })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name of this process's network namespace, if it makes one.
    pub fn namespace() -> String {
        format!("wallet-compare-{}", std::process::id())
    }

    /// A command that ends when this process does.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let group = i32::try_from(self.watcher.id()).unwrap_or_default();
        command
            .process_group(group)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Ends whatever is left and removes the directory.
    pub async fn remove(mut self) -> Result<(), Failure> {
        drop(self.watcher.stdin.take());
        // The runtime goes on meanwhile, so that what ended is not taken for running.
        let ended = tokio::task::spawn_blocking(move || self.watcher.wait()).await;
        ended
            .map_err(std::io::Error::other)
            .and_then(|status| status)
            .map_err(failed("clean up"))?;
        if self.path.exists() {
            return Err(failed(format!("remove {}", self.path.display()))(
                "something still writes there",
            ));
        }
        Ok(())
    }
}
