//! A group's values, a column a parameter of the `commit*.sql` statements.

use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::domain::Principal;
use crate::engine::WriteSet;

pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// In the order of [`sorted`].
pub(super) struct CommitParameters<'a> {
    wallet: Vec<Uuid>,
    expected: Vec<i64>,
    expected_balance: Vec<Decimal>,
    version: Vec<i64>,
    balance: Vec<Decimal>,
    operation_wallet: Vec<Uuid>,
    seq: Vec<i64>,
    id: Vec<Uuid>,
    kind: Vec<&'static str>,
    amount: Vec<Decimal>,
    balance_after: Vec<Decimal>,
    key: Vec<Option<&'a str>>,
    request_hash: Vec<Option<&'a [u8]>>,
    actor: Vec<Option<&'a str>>,
    asked_wallet: Vec<Uuid>,
    asked_key: Vec<&'a str>,
}

impl<'a> CommitParameters<'a> {
    pub fn of(sets: &[&'a WriteSet]) -> Self {
        let rows = sets.iter().map(|set| set.entries().len()).sum();
        let mut columns = Self {
            wallet: Vec::with_capacity(sets.len()),
            expected: Vec::with_capacity(sets.len()),
            expected_balance: Vec::with_capacity(sets.len()),
            version: Vec::with_capacity(sets.len()),
            balance: Vec::with_capacity(sets.len()),
            operation_wallet: Vec::with_capacity(rows),
            seq: Vec::with_capacity(rows),
            id: Vec::with_capacity(rows),
            kind: Vec::with_capacity(rows),
            amount: Vec::with_capacity(rows),
            balance_after: Vec::with_capacity(rows),
            key: Vec::with_capacity(rows),
            request_hash: Vec::with_capacity(rows),
            actor: Vec::with_capacity(rows),
            asked_wallet: Vec::new(),
            asked_key: Vec::new(),
        };
        for set in sets {
            columns.push(set);
        }
        columns
    }

    fn push(&mut self, set: &'a WriteSet) {
        self.wallet.push(set.wallet().0);
        self.expected.push(set.expected_version());
        self.expected_balance.push(set.expected_balance().into());
        self.version.push(set.version());
        self.balance.push(set.balance().into());
        for (seq, row) in set.rows() {
            let key = row.key.as_ref();
            self.operation_wallet.push(set.wallet().0);
            self.seq.push(seq);
            self.id.push(row.id.0);
            self.kind.push(row.entry.operation.kind.as_str());
            self.amount.push(row.entry.operation.amount.into());
            self.balance_after.push(row.entry.balance_after.into());
            self.key.push(key.map(|(key, _)| key.as_str()));
            self.request_hash
                .push(key.map(|(_, request)| &request.0[..]));
            self.actor
                .push(row.principal.as_ref().map(Principal::as_str));
        }
    }

    /// Adds the keys to look up first.
    pub fn ask(&mut self, sets: &[&'a WriteSet]) {
        for set in sets {
            for key in set.keys() {
                self.asked_wallet.push(set.wallet().0);
                self.asked_key.push(key.as_str());
            }
        }
    }

    /// Those of `commit.sql`.
    pub fn parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            &self.wallet,
            &self.expected,
            &self.expected_balance,
            &self.version,
            &self.balance,
            &self.operation_wallet,
            &self.seq,
            &self.id,
            &self.kind,
            &self.amount,
            &self.balance_after,
            &self.key,
            &self.request_hash,
            &self.actor,
        ]
    }

    /// Those of `commit_carefully.sql`.
    pub fn careful_parameters(&self) -> Vec<Parameter<'_>> {
        let mut parameters = self.parameters();
        parameters.push(&self.asked_wallet);
        parameters.push(&self.asked_key);
        parameters
    }

    /// Those of `commit_wallet.sql`, of the group's one wallet.
    pub fn wallet_parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            &self.wallet[0],
            &self.expected[0],
            &self.expected_balance[0],
            &self.version[0],
            &self.balance[0],
            &self.id,
            &self.kind,
            &self.amount,
            &self.balance_after,
            &self.key,
            &self.request_hash,
            &self.actor,
        ]
    }

    /// Those of `commit_operation.sql`, of the group's one operation.
    pub fn operation_parameters(&self) -> Vec<Parameter<'_>> {
        vec![
            &self.wallet[0],
            &self.expected[0],
            &self.expected_balance[0],
            &self.balance[0],
            &self.id[0],
            &self.kind[0],
            &self.amount[0],
            &self.key[0],
            &self.request_hash[0],
            &self.actor[0],
        ]
    }
}

/// Ordered by wallet: two engines that write the same wallets lock their rows in the same order.
pub(super) fn sorted<'a>(sets: impl IntoIterator<Item = &'a WriteSet>) -> Vec<&'a WriteSet> {
    let mut sets: Vec<&WriteSet> = sets.into_iter().collect();
    sets.sort_unstable_by_key(|set| set.wallet());
    debug_assert!(
        sets.is_sorted_by(|one, next| one.wallet() < next.wallet()),
        "two sets of one wallet in a group"
    );
    sets
}
