//! Audits that staff start. They run in the background, one at a time over all engines of the database.
//!
//! 1. [`Database::audit_begin`] takes an advisory lock on the audit's own connection, and inserts the audit's row.
//! 2. [`RunningAudit::run`] audits slice by slice, and records its progress in the row, for every engine's page.
//! 3. At the end the row gets its time. The connection closes, which releases the lock.
//!
//! A crash of the engine closes the connection too: a row without an end is of an interrupted audit when the lock is free.

use time::OffsetDateTime;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::rows::{Columns, Parameters};
use crate::domain::UserId;
use crate::storage::audit::{Audit, Auditor, Breach, SLICES};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;
use crate::telemetry::chain;

/// Breaches that are recorded. Further ones are only counted.
pub const BREACHES_KEPT: usize = 100;
/// The advisory lock's number: any that nothing else uses in this database.
const LOCK: i64 = 0x61_75_64_69_74;

/// An audit as its row has it.
#[derive(Debug)]
pub struct PastAudit {
    pub id: i64,
    /// Who started it.
    pub staff: String,
    pub state: AuditState,
    pub started_at: OffsetDateTime,
    /// Its end, or its last recorded progress.
    pub seen_at: OffsetDateTime,
    pub percent: i32,
    pub users: i64,
    pub wallets: i64,
    pub operations: i64,
    pub breaches: i64,
    /// [`BREACHES_KEPT`] at most.
    pub first_breaches: Vec<Breach>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditState {
    Running,
    /// Its engine stopped.
    Interrupted,
    /// The database failed.
    Failed(String),
    Agrees,
    Breaches,
}

impl PastAudit {
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == AuditState::Running
    }

    /// Returns whether the time of its end is known.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, AuditState::Running | AuditState::Interrupted)
    }

    /// Returns whether more breaches were counted than recorded.
    #[must_use]
    pub fn has_more_breaches(&self) -> bool {
        usize::try_from(self.breaches).is_ok_and(|breaches| breaches > self.first_breaches.len())
    }
}

/// An audit with its lock and its row.
pub struct RunningAudit {
    id: i64,
    auditor: Auditor,
    database: Database,
    /// The result so far, with [`BREACHES_KEPT`] breaches at most.
    audit: Audit,
    breaches: i64,
    slices_done: u8,
}

impl Database {
    /// Starts an audit; `None` if one is running.
    pub async fn audit_begin(&self, staff: UserId) -> Result<Option<RunningAudit>, StorageError> {
        let failed = query_failed("start an audit");
        let auditor = Auditor::connect(self).await?;
        let lock = auditor.client().query_one(sql::ADMIN_AUDIT_LOCK, &[&LOCK]);
        let lock = lock.await.map_err(&failed)?;
        if !lock.try_get("is_taken").map_err(&failed)? {
            return Ok(None);
        }
        let begun = auditor
            .client()
            .query_one(sql::ADMIN_AUDIT_BEGIN, &[&staff.0])
            .await
            .map_err(&failed)?;
        Ok(Some(RunningAudit {
            id: begun.try_get("id").map_err(&failed)?,
            auditor,
            database: self.clone(),
            audit: Audit::default(),
            breaches: 0,
            slices_done: 0,
        }))
    }

    /// Returns the last audits, newest first.
    pub async fn audits(&self, limit: i64) -> Result<Vec<PastAudit>, StorageError> {
        let rows = self
            .admin_rows("read the audits", sql::ADMIN_AUDITS, &[&limit, &LOCK])
            .await?;
        rows.iter().map(past_audit).collect()
    }
}

impl RunningAudit {
    /// Runs the audit, and returns the number of breaches.
    ///
    /// # Errors
    /// Why the audit failed. The row has it too if the database accepts that.
    pub async fn run(mut self) -> Result<i64, StorageError> {
        let ran = self.slices().await;
        if let Err(error) = &ran {
            let client = self.database.pooled().await?;
            let error = chain(error).to_string();
            self.record_progress(&client, true, Some(&error)).await?;
            client.give_back();
        }
        ran.map(|()| self.breaches)
    }

    async fn slices(&mut self) -> Result<(), StorageError> {
        for slice in 0..SLICES {
            let mut found = self.auditor.slice(slice).await?;
            self.slices_done = slice + 1;
            self.breaches += i64::try_from(found.breaches.len()).unwrap_or(i64::MAX);
            let room = BREACHES_KEPT - self.audit.breaches.len();
            found.breaches.truncate(room);
            self.audit.add(found);
            let has_ended = self.slices_done == SLICES;
            self.record_progress(self.auditor.client(), has_ended, None)
                .await?;
        }
        Ok(())
    }

    /// Records the progress in the row.
    async fn record_progress(
        &self,
        client: &Client,
        has_ended: bool,
        error: Option<&str>,
    ) -> Result<(), StorageError> {
        let breaches = &self.audit.breaches;
        let wallets: Vec<Option<Uuid>> = breaches.iter().map(|breach| breach.wallet).collect();
        let texts: Vec<&str> = breaches.iter().map(|breach| &*breach.text).collect();
        let values: Parameters = &[
            &self.id,
            &i32::from(self.slices_done),
            &self.audit.users,
            &self.audit.wallets,
            &self.audit.operations,
            &self.breaches,
            &wallets,
            &texts,
            &has_ended,
            &error,
        ];
        let recorded = client.execute(sql::ADMIN_AUDIT_PROGRESS, values).await;
        recorded.map_err(query_failed("record the progress of an audit"))?;
        Ok(())
    }
}

fn past_audit(row: &Row) -> Result<PastAudit, StorageError> {
    let finished_at: Option<OffsetDateTime> = row.column("finished_at")?;
    let error: Option<String> = row.column("error")?;
    let breaches: i64 = row.column("breaches")?;
    let state = match (row.column("is_running")?, finished_at, error) {
        (true, ..) => AuditState::Running,
        (false, None, _) => AuditState::Interrupted,
        (false, Some(_), Some(error)) => AuditState::Failed(error),
        (false, Some(_), None) if breaches > 0 => AuditState::Breaches,
        (false, Some(_), None) => AuditState::Agrees,
    };
    let wallets: Vec<Option<Uuid>> = row.column("breach_wallets")?;
    let texts: Vec<String> = row.column("breach_texts")?;
    let breach = |(wallet, text)| Breach { wallet, text };
    Ok(PastAudit {
        id: row.column("id")?,
        staff: row.column("staff")?,
        state,
        started_at: row.column("started_at")?,
        seen_at: row.column("seen_at")?,
        percent: row.column::<i32>("slices_done")? * 100 / i32::from(SLICES),
        users: row.column("users")?,
        wallets: row.column("wallets")?,
        operations: row.column("operations")?,
        breaches,
        first_breaches: wallets.into_iter().zip(texts).map(breach).collect(),
    })
}
