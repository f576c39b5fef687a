//! Closes the listening socket while the server that accepts on it still answers.
//!
//! The server holds the same socket, so dropping ours would close nothing; it is shut down instead. The server would
//! log that as an error of its own while it watches the socket, and it answers `pause` before its accepting thread has
//! heard of it (actix-server 2.9). When that thread has let go of the socket is known to the system alone: Linux lists
//! what an epoll watches.

use std::fs::{self, File};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::time::sleep;

/// Between two looks at what is watched.
const PAUSE: Duration = Duration::from_millis(2);
/// Looks after which the socket is shut down all the same; an error in the log is the worst of it.
const LOOKS_MAX: usize = 500;

/// Refuses connections from now on, also those that nobody has accepted yet.
pub(super) async fn close(listener: TcpListener, server: &ServerHandle) {
    server.pause().await;
    if let Some(inode) = inode(&listener)
        && let Some(watch) = watch(inode)
    {
        for _ in 0..LOOKS_MAX {
            // Slept also after the last look: a connection that came with the pause is still being accepted.
            let over = !watches(&watch, inode);
            sleep(PAUSE).await;
            if over {
                break;
            }
        }
    }
    // Not a stream, but the standard library shuts down nothing else. Where a system does not know this of a
    // listener, connections wait until the server has stopped.
    let _ = TcpStream::from(OwnedFd::from(listener)).shutdown(Shutdown::Both);
}

fn inode(listener: &TcpListener) -> Option<u64> {
    let socket = File::from(listener.as_fd().try_clone_to_owned().ok()?);
    Some(socket.metadata().ok()?.ino())
}

/// The epoll of this process that watches the socket; none where the system does not tell.
fn watch(inode: u64) -> Option<PathBuf> {
    let open = fs::read_dir("/proc/self/fdinfo").ok()?;
    let mut open = open.filter_map(|entry| Some(entry.ok()?.path()));
    open.find(|path| watches(path, inode))
}

/// Whether the description of an epoll has the socket in its list.
fn watches(description: &Path, inode: u64) -> bool {
    let watched = format!(" ino:{inode:x} ");
    fs::read_to_string(description).is_ok_and(|text| {
        let mut lines = text.lines();
        lines.any(|line| line.starts_with("tfd:") && line.contains(&watched))
    })
}
