//! A PostgreSQL that stands still: the postmaster and every process of its, stopped by signal.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::{PATIENCE, postgres_of};

/// The private PostgreSQL of a data directory; it goes on when this is dropped.
pub struct Frozen(Vec<Pid>);

impl Frozen {
    /// Returns when all of them have stopped: a signal is taken at the end of a call to the system.
    pub fn freeze(data: &Path) -> Self {
        let begun = Instant::now();
        loop {
            // The postmaster comes first, and has no more children once it stands.
            let processes = postgres_processes(data);
            let moving: Vec<&Pid> = processes.iter().filter(|pid| !is_stopped(**pid)).collect();
            if moving.is_empty() {
                return Self(processes);
            }
            for process in moving {
                // It may be a session that has just ended.
                let _ = kill(*process, Signal::SIGSTOP);
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "PostgreSQL does not stand still"
            );
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    pub fn thaw(self) {
        drop(self);
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in &self.0 {
            let _ = kill(*process, Signal::SIGCONT);
        }
    }
}

/// The postmaster, then its children.
pub(super) fn postgres_processes(data: &Path) -> Vec<Pid> {
    let postmaster = postgres_of(data);
    let all = fs::read_dir("/proc").unwrap().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let children = numbers.map(Pid::from_raw).filter(|pid| {
        let parent = stat(*pid).and_then(|(_, parent)| parent.parse().ok());
        parent == Some(postmaster.as_raw())
    });
    std::iter::once(postmaster).chain(children).collect()
}

fn is_stopped(process: Pid) -> bool {
    stat(process).is_some_and(|(state, _)| state == "T")
}

/// State and parent, from what follows the program's name.
fn stat(process: Pid) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}
