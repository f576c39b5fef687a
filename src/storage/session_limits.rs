//! Checks that the server allows as many sessions as the engine opens.

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

/// For the readiness check, and for settling or reading a wallet.
const BESIDE_COMMITTERS: usize = 2;
/// The pool works with one session, slowly.
const POOL_MIN: usize = 1;

/// A connection limit that is lower than the number of sessions that the engine opens.
#[derive(Debug, PartialEq, Eq)]
pub struct SessionShortage {
    /// The name of the limit.
    pub limit: String,
    pub sessions: i64,
    /// How many the engine opens if it can.
    pub wanted: usize,
    /// How many it needs at least.
    pub needed: usize,
}

impl Database {
    /// Returns the lowest connection limit, if it is lower than the number of sessions that this engine opens, with those that
    /// listen.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn session_shortage(
        &self,
        listeners: usize,
    ) -> Result<Option<SessionShortage>, StorageError> {
        let failed = query_failed("read the connection limits");
        let client = self.pooled().await?;
        let row = client
            .query_typed_opt(sql::SESSION_LIMITS, &[])
            .await
            .map_err(&failed)?;
        client.give_back();
        let Some(row) = row else { return Ok(None) };
        let essential = self.commit_sessions.len() + BESIDE_COMMITTERS + listeners;
        let shortage = SessionShortage {
            limit: row.try_get("name").map_err(&failed)?,
            sessions: row.try_get("sessions").map_err(&failed)?,
            wanted: essential
                + self.load_sessions.len()
                + self.locked_sessions.len()
                + self.sessions.in_use().max,
            needed: essential + POOL_MIN,
        };
        let is_enough =
            usize::try_from(shortage.sessions).is_ok_and(|room| room >= shortage.wanted);
        Ok((!is_enough).then_some(shortage))
    }
}
