//! The server of an engine that runs, for a command beside it.
//!
//! The engine's lock stays its own: nothing is started here and nothing stopped. The server lets in whoever is the user
//! that the engine runs as, or the system refuses the way to the socket.

use std::fs::File;
use std::path::PathBuf;

use super::cluster::{ROLE, socket_directory};
use super::directory::CLUSTER;
use super::{DATABASE, EmbeddedError, connection};
use crate::config::PrivatePostgresConfig;

/// A server that is another process's.
#[derive(Debug)]
pub struct Beside {
    socket_directory: PathBuf,
    /// The path to the socket may lead through it.
    _directory: File,
}

impl Beside {
    /// The server that works under `config.data_dir`.
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

    /// How to connect, while this value lives.
    #[must_use]
    pub fn connection(&self) -> tokio_postgres::Config {
        connection(&self.socket_directory, ROLE, DATABASE)
    }
}
