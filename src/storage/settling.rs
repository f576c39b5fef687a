//! The session that settles a write with an unknown outcome (see [`settle`](super::settle)).

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::connect::{Connector, Session};
use super::error::{StorageError, query_failed};
use super::pool::{Sessions, cancel};
use super::server_identity::SessionId;
use super::sql;
use crate::domain::WalletId;
use crate::engine::WriteSet;

/// The interval between two checks whether a session is gone.
pub(super) const PAUSE: Duration = Duration::from_millis(10);

/// Since when the ledger has the sets of wallets, as far as it has them.
pub(super) type RecordedAt = HashMap<WalletId, OffsetDateTime>;

/// The session that settles. When it is dropped early, its query is cancelled on the server.
pub(super) struct Settling<'a> {
    pub session: Session,
    connector: &'a Connector,
    is_done: bool,
}

impl<'a> Settling<'a> {
    /// Opens it.
    pub async fn open(sessions: &'a Sessions) -> Result<Self, StorageError> {
        let connector = sessions.connector();
        let session = sessions.open(&connector.settings()).await?;
        Ok(Self {
            session,
            connector,
            is_done: false,
        })
    }

    pub fn done(mut self) {
        self.is_done = true;
    }

    /// Terminates that session and waits until it is gone.
    pub async fn terminate(&mut self, ended: &SessionId) -> Result<(), StorageError> {
        let failed = query_failed("terminate an unsettled session");
        while ended.server.is_same_run(&self.session.id.server) {
            let row = self
                .session
                .connection
                .run(async |client| {
                    client
                        .query_one(sql::SESSION_END, &[&ended.pid, &ended.start])
                        .await
                })
                .await
                .map_err(&failed)?;
            if row.try_get("is_read_only").map_err(&failed)? {
                return Err(StorageError::ReadOnly);
            }
            let sessions: i64 = row.try_get("sessions").map_err(&failed)?;
            if sessions == 0 {
                break;
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Returns since when the ledger has the sets. A set is written completely or not at all, so its first row decides.
    pub async fn recorded(&mut self, sets: &[WriteSet]) -> Result<RecordedAt, StorageError> {
        let sought = Sought::of(sets);
        let connection = &mut self.session.connection;
        connection.take_warning();
        let row = connection
            .run(async |client| client.query_one(sql::RECORDED, &sought.parameters()).await)
            .await
            .map_err(query_failed(DOING))?;
        if connection.take_warning() {
            return Err(StorageError::Unreplicated);
        }
        recorded_at(&row)
    }
}

/// What is looked for in the ledger: the first row of each set.
#[derive(Default)]
pub(super) struct Sought {
    wallets: Vec<Uuid>,
    numbers: Vec<i64>,
    ids: Vec<Uuid>,
}

impl Sought {
    pub fn of<'a>(sets: impl IntoIterator<Item = &'a WriteSet>) -> Self {
        let mut sought = Self::default();
        for set in sets {
            if let Some((seq, entry)) = set.rows().next() {
                sought.wallets.push(set.wallet().0);
                sought.numbers.push(seq);
                sought.ids.push(entry.id.0);
            }
        }
        sought
    }

    /// Those of `recorded.sql`.
    pub fn parameters(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.wallets, &self.numbers, &self.ids]
    }
}

/// Reads the row of `recorded.sql`.
///
/// # Errors
/// [`StorageError::ReadOnly`]: it proves nothing.
pub(super) fn recorded_at(row: &Row) -> Result<RecordedAt, StorageError> {
    let failed = query_failed(DOING);
    if row.try_get("is_read_only").map_err(&failed)? {
        return Err(StorageError::ReadOnly);
    }
    let found: Vec<Uuid> = row.try_get("wallets").map_err(&failed)?;
    let times: Vec<OffsetDateTime> = row.try_get("times").map_err(failed)?;
    Ok(found.into_iter().map(WalletId).zip(times).collect())
}

const DOING: &str = "query the ledger for operations";

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            cancel(self.session.connection.cancel_token(), self.connector);
        }
    }
}
