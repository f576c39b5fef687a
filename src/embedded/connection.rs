//! How the engine connects to the server: its socket, roles and database.
//!
//! The path of a Unix socket has at most 107 bytes. The server binds its socket relative to its working directory; where the
//! whole path is too long, the engine connects through the open directory, which Linux addresses as
//! `/proc/self/fd/<number>`. Other systems refuse it with what to do about it.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::EmbeddedError;

/// No TCP port is ever opened; the number is only a part of the socket's name.
pub(super) const PORT: u16 = 5432;

/// The role that may do everything, used to create the other.
pub(super) const SUPERUSER: &str = "postgres";

/// The role that the engine works as: the owner of its database and nothing more.
pub(super) const ROLE: &str = "wallet";

/// The engine's database.
pub(super) const DATABASE: &str = "wallet";

/// The limit of a connection attempt, on a local socket.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Connects to a database through the socket in the directory.
pub(super) fn connection(
    socket_directory: &Path,
    role: &str,
    database: &str,
) -> tokio_postgres::Config {
    let mut config = tokio_postgres::Config::new();
    config
        .host_path(socket_directory)
        .port(PORT)
        .user(role)
        .dbname(database)
        .connect_timeout(CONNECT_MAX);
    config
}

/// Returns where the socket of the server in the cluster at `path` is found, which is open as `directory`.
pub(super) fn socket_directory(path: &Path, directory: &File) -> Result<PathBuf, EmbeddedError> {
    let through_open = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    let socket = path.join(format!(".s.PGSQL.{PORT}"));
    if SocketAddr::from_pathname(socket).is_ok() {
        Ok(path.to_owned())
    } else if through_open.exists() {
        Ok(through_open)
    } else {
        Err(EmbeddedError::PathTooLong {
            cluster: path.to_owned(),
        })
    }
}
