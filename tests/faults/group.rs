//! The end of every engine that was started, however this process ends.
//!
//! A shell waits for the other end of its standard input to close, which the end of this process brings about, also by
//! a kill. It leads a process group that the engines join, so it can end them without knowing them.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Statements of the shell.
const WATCH: &str = "trap '' INT TERM HUP; cat >/dev/null; kill -KILL 0";

pub struct Group {
    /// Leads the group of the engines.
    watcher: Child,
}

impl Group {
    pub fn new() -> Self {
        let watcher = Command::new("sh")
            .args(["-c", WATCH])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { watcher }
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
}

impl Drop for Group {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}
