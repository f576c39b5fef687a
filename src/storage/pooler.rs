//! Detects a pooler in transaction or statement mode, which gives a client another server session for each transaction or statement.
//!
//! Through such a pooler, sessions would share prepared statements and settings, and none of the engine's assumptions would hold.
//! The check opens two sessions, makes a setting in each and reads both back in another order: through such a pooler one reads the
//! other's value, or both have the same backend.

use tokio_postgres::Client;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

impl Database {
    /// Checks that a session stays one session.
    ///
    /// # Errors
    /// [`StorageError::SharedSessions`]; others, if a query failed.
    pub async fn check_sessions(&self) -> Result<(), StorageError> {
        let settings = self.sessions.connector().settings();
        let (one, other) =
            tokio::join!(self.sessions.open(&settings), self.sessions.open(&settings));
        if let (Ok(_), Err(error)) | (Err(error), Ok(_)) = (&one, &other)
            && error.is_out_of_connections()
        {
            // The server has room for one: that is a connection limit, not a pooler, and `session_limits` reports it.
            return Ok(());
        }
        let (one, other) = (one?, other?);
        if one.id == other.id {
            return Err(StorageError::SharedSessions);
        }
        let driven = self.sessions.connector().driven();
        let clients = [one, other].map(|session| session.connection.detach(driven).0);
        let marks = [Uuid::new_v4(), Uuid::new_v4()].map(|mark| mark.to_string());
        for which in [0, 1] {
            let mark = format!("SET wallet_engine.session TO '{}'", marks[which]);
            let marked = clients[which].batch_execute(&mark).await;
            marked.map_err(query_failed(DOING))?;
        }
        // Finds a pooler that reuses its sessions round-robin as well as one that reuses the last one first.
        for which in [1, 0, 0, 1] {
            if mark_of(&clients[which]).await? != Some(marks[which].clone()) {
                return Err(StorageError::SharedSessions);
            }
        }
        Ok(())
    }
}

async fn mark_of(client: &Client) -> Result<Option<String>, StorageError> {
    let row = client.query_typed_one(sql::SESSION_MARK, &[]).await;
    let mark = row.and_then(|row| row.try_get("mark"));
    mark.map_err(query_failed(DOING))
}

const DOING: &str = "check that a session stays one session";
