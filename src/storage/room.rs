//! Whether the server has room for the sessions that an engine opens.

use super::{Database, StorageError, query_failed, sql};

/// The watch (`readiness`), and one to settle or to read a wallet with.
const BESIDE_LANES: usize = 2;
/// The pool works with one session, slowly.
const POOL_MIN: usize = 1;

/// A limit on sessions that is lower than what an engine opens.
#[derive(Debug, PartialEq, Eq)]
pub struct Crowded {
    /// Which limit.
    pub limit: String,
    pub sessions: i64,
    /// What the engine opens, if it can.
    pub wanted: usize,
    /// What it cannot do without.
    pub needed: usize,
}

impl Database {
    /// The least limit on sessions, if it is lower than what this engine opens.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
    pub async fn crowded(&self) -> Result<Option<Crowded>, StorageError> {
        let failed = query_failed("read the limits on sessions");
        let client = self.pooled().await?;
        let row = client
            .query_typed_opt(sql::SESSION_ROOM, &[])
            .await
            .map_err(&failed)?;
        client.give_back();
        let Some(row) = row else { return Ok(None) };
        let essential = self.lanes.len() + BESIDE_LANES;
        let crowded = Crowded {
            limit: row.try_get("name").map_err(&failed)?,
            sessions: row.try_get("sessions").map_err(&failed)?,
            wanted: essential + self.sessions.in_use().max,
            needed: essential + POOL_MIN,
        };
        let is_enough = usize::try_from(crowded.sessions).is_ok_and(|room| room >= crowded.wanted);
        Ok((!is_enough).then_some(crowded))
    }
}
