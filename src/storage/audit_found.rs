//! What an audit found.

use std::fmt;

use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

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

impl Audit {
    pub(super) fn add(&mut self, slice: Self) {
        self.users += slice.users;
        self.wallets += slice.wallets;
        self.operations += slice.operations;
        self.breaches.extend(slice.breaches);
    }
}

/// The slice, and how much more its wallets hold than is accounted for.
pub(super) fn read(counts: &Row, rows: &[Row]) -> Result<(Audit, Decimal), tokio_postgres::Error> {
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
