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
//! A slice's operations are on most pages of the ledger, so each slice reads most of it. Of 5.5 million operations, 16
//! slices take as long as one pass over everything (24 s), 32 a tenth longer, 256 twice as long.

use std::fmt;
use std::time::Duration;

use rust_decimal::Decimal;
use tokio_postgres::{Client, IsolationLevel, Row, Statement};
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;

/// The number of slices.
pub const SLICES: u8 = 1 << SLICE_BITS;
const SLICE_BITS: u32 = 5;
/// The timeout of a slice, which takes longer than any request may.
const SLICE_MAX: Duration = Duration::from_secs(3_600);

/// What an audit checked and found.
#[derive(Debug, Default)]
pub struct Audit {
    pub users: i64,
    pub wallets: i64,
    pub operations: i64,
    pub breaches: Vec<Breach>,
}

/// A violation of the ledger's invariants.
#[derive(Debug)]
pub struct Breach {
    /// `None`: all wallets together, or the journal of the staff.
    pub wallet: Option<Uuid>,
    /// A sentence with the numbers that disagree.
    pub text: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.wallet {
            Some(wallet) => write!(f, "{wallet}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// Audits slices, on a separate connection.
pub(super) struct Auditor {
    client: Client,
    /// How much more the wallets of the slices so far hold than is accounted for.
    unaccounted: Decimal,
    counts: Statement,
    breaches: Statement,
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
        Ok(Self {
            counts: client.prepare(sql::AUDIT_COUNTS).await.map_err(&failed)?,
            breaches: client.prepare(sql::AUDIT_BREACHES).await.map_err(&failed)?,
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
        let (first, last) = ends(slice);
        let snapshot = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start();
        let snapshot = snapshot.await.map_err(&failed)?;
        let counts = snapshot
            .query_one(&self.counts, &[&first, &last])
            .await
            .map_err(&failed)?;
        let rows = snapshot
            .query(&self.breaches, &[&first, &last])
            .await
            .map_err(&failed)?;
        snapshot.commit().await.map_err(&failed)?;
        let (mut audit, unaccounted) = read(&counts, &rows).map_err(&failed)?;
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

/// Returns the lowest and the highest id of a slice.
fn ends(slice: u8) -> (Uuid, Uuid) {
    let rest = u8::BITS - SLICE_BITS;
    let (mut first, mut last) = ([0; 16], [u8::MAX; 16]);
    first[0] = slice << rest;
    last[0] = first[0] | (u8::MAX >> SLICE_BITS);
    (Uuid::from_bytes(first), Uuid::from_bytes(last))
}

/// The slice, and how much more its wallets hold than is accounted for.
fn read(counts: &Row, rows: &[Row]) -> Result<(Audit, Decimal), tokio_postgres::Error> {
    let mut unaccounted = Decimal::ZERO;
    let mut breaches = Vec::new();
    for row in rows {
        match row.try_get::<_, Option<String>>("breach")? {
            Some(text) => breaches.push(Breach {
                wallet: row.try_get("wallet_id")?,
                text,
            }),
            None => unaccounted += row.try_get::<_, Decimal>("unaccounted")?,
        }
    }
    let audit = Audit {
        users: counts.try_get("users")?,
        wallets: counts.try_get("wallets")?,
        operations: counts.try_get("operations")?,
        breaches,
    };
    Ok((audit, unaccounted))
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

impl Audit {
    pub(super) fn add(&mut self, slice: Self) {
        self.users += slice.users;
        self.wallets += slice.wallets;
        self.operations += slice.operations;
        self.breaches.extend(slice.breaches);
    }
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
