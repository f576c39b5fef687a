//! The server of an engine that runs, for a command beside it.
//!
//! The engine keeps its lock, and nothing is started or stopped. The command has to run as the engine's user: the server
//! admits no other, and the system denies others the way to the socket.

use std::fs::File;
use std::path::PathBuf;

use super::EmbeddedError;
use super::connection::{DATABASE, ROLE, connection, socket_directory};
use super::directory::CLUSTER;
use crate::config::PrivatePostgresConfig;

/// A server that another engine has started.
#[derive(Debug)]
pub struct RunningServer {
    socket_directory: PathBuf,
    /// The path to the socket may lead through it.
    _directory: File,
}

impl RunningServer {
    /// Returns the server under `config.data_dir`.
    ///
    /// # Errors
    /// The directory cannot be entered.
    pub fn find(config: &PrivatePostgresConfig) -> Result<Self, EmbeddedError> {
        let path = config.data_dir.join(CLUSTER);
        let path = path
            .canonicalize()
            .map_err(EmbeddedError::file("find", path))?;
        let directory = File::open(&path).map_err(EmbeddedError::file("open", &path))?;
        Ok(Self {
            socket_directory: socket_directory(&path, &directory)?,
            _directory: directory,
        })
    }

    /// How to connect; valid while this value lives.
    #[must_use]
    pub fn connection(&self) -> tokio_postgres::Config {
        connection(&self.socket_directory, ROLE, DATABASE)
    }
}
