//! Orphaned servers: those that outlived their engine.
//!
//! When an engine is killed, its server goes on. The next engine holds the directory's lock, so every server
//! process that still works in the cluster is an orphan: it is stopped, and a new server is started. Adopting it
//! would save a second, but it is not a child process, whose end could be awaited, and its settings are of another
//! version of the engine.
//!
//! An orphan is known by its working directory, which is the cluster for every process of a server.
//! The number in `postmaster.pid` is no proof: another process may have it by now, and a server that was
//! killed alone leaves children for a moment.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::EmbeddedError;
use super::cluster::Cluster;
use super::server::{ESCALATION, POLL};

/// Stops every server process that works in the cluster, and removes the lock files that a killed one leaves.
pub(super) async fn stop(cluster: &Cluster) -> Result<(), EmbeddedError> {
    let mut left = processes(cluster).await?;
    for (signal, patience) in ESCALATION {
        if left.is_empty() {
            break;
        }
        tracing::warn!(processes = ?left, %signal, "stopping an orphaned PostgreSQL server");
        for &process in &left {
            // To the server's children these signals mean nothing worse than to their parent. One that
            // is gone meanwhile is what we want.
            let _ = kill(process, signal);
        }
        let deadline = Instant::now() + patience;
        while !left.is_empty() && Instant::now() < deadline {
            sleep(POLL).await;
            left = processes(cluster).await?;
        }
    }
    if !left.is_empty() {
        return Err(EmbeddedError::NotStopped {
            cluster: cluster.path().to_owned(),
        });
    }
    cluster.remove_stale_locks()
}

/// The server processes that work in the cluster.
async fn processes(cluster: &Cluster) -> Result<Vec<Pid>, EmbeddedError> {
    if Path::new("/proc/self/cwd").exists() {
        processes_by_directory(cluster)
    } else {
        processes_by_command_line(cluster).await
    }
}

/// On Linux: a PostgreSQL by its program's name (a shell may have the same directory) that works in the cluster.
fn processes_by_directory(cluster: &Cluster) -> Result<Vec<Pid>, EmbeddedError> {
    let ours = cluster.metadata()?;
    let all = fs::read_dir("/proc").map_err(EmbeddedError::file("list", "/proc"))?;
    Ok(all
        .flatten()
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let program = fs::read_to_string(entry.path().join("comm")).ok()?;
            if program.trim_end() != "postgres" {
                return None;
            }
            let works_in = fs::metadata(entry.path().join("cwd")).ok()?;
            let same = (works_in.dev(), works_in.ino()) == (ours.dev(), ours.ino());
            same.then(|| Pid::from_raw(process))
        })
        .collect())
}

/// Elsewhere: the server itself, by the command line that we gave it. Its children end with it.
async fn processes_by_command_line(cluster: &Cluster) -> Result<Vec<Pid>, EmbeddedError> {
    let output = Command::new("ps")
        .args(["-axo", "pid=,command="])
        .output()
        .await
        .map_err(EmbeddedError::program("ps"))?;
    let ours = format!("postgres -D {} ", cluster.path().display());
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.contains(&ours))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok())
        .map(Pid::from_raw)
        .collect())
}
