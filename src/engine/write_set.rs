//! What a wallet's actor submits to be committed.

use crate::domain::linked::Counterpart;
use crate::domain::{
    Balance, IdempotencyKey, Movement, Operation, OperationId, Reference, RequestHash, Wallet,
    WalletId,
};

/// One wallet's share of a group commit: accepted operations, keys to look up, or both. It is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteSet {
    wallet: WalletId,
    expected_version: i64,
    expected_balance: Balance,
    entries: Vec<LedgerEntry>,
    sought: Vec<IdempotencyKey>,
    unit: Option<usize>,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: OperationId,
    pub operation: Operation,
    pub balance_after: Balance,
    pub key: Option<IdempotencyKey>,
    pub reference: Option<Reference>,
    pub counterpart: Option<Counterpart>,
}

impl LedgerEntry {
    /// What its key stands for.
    #[must_use]
    pub fn request_hash(&self) -> RequestHash {
        let movement = match self.counterpart {
            Some(Counterpart {
                wallet: to,
                transfer: Some(_),
                ..
            }) => Movement::Transfer {
                to,
                amount: self.operation.amount,
            },
            _ => self.operation.into(),
        };
        RequestHash::of(&movement, self.reference.as_ref())
    }
}

impl WriteSet {
    /// Returns the set of operations accepted on `wallet`, in order, and of the keys of refused ones, which may have
    /// happened before; `None` if there are neither.
    #[must_use]
    pub fn new(
        wallet: &Wallet,
        entries: Vec<LedgerEntry>,
        sought: Vec<IdempotencyKey>,
    ) -> Option<Self> {
        debug_assert!(
            is_chain(wallet.balance, &entries),
            "a balance is not the one before it and the signed amount"
        );
        let is_empty = entries.is_empty() && sought.is_empty();
        (!is_empty).then_some(Self {
            wallet: wallet.id,
            expected_version: wallet.version,
            expected_balance: wallet.balance,
            entries,
            sought,
            unit: None,
        })
    }

    /// Adds a row at the end.
    pub fn push(&mut self, entry: LedgerEntry) {
        debug_assert!(
            is_chain(self.balance(), std::slice::from_ref(&entry)),
            "a balance is not the one before it and the signed amount"
        );
        self.entries.push(entry);
    }

    /// Adds the key of a refused operation.
    pub fn seek(&mut self, key: IdempotencyKey) {
        self.sought.push(key);
    }

    /// Links the set with all sets of this unit in its group: they are written together or not at all.
    #[must_use]
    pub fn linked_in(self, unit: Option<usize>) -> Self {
        Self { unit, ..self }
    }

    /// The unit that it is linked with; `None`: it is one of its own.
    #[must_use]
    pub fn unit(&self) -> Option<usize> {
        self.unit
    }

    /// Whether an entry has what only a linked set or a batch gives it.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        let has_more =
            |entry: &LedgerEntry| entry.reference.is_some() || entry.counterpart.is_some();
        self.unit.is_some() || self.entries.iter().any(has_more)
    }

    #[must_use]
    pub fn wallet(&self) -> WalletId {
        self.wallet
    }

    /// The version that the wallet must still have.
    #[must_use]
    pub fn expected_version(&self) -> i64 {
        self.expected_version
    }

    /// The balance that the wallet must still have: after a failover, a version can come again with another past.
    #[must_use]
    pub fn expected_balance(&self) -> Balance {
        self.expected_balance
    }

    /// The rows to insert, in order. Without any, the set only queries whether its version and keys hold.
    #[must_use]
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// The rows with their numbers in the ledger, which follow the expected version without gaps.
    pub fn rows(&self) -> impl Iterator<Item = (i64, &LedgerEntry)> {
        (self.expected_version + 1..).zip(&self.entries)
    }

    /// The row of that number.
    #[must_use]
    pub fn entry(&self, seq: i64) -> Option<&LedgerEntry> {
        let place = usize::try_from(seq - self.expected_version - 1).ok()?;
        self.entries.get(place)
    }

    /// Whether it has keys of refused operations.
    #[must_use]
    pub fn has_sought(&self) -> bool {
        !self.sought.is_empty()
    }

    /// Every key that the ledger must not hold yet.
    pub fn keys(&self) -> impl Iterator<Item = &IdempotencyKey> {
        let own = self.entries.iter().filter_map(|entry| entry.key.as_ref());
        own.chain(&self.sought)
    }

    /// How much of a group it takes up.
    #[must_use]
    pub fn size(&self) -> usize {
        self.entries.len() + self.sought.len()
    }

    /// The wallet's version after the set.
    #[must_use]
    #[expect(
        clippy::cast_possible_wrap,
        reason = "a vector has at most isize::MAX elements"
    )]
    pub fn version(&self) -> i64 {
        self.expected_version + self.entries.len() as i64
    }

    /// The wallet's balance after the set. Keys alone leave it as it is.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let last = self.entries.last();
        last.map_or(self.expected_balance, |entry| entry.balance_after)
    }
}

/// Whether each balance is the one before it and the signed amount.
fn is_chain(before: Balance, entries: &[LedgerEntry]) -> bool {
    let mut cents = before.cents();
    entries.iter().all(|entry| {
        let Operation { kind, amount } = entry.operation;
        cents += i64::from(kind.balance_sign().number()) * amount.cents();
        cents == entry.balance_after.cents()
    })
}
