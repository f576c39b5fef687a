//! What a wallet's actor submits to be committed.

use std::sync::Arc;

use crate::domain::terms::Terms;
use crate::domain::{
    Balance, Entry, IdempotencyKey, Operation, OperationId, OperationRequest, Principal,
    RequestHash, Sign, Wallet, WalletId,
};

/// One wallet's share of a group commit: accepted operations, keys to look up, or both. It is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteSet {
    /// As the set was decided on it.
    before: Wallet,
    /// The wallet's terms after the set.
    terms: Option<Arc<Terms>>,
    entries: Vec<LedgerEntry>,
    sought: Vec<IdempotencyKey>,
    unit: Option<usize>,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    pub id: OperationId,
    pub entry: Entry,
    /// With what it stands for.
    pub key: Option<(IdempotencyKey, RequestHash)>,
    /// Who asked for it, if that is known.
    pub principal: Option<Principal>,
}

impl LedgerEntry {
    /// Returns the row of an entry that nobody asked for.
    #[must_use]
    pub fn unasked(entry: Entry) -> Self {
        Self {
            id: OperationId::new(),
            entry,
            key: None,
            principal: None,
        }
    }

    /// Returns the row of an entry that the request makes beside the one that answers it.
    #[must_use]
    pub fn beside(request: &OperationRequest, entry: Entry) -> Self {
        Self {
            principal: request.principal.clone(),
            ..Self::unasked(entry)
        }
    }

    /// Returns the row of the entry that answers the request.
    #[must_use]
    pub fn of(request: &OperationRequest, entry: Entry) -> Self {
        let key = request.key.as_ref();
        Self {
            id: OperationId::new(),
            entry,
            key: key.map(|key| (key.clone(), request.hash())),
            principal: request.principal.clone(),
        }
    }
}

impl WriteSet {
    /// Returns the set of operations accepted on `before`, in order, and of the keys of refused ones, which may have
    /// happened before; `None` if there are neither.
    #[must_use]
    pub fn new(
        before: &Wallet,
        entries: Vec<LedgerEntry>,
        sought: Vec<IdempotencyKey>,
    ) -> Option<Self> {
        debug_assert!(
            is_chain(before.balance, before.held(), &entries),
            "a balance is not the one before it and the signed amount"
        );
        let is_empty = entries.is_empty() && sought.is_empty();
        (!is_empty).then_some(Self {
            before: before.clone(),
            terms: before.terms.clone(),
            entries,
            sought,
            unit: None,
        })
    }

    /// Returns the set that leaves the wallet as `then`.
    #[must_use]
    pub fn leaving(self, then: &Wallet) -> Self {
        debug_assert_eq!(
            (self.version(), self.balance(), self.held()),
            (then.version, then.balance, then.held()),
            "the set does not make the wallet that was decided"
        );
        Self {
            terms: then.terms.clone(),
            ..self
        }
    }

    /// The wallet that the set was decided on, which must still be the one in the database.
    #[must_use]
    pub fn before(&self) -> &Wallet {
        &self.before
    }

    /// The wallet's terms after the set.
    #[must_use]
    pub fn terms(&self) -> Option<&Arc<Terms>> {
        self.terms.as_ref()
    }

    /// Adds a row at the end.
    pub fn push(&mut self, entry: LedgerEntry) {
        debug_assert!(
            is_chain(self.balance(), self.held(), std::slice::from_ref(&entry)),
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

    /// Whether all it writes is a balance, and rows of nothing but operations.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let is_plain = |row: &LedgerEntry| {
            row.entry.details.is_none() && row.entry.held_after == Balance::ZERO
        };
        let spent = self.terms.as_ref().and_then(|terms| terms.spent);
        self.unit.is_none()
            && spent.is_none_or(|spent| spent.is_recorded)
            && self.before.terms == self.terms
            && self.before.held() == Balance::ZERO
            && self.entries.iter().all(is_plain)
    }

    #[must_use]
    pub fn wallet(&self) -> WalletId {
        self.before.id
    }

    /// The version that the wallet must still have.
    #[must_use]
    pub fn expected_version(&self) -> i64 {
        self.before.version
    }

    /// The balance that the wallet must still have: after a failover, a version can come again with another past.
    #[must_use]
    pub fn expected_balance(&self) -> Balance {
        self.before.balance
    }

    /// The rows to insert, in order. Without any, the set only queries whether its version and keys hold.
    #[must_use]
    pub fn entries(&self) -> &[LedgerEntry] {
        &self.entries
    }

    /// The rows with their numbers in the ledger, which follow the expected version without gaps.
    pub fn rows(&self) -> impl Iterator<Item = (i64, &LedgerEntry)> {
        (self.before.version + 1..).zip(&self.entries)
    }

    /// The row of that number.
    #[must_use]
    pub fn entry(&self, seq: i64) -> Option<&LedgerEntry> {
        let place = usize::try_from(seq - self.before.version - 1).ok()?;
        self.entries.get(place)
    }

    /// Whether it has keys of refused operations.
    #[must_use]
    pub fn has_sought(&self) -> bool {
        !self.sought.is_empty()
    }

    /// Every key that the ledger must not hold yet.
    pub fn keys(&self) -> impl Iterator<Item = &IdempotencyKey> {
        let own = self
            .entries
            .iter()
            .filter_map(|row| Some(&row.key.as_ref()?.0));
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
        self.before.version + self.entries.len() as i64
    }

    /// The wallet's balance after the set. Keys alone leave it as it is.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let last = self.entries.last();
        last.map_or(self.before.balance, |row| row.entry.balance_after)
    }

    /// How much of that balance is held.
    #[must_use]
    pub fn held(&self) -> Balance {
        let last = self.entries.last();
        last.map_or_else(|| self.before.held(), |row| row.entry.held_after)
    }

    /// How many holds it releases because they have expired.
    #[must_use]
    pub fn expired(&self) -> usize {
        let is_expiry = |row: &&LedgerEntry| {
            let details = row.entry.details.as_ref();
            row.entry.operation.kind.held_sign() == Sign::Minus
                && details.is_some_and(|details| details.expires_at.is_some())
        };
        self.entries.iter().filter(is_expiry).count()
    }
}

/// Whether each balance, and what is held of it, is the one before it and the signed amount.
fn is_chain(balance: Balance, held: Balance, entries: &[LedgerEntry]) -> bool {
    let (mut balance, mut held) = (balance.cents(), held.cents());
    entries.iter().all(|row| {
        let Operation { kind, amount } = row.entry.operation;
        balance += i64::from(kind.balance_sign().number()) * amount.cents();
        held += i64::from(kind.held_sign().number()) * amount.cents();
        let entry = &row.entry;
        let is_next = (balance, held) == (entry.balance_after.cents(), entry.held_after.cents());
        is_next && (0..=balance).contains(&held)
    })
}
