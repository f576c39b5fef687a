//! Recognises a pooler that gives a client another session of the server for each transaction or statement.
//!
//! Such a pooler runs one client's prepared statements for another, and passes on its settings: nothing here would hold.
//! Two open sessions each make a setting and read it back in another order: through such a pooler one reads the other's, or
//! both have one backend.

use tokio_postgres::Client;
use uuid::Uuid;

use super::{Database, StorageError, query_failed, sql};

impl Database {
    /// Checks that a session stays one session.
    ///
    /// # Errors
    /// [`StorageError::SharedSessions`]; others, if the database could not be asked.
    pub async fn check_sessions(&self) -> Result<(), StorageError> {
        let settings = self.sessions.connector().settings();
        let (one, other) =
            tokio::join!(self.sessions.open(&settings), self.sessions.open(&settings));
        if let (Ok(_), Err(error)) | (Err(error), Ok(_)) = (&one, &other)
            && error.is_out_of_connections()
        {
            // There is room for one: no pooler is in the way, and `room` says which limit is.
            return Ok(());
        }
        let (one, other) = (one?, other?);
        if one.id == other.id {
            return Err(StorageError::SharedSessions);
        }
        let driven = self.sessions.connector().driven();
        let clients = [one, other].map(|session| session.line.detach(driven).0);
        let marks = [Uuid::new_v4(), Uuid::new_v4()].map(|mark| mark.to_string());
        for which in [0, 1] {
            let mark = format!("SET wallet_engine.session TO '{}'", marks[which]);
            let marked = clients[which].batch_execute(&mark).await;
            marked.map_err(query_failed(DOING))?;
        }
        // Whether the pooler hands out its sessions in turn or the last one first, this meets it.
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
