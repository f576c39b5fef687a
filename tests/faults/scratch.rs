//! The directory of one run, and the end of everything that it started, however it ends.
//!
//! A shell waits for the other end of its standard input to close, which the end of this process brings about, also
//! by a kill. It leads a process group that the engines join, so it can end them without knowing them; PostgreSQL,
//! which has a group of its own, it finds by the directory, and wakes it first in case it is frozen.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Statements of the shell; `$1` is the directory.
const WATCH: &str = r#"
    trap '' INT TERM HUP
    cat >/dev/null
    if pid=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null); then
        kill -CONT "$pid" 2>/dev/null
        kill -QUIT "$pid" 2>/dev/null
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    fi
    rm -rf "$1"
    kill -KILL 0
"#;

pub struct Scratch {
    path: PathBuf,
    /// Leads the group of the engines.
    watcher: Child,
}

impl Scratch {
    pub fn new() -> Self {
        let path = tempfile::Builder::new()
            .prefix("wallet-faults-")
            .tempdir()
            .map(TempDir::keep)
            .and_then(|path| path.canonicalize())
            .unwrap();
        let watcher = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { path, watcher }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The real program, with nothing of this machine's environment but its path; it ends when this process does.
    pub fn program(&self) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_wallet-engine"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .process_group(i32::try_from(self.watcher.id()).unwrap())
            .stdin(Stdio::null());
        command
    }

    /// Ends whatever is left and removes the directory.
    pub fn remove(mut self) {
        drop(self.watcher.stdin.take());
        self.watcher.wait().unwrap();
        assert!(!self.path.exists(), "something still writes there");
    }
}
