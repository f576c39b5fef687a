//! Audits that staff begin: in the background, one at a time over all engines on the database.
//!
//! 1. [`Database::audit_begin`] takes a lock of the database on the audit's own connection, and writes the audit's row.
//! 2. [`RunningAudit::run`] goes through the slices, and after each says in the row how far it is, for every engine's page.
//! 3. At the end the row has a time of its end. The connection closes, and the lock goes with it.
//!
//! An engine that dies closes the connection as well: a row without an end while nobody has the lock was interrupted.

use time::OffsetDateTime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::domain::UserId;
use crate::storage::audit::{Audit, Breach};
use crate::storage::audit::{Auditor, SLICES};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;
use crate::telemetry::chain;

/// Breaches that are kept to be shown; of the others, their number.
pub const BREACHES_KEPT: usize = 100;
/// The advisory lock's number: any that nobody else of this database uses.
const LOCK: i64 = 0x61_75_64_69_74;

/// An audit as its row has it.
#[derive(Debug)]
pub struct PastAudit {
    pub id: i64,
    /// Who began it.
    pub staff: String,
    pub state: AuditState,
    pub started_at: OffsetDateTime,
    /// Its end, or when it last said how far it is.
    pub seen_at: OffsetDateTime,
    /// How much of it is done, of a hundred.
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
    /// Its engine is gone.
    Interrupted,
    /// The database did not let it come to an end.
    Failed(String),
    Agrees,
    Breaches,
}

impl PastAudit {
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == AuditState::Running
    }

    /// `false`: it runs, or nobody knows when it ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, AuditState::Running | AuditState::Interrupted)
    }

    /// Not all of its breaches were kept.
    #[must_use]
    pub fn has_more_breaches(&self) -> bool {
        usize::try_from(self.breaches).is_ok_and(|breaches| breaches > self.first_breaches.len())
    }
}

/// An audit that has its lock and its row.
pub struct RunningAudit {
    id: i64,
    auditor: Auditor,
    database: Database,
    /// What was found so far. Of its breaches, the first.
    audit: Audit,
    breaches: i64,
    slices_done: u8,
}

impl Database {
    /// Begins an audit; `None`: one is running.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
    pub async fn audit_begin(&self, staff: UserId) -> Result<Option<RunningAudit>, StorageError> {
        let failed = query_failed("begin an audit");
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

    /// The last audits, newest first.
    ///
    /// # Errors
    /// [`StorageError`], if the database could not be asked.
    pub async fn audits(&self, limit: i64) -> Result<Vec<PastAudit>, StorageError> {
        let failed = query_failed("read the audits");
        let client = self.pooled().await?;
        let rows = client.query(sql::ADMIN_AUDITS, &[&limit, &LOCK]).await;
        let rows = rows.map_err(&failed)?;
        client.give_back();
        let audits = rows.iter().map(past_audit);
        audits.collect::<Result<_, _>>().map_err(failed)
    }
}

impl RunningAudit {
    /// Runs to its end; gives the number of breaches.
    ///
    /// # Errors
    /// Why it came to none, which its row says as well if the database lets it.
    pub async fn run(mut self) -> Result<i64, StorageError> {
        let ran = self.slices().await;
        if let Err(error) = &ran {
            let client = self.database.pooled().await?;
            let error = chain(error).to_string();
            self.say(&client, true, Some(&error)).await?;
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
            self.say(self.auditor.client(), has_ended, None).await?;
        }
        Ok(())
    }

    /// Writes into the row how far it is.
    async fn say(
        &self,
        client: &Client,
        has_ended: bool,
        error: Option<&str>,
    ) -> Result<(), StorageError> {
        let breaches = &self.audit.breaches;
        let wallets: Vec<Uuid> = breaches.iter().map(|breach| breach.wallet).collect();
        let texts: Vec<&str> = breaches.iter().map(|breach| &*breach.text).collect();
        let values: &[&(dyn ToSql + Sync)] = &[
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
        let said = client.execute(sql::ADMIN_AUDIT_PROGRESS, values).await;
        said.map_err(query_failed("say how far an audit is"))?;
        Ok(())
    }
}

fn past_audit(row: &Row) -> Result<PastAudit, tokio_postgres::Error> {
    let finished_at: Option<OffsetDateTime> = row.try_get("finished_at")?;
    let error: Option<String> = row.try_get("error")?;
    let breaches: i64 = row.try_get("breaches")?;
    let state = match (row.try_get("is_running")?, finished_at, error) {
        (true, ..) => AuditState::Running,
        (false, None, _) => AuditState::Interrupted,
        (false, Some(_), Some(error)) => AuditState::Failed(error),
        (false, Some(_), None) if breaches > 0 => AuditState::Breaches,
        (false, Some(_), None) => AuditState::Agrees,
    };
    let wallets: Vec<Uuid> = row.try_get("breach_wallets")?;
    let texts: Vec<String> = row.try_get("breach_texts")?;
    let breach = |(wallet, text)| Breach { wallet, text };
    Ok(PastAudit {
        id: row.try_get("id")?,
        staff: row.try_get("staff")?,
        state,
        started_at: row.try_get("started_at")?,
        seen_at: row.try_get("seen_at")?,
        percent: row.try_get::<_, i32>("slices_done")? * 100 / i32::from(SLICES),
        users: row.try_get("users")?,
        wallets: row.try_get("wallets")?,
        operations: row.try_get("operations")?,
        breaches,
        first_breaches: wallets.into_iter().zip(texts).map(breach).collect(),
    })
}
