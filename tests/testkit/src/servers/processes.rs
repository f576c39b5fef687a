//! The processes of one server: those that work in its cluster's directory.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Sends the signal to every process of the server until each has it: one may be starting
/// another.
pub(super) fn signal_all(cluster: &Path, signal: Signal) {
    let mut signalled: Vec<Pid> = Vec::new();
    loop {
        let mut found = processes(cluster);
        found.retain(|process| !signalled.contains(process));
        if found.is_empty() {
            return;
        }
        for process in found {
            // It may have ended meanwhile.
            let _ = kill(process, signal);
            signalled.push(process);
        }
    }
}

/// The server's processes, the first of them first. One that has ended and was not waited for has no directory.
pub(super) fn processes(cluster: &Path) -> Vec<Pid> {
    let numbers = fs::read_dir("/proc").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut processes: Vec<i32> = numbers
        .filter(|number| {
            let works_in = fs::read_link(format!("/proc/{number}/cwd"));
            works_in.is_ok_and(|directory| directory == cluster)
        })
        .collect();
    processes.sort_unstable();
    processes.into_iter().map(Pid::from_raw).collect()
}
