//! Deposits of 1.00, as the parameters of the engine's statement.

use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// A wallet whose balance is its version.
#[derive(Clone)]
pub struct Wallet {
    pub id: Uuid,
    version: i64,
}

impl Wallet {
    pub fn new() -> Self {
        Self {
            id: Uuid::new_v4(),
            version: 0,
        }
    }
}

type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

#[derive(Default)]
pub struct Deposits {
    ids: Vec<Uuid>,
    expected: Vec<i64>,
    expected_balances: Vec<Decimal>,
    versions: Vec<i64>,
    balances: Vec<Decimal>,
    wallets: Vec<Uuid>,
    numbers: Vec<i64>,
    rows: Vec<Uuid>,
    kinds: Vec<&'static str>,
    amounts: Vec<Decimal>,
    after: Vec<Decimal>,
    texts: Vec<Option<&'static str>>,
    hashes: Vec<Option<Vec<u8>>>,
    base: i64,
}

impl Deposits {
    /// So many into each wallet.
    pub fn into(wallets: &mut [Wallet], each: i64) -> Self {
        let mut all = Self::default();
        for wallet in wallets {
            all.ids.push(wallet.id);
            all.expected.push(wallet.version);
            all.expected_balances.push(wallet.version.into());
            for _ in 0..each {
                wallet.version += 1;
                all.wallets.push(wallet.id);
                all.numbers.push(wallet.version);
                all.rows.push(Uuid::new_v4());
                all.kinds.push("DEPOSIT");
                all.amounts.push(Decimal::ONE);
                all.after.push(wallet.version.into());
                all.texts.push(None);
                all.hashes.push(None);
            }
            all.versions.push(wallet.version);
            all.balances.push(wallet.version.into());
        }
        all
    }

    /// Those of `commit.sql`.
    pub fn parameters(&self) -> Parameters<'_> {
        vec![
            &self.ids,
            &self.expected,
            &self.expected_balances,
            &self.versions,
            &self.balances,
            &self.wallets,
            &self.numbers,
            &self.rows,
            &self.kinds,
            &self.amounts,
            &self.after,
            &self.texts,
            &self.hashes,
            &self.texts,
            &self.base,
        ]
    }

    pub fn id(&self) -> &(dyn ToSql + Sync) {
        &self.ids[0]
    }

    /// Those of `update.sql`, of one deposit.
    pub fn update(&self) -> Parameters<'_> {
        vec![
            &self.ids[0],
            &self.expected[0],
            &self.versions[0],
            &self.balances[0],
        ]
    }

    /// Those of `insert.sql`, of one deposit.
    pub fn insert(&self) -> Parameters<'_> {
        vec![
            &self.wallets[0],
            &self.numbers[0],
            &self.rows[0],
            &self.after[0],
        ]
    }
}
