//! Proposals: adjustments that wait for a second person.
//!
//! 1. What is above an operator's ceiling is recorded as an adjustment and proposed, in one transaction (`adjustments`).
//! 2. One guarded update decides it, whoever comes first: approved or declined by another supervisor, or withdrawn by who made it.
//!    The guard checks both of them in the database, at that moment.
//! 3. What is approved goes to the engine under the key of its form, any number of times: the ledger has it once.
//!
//! It was carried out if the ledger has the key, as of any adjustment. What has expired is neither decided nor carried out.

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

use super::adjustments::{Adjustment, movement};
use super::page::{Page, rows_to_read};
use super::rows::Columns;
use crate::domain::staff_journal::StaffAction;
use crate::domain::{Balance, IdempotencyKey, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// A proposal, with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub id: i64,
    pub adjustment: Adjustment,
    /// Who proposed it; `None` if the user was deleted by hand.
    pub proposer: Option<String>,
    /// They may still adjust.
    pub may_propose: bool,
    /// Of the wallet, when it was proposed; `None` if it cannot be read.
    pub balance: Option<Balance>,
    pub proposed_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    /// Its time is over, by the database's clock.
    pub is_expired: bool,
    pub decision: Option<Decision>,
    /// Its row in the wallet's ledger, once it is carried out.
    pub seq: Option<i64>,
}

/// How a proposal was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub staff_id: i64,
    /// `None` if the user was deleted by hand.
    pub staff: Option<String>,
    pub at: OffsetDateTime,
    /// Why it was declined.
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Approved,
    Declined,
    Withdrawn,
}

/// Where a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApprovalState {
    Waiting,
    Expired,
    /// Approved, and not in the ledger.
    Approved,
    Done,
    Declined,
    Withdrawn,
}

impl Verdict {
    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Approval {
    #[must_use]
    pub fn state(&self) -> ApprovalState {
        let verdict = self.decision.as_ref().map(|decision| decision.verdict);
        match verdict {
            _ if self.seq.is_some() => ApprovalState::Done,
            Some(Verdict::Declined) => ApprovalState::Declined,
            Some(Verdict::Withdrawn) => ApprovalState::Withdrawn,
            _ if self.is_expired => ApprovalState::Expired,
            Some(Verdict::Approved) => ApprovalState::Approved,
            None => ApprovalState::Waiting,
        }
    }
}

impl Database {
    /// Approves or declines a proposal, with an entry of the journal; `false` if the guard did not let it.
    pub async fn approval_decide(
        &self,
        id: i64,
        staff_id: i64,
        (verdict, reason): (Verdict, Option<&str>),
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        let verdict = verdict.as_str();
        let values = &[&id as _, &staff_id as _, &verdict as _, &reason as _];
        let statement = sql::ADMIN_APPROVAL_DECIDE;
        let rows = self
            .rows_with("decide a proposal", statement, values, Some(entry), None)
            .await?;
        Ok(!rows.is_empty())
    }

    /// Withdraws a proposal, with an entry of the journal; `false` if the guard did not let it.
    pub async fn approval_withdraw(
        &self,
        id: i64,
        staff_id: i64,
        entry: &StaffAction,
    ) -> Result<bool, StorageError> {
        let values = &[&id as _, &staff_id as _];
        let statement = sql::ADMIN_APPROVAL_WITHDRAW;
        let rows = self
            .rows_with("withdraw a proposal", statement, values, Some(entry), None)
            .await?;
        Ok(!rows.is_empty())
    }

    /// Returns one proposal.
    pub async fn approval_find(&self, id: i64) -> Result<Option<Approval>, StorageError> {
        Ok(self.approvals(&[id]).await?.into_iter().next())
    }

    /// Returns the proposals that wait, newest first; of more than `limit`, those that expire first.
    pub async fn approvals_waiting(&self, limit: i64) -> Result<Vec<Approval>, StorageError> {
        let found = self
            .approval_ids(sql::ADMIN_APPROVALS_WAITING, &[&limit])
            .await?;
        self.approvals(&found).await
    }

    /// Returns how many proposals wait, up to `limit`.
    pub async fn approvals_waiting_count(&self, limit: i64) -> Result<usize, StorageError> {
        let found = self
            .approval_ids(sql::ADMIN_APPROVALS_WAITING, &[&limit])
            .await?;
        Ok(found.len())
    }

    /// Returns a page of all proposals, newest first: those below the given one.
    pub async fn approvals_page(
        &self,
        below: Option<i64>,
        limit: u16,
    ) -> Result<Page<Approval, i64>, StorageError> {
        let below = below.unwrap_or(i64::MAX);
        let found = self
            .approval_ids(sql::ADMIN_APPROVALS_PAGE, &[&below, &rows_to_read(limit)])
            .await?;
        let approvals = self.approvals(&found).await?;
        Ok(Page::of(approvals, limit, |approval| approval.id))
    }

    /// Returns the newest proposals of a wallet that may still be carried out.
    pub async fn approvals_of_wallet(
        &self,
        wallet: WalletId,
        limit: i64,
    ) -> Result<Vec<Approval>, StorageError> {
        let found = self
            .approval_ids(sql::ADMIN_APPROVALS_OF_WALLET, &[&wallet.0, &limit])
            .await?;
        self.approvals(&found).await
    }

    async fn approval_ids(
        &self,
        statement: &str,
        values: super::rows::Parameters<'_>,
    ) -> Result<Vec<i64>, StorageError> {
        let rows = self.admin_rows("find proposals", statement, values).await?;
        rows.iter().map(|row| row.column("id")).collect()
    }

    async fn approvals(&self, ids: &[i64]) -> Result<Vec<Approval>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = self.variant(sql::ADMIN_APPROVALS, sql::ADMIN_APPROVALS_DISTRIBUTED);
        let rows = self
            .admin_rows("read proposals", statement, &[&ids])
            .await?;
        rows.iter().map(approval).collect()
    }
}

fn approval(row: &Row) -> Result<Approval, StorageError> {
    let corrupt = || StorageError::Corrupt { what: "a proposal" };
    let key: &str = row.column("idempotency_key")?;
    let key = IdempotencyKey::recorded(key).and_then(|key| key.adjustment());
    let balance: Option<Decimal> = row.try_get("balance").ok();
    let staff_id: i64 = row.column("staff_id")?;
    Ok(Approval {
        id: row.column("id")?,
        adjustment: Adjustment {
            wallet: WalletId(row.column::<Uuid>("wallet_id")?),
            id: key.ok_or_else(corrupt)?,
            staff_id,
            movement: movement(row)?,
            reason: row.column("reason")?,
        },
        proposer: row.column("staff")?,
        may_propose: row.column("may_propose")?,
        balance: balance.and_then(Balance::from_decimal),
        proposed_at: row.column("proposed_at")?,
        expires_at: row.column("expires_at")?,
        is_expired: row.column("is_expired")?,
        decision: decision(row)?,
        seq: row.column("seq")?,
    })
}

fn decision(row: &Row) -> Result<Option<Decision>, StorageError> {
    let verdict = match row.column("state")? {
        "waiting" => return Ok(None),
        "approved" => Verdict::Approved,
        "declined" => Verdict::Declined,
        "withdrawn" => Verdict::Withdrawn,
        _ => {
            return Err(StorageError::Corrupt {
                what: "the state of a proposal",
            });
        }
    };
    Ok(Some(Decision {
        verdict,
        staff_id: row.column("decided_by")?,
        staff: row.column("decider")?,
        at: row.column("decided_at")?,
        reason: row.column("decision")?,
    }))
}
