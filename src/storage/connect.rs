//! How connections are made: with limits, so that nothing waits for a dead peer for ever.

use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};
use tracing::{debug, warn};

use super::StorageError;
use crate::telemetry::chain;

/// The database's address with every limit that it does not set itself.
///
/// The server gives up on a statement and on a lock well before the engine gives up on the server, so that
/// a slow answer is usually a clear one.
pub(super) fn with_limits(config: &Config, wait: Duration) -> Config {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(wait / 2);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(wait);
    }
    config.keepalives(true);
    config.keepalives_idle(wait);
    let limits = format!(
        "-c statement_timeout={} -c lock_timeout={}",
        (wait / 3).as_millis(),
        (wait / 4).as_millis()
    );
    // Options of the address come last, so that they win.
    let options = match config.get_options() {
        Some(given) => format!("{limits} {given}"),
        None => limits,
    };
    config.options(options);
    if config.get_application_name().is_none() {
        config.application_name("wallet-engine");
    }
    config
}

/// A connection outside the pool, driven by a task of its own until either side ends it.
pub(super) async fn connect(config: &Config) -> Result<Client, StorageError> {
    let (client, connection) = config.connect(NoTls).await.map_err(StorageError::Connect)?;
    tokio::spawn(async move {
        match connection.await {
            Ok(()) => debug!("a connection to the database was closed"),
            Err(error) => warn!(error = %chain(&error), "a connection to the database broke"),
        }
    });
    Ok(client)
}
