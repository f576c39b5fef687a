//! The audit: checks the invariants of the ledger over the whole database.
//!
//! It runs in slices of about the same size: the wallets whose ids begin with the same five bits. A slice is checked in one
//! snapshot. A snapshot for the whole audit would keep PostgreSQL from vacuuming the rows that engines replace meanwhile.
//!
//! One snapshot a slice is enough, also beside engines that serve: an invariant concerns one wallet, or an operation and the
//! one that it is linked with, which commit together and are looked up in the same snapshot, wherever the other wallet is.
//! So does the sum over all wallets. In each slice, balances are compared with what came in from outside and with the
//! transfers whose other side is there. Such transfers sum to zero, so what is left over in all slices is money from
//! nowhere, or lost.
//!
//! A distributed database has no common snapshot: there, `audit_nodes` looks at a slice.
//!
//! A slice's operations are on most pages of the ledger, so each slice reads most of it. Of 5.5 million operations, 16
//! slices take as long as one pass over everything (24 s), 32 a tenth longer, 256 twice as long.

use std::time::Duration;

use rust_decimal::Decimal;
use tokio_postgres::{Client, IsolationLevel, Statement};
use uuid::Uuid;

use super::audit_found::read;
use super::audit_nodes::NodesAudit;
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

pub use super::audit_found::{Audit, Breach};

/// The number of slices.
pub const SLICES: u8 = 1 << SLICE_BITS;
const SLICE_BITS: u32 = 5;
/// The timeout of a slice, which takes longer than any request may.
const SLICE_MAX: Duration = Duration::from_secs(3_600);

/// Audits slices, on a separate connection.
pub(super) struct Auditor {
    client: Client,
    /// How much more the wallets of the slices so far hold than is accounted for.
    unaccounted: Decimal,
    looks: Looks,
}

/// How a slice is looked at.
enum Looks {
    /// In one snapshot.
    One {
        counts: Statement,
        breaches: Statement,
    },
    /// Without a common one.
    Nodes(NodesAudit),
}

impl Database {
    /// Checks that every wallet's version, balance and ledger agree, and every user's wallet is theirs.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn audit(&self) -> Result<Audit, StorageError> {
        let mut auditor = Auditor::connect(self).await?;
        let mut audit = Audit::default();
        for slice in 0..SLICES {
            audit.add(auditor.slice(slice).await?);
        }
        Ok(audit)
    }
}

impl Auditor {
    pub async fn connect(database: &Database) -> Result<Self, StorageError> {
        let failed = query_failed("prepare an audit");
        let settings = database.sessions.connector().settings();
        let settings = settings.with("statement_timeout", SLICE_MAX.as_millis());
        let client = database.sessions.connect(&settings.patient()).await?;
        let looks = if database.is_distributed() {
            Looks::Nodes(NodesAudit::prepare(&client).await?)
        } else {
            Looks::One {
                counts: client.prepare(sql::AUDIT_COUNTS).await.map_err(&failed)?,
                breaches: client.prepare(sql::AUDIT_BREACHES).await.map_err(&failed)?,
            }
        };
        Ok(Self {
            looks,
            client,
            unaccounted: Decimal::ZERO,
        })
    }

    /// The connection, for what belongs to its session.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Audits one of the [`SLICES`]. The last has the breaches of the sum over all and of the journal of the staff, if
    /// there are any.
    pub async fn slice(&mut self, slice: u8) -> Result<Audit, StorageError> {
        let failed = query_failed("audit the database");
        let (mut audit, unaccounted) = match &self.looks {
            Looks::One { counts, breaches } => {
                in_one_snapshot(&mut self.client, (counts, breaches), ends(slice)).await?
            }
            Looks::Nodes(nodes) => nodes.slice(&self.client, ends(slice)).await?,
        };
        self.unaccounted += unaccounted;
        if slice == SLICES - 1 {
            audit.breaches.extend(breach_of_sum(self.unaccounted));
            let missing = self.client.query_one(sql::STAFF_JOURNAL_MISSING, &[]).await;
            let missing = missing.and_then(|row| row.try_get("missing"));
            audit
                .breaches
                .extend(breach_of_journal(missing.map_err(failed)?));
        }
        Ok(audit)
    }
}

/// Audits the wallets from one id to another; returns as well how much more they hold than is accounted for.
async fn in_one_snapshot(
    client: &mut Client,
    (counts, breaches): (&Statement, &Statement),
    (first, last): (Uuid, Uuid),
) -> Result<(Audit, Decimal), StorageError> {
    let failed = query_failed("audit the database");
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start();
    let snapshot = snapshot.await.map_err(&failed)?;
    let counts = snapshot.query_one(counts, &[&first, &last]).await;
    let counts = counts.map_err(&failed)?;
    let rows = snapshot.query(breaches, &[&first, &last]).await;
    let rows = rows.map_err(&failed)?;
    snapshot.commit().await.map_err(&failed)?;
    read(&counts, &rows).map_err(failed)
}

/// Returns the lowest and the highest id of a slice.
fn ends(slice: u8) -> (Uuid, Uuid) {
    let rest = u8::BITS - SLICE_BITS;
    let (mut first, mut last) = ([0; 16], [u8::MAX; 16]);
    first[0] = slice << rest;
    last[0] = first[0] | (u8::MAX >> SLICE_BITS);
    (Uuid::from_bytes(first), Uuid::from_bytes(last))
}

fn breach_of_sum(unaccounted: Decimal) -> Option<Breach> {
    let more = if unaccounted > Decimal::ZERO {
        "more"
    } else {
        "less"
    };
    let amount = unaccounted.abs();
    (!unaccounted.is_zero()).then(|| Breach {
        wallet: None,
        text: format!(
            "all wallets: the balances are {amount} {more} than what came in from outside"
        ),
    })
}

fn breach_of_journal(missing: i64) -> Option<Breach> {
    (missing != 0).then(|| Breach {
        wallet: None,
        text: format!("the journal of the staff: {missing} entries are missing"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_leave_out_no_id() {
        let mut next = 0;
        for slice in 0..SLICES {
            let (first, last) = ends(slice);
            assert_eq!(first.as_u128(), next);
            next = last.as_u128().wrapping_add(1);
        }
        assert_eq!(next, 0, "after the last id");
    }
}
