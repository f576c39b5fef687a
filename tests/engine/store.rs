//! The database of the journal in memory: wallets, ledgers, and writes in flight.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use wallet_engine::domain::linked::Counterpart;
use wallet_engine::domain::{Balance, UserId, Wallet, WalletId};
use wallet_engine::engine::{LedgerEntry, Recorded, SetOutcome, WriteSet};

#[derive(Default)]
pub struct Store {
    pub tables: Mutex<Tables>,
    pub sides: AtomicUsize,
    pub incarnation: AtomicU64,
}

#[derive(Clone, Default)]
pub struct Tables {
    pub wallets: HashMap<WalletId, Wallet>,
    pub ledger: HashMap<WalletId, Vec<LedgerEntry>>,
    /// Wallets whose row cannot be read.
    pub unreadable: HashSet<WalletId>,
    /// What a session of a side sent and is not committed yet.
    pub in_flight: Vec<((usize, usize), Vec<WriteSet>)>,
}

impl Store {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn wallet_with(&self, cents: i64) -> WalletId {
        let id = WalletId(Uuid::new_v4());
        let wallet = Wallet {
            id,
            user: UserId(1),
            balance: Balance::from_cents(cents).unwrap(),
            version: 0,
        };
        self.tables.lock().unwrap().wallets.insert(id, wallet);
        id
    }

    pub fn wallet(&self, id: WalletId) -> Wallet {
        self.tables.lock().unwrap().wallets[&id]
    }

    pub fn delete(&self, id: WalletId) {
        self.tables.lock().unwrap().wallets.remove(&id);
    }

    pub fn spoil(&self, id: WalletId) {
        self.tables.lock().unwrap().unreadable.insert(id);
    }

    pub fn ledger(&self, id: WalletId) -> Vec<LedgerEntry> {
        let tables = self.tables.lock().unwrap();
        tables.ledger.get(&id).cloned().unwrap_or_default()
    }

    /// Returns a copy of the tables.
    pub fn backup(&self) -> Tables {
        self.tables.lock().unwrap().clone()
    }

    /// Restores a copy, which no engine notices by itself.
    pub fn restore(&self, backup: &Tables) {
        *self.tables.lock().unwrap() = backup.clone();
    }

    /// Begins another incarnation, which every engine notices.
    pub fn begin_incarnation(&self) {
        self.incarnation.fetch_add(1, Ordering::SeqCst);
    }

    /// Commits everything that is still in flight.
    pub fn land(&self) {
        let mut tables = self.tables.lock().unwrap();
        for (_, sets) in std::mem::take(&mut tables.in_flight) {
            tables.apply(&sets);
        }
    }

    /// Checks the ledger of a wallet that began with this balance. Returns the number of operations.
    pub fn audit(&self, id: WalletId, start_cents: i64) -> usize {
        let (wallet, ledger) = (self.wallet(id), self.ledger(id));
        let mut cents = start_cents;
        for entry in &ledger {
            let sign = i64::from(entry.operation.kind.balance_sign().number());
            cents += sign * entry.operation.amount.cents();
            assert_eq!(entry.balance_after.cents(), cents);
            assert!(cents >= 0);
        }
        assert_eq!(wallet.balance.cents(), cents);
        assert_eq!(usize::try_from(wallet.version), Ok(ledger.len()));
        let mut ids: Vec<_> = ledger.iter().map(|entry| entry.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), ledger.len(), "an operation was written twice");
        let mut keys: Vec<_> = ledger.iter().filter_map(|row| row.key.as_ref()).collect();
        let keyed = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), keyed, "a key was written twice");
        for (seq, entry) in (1..).zip(&ledger) {
            if let Some(other) = entry.counterpart {
                self.audit_counterpart(id, seq, entry, other);
            }
        }
        ledger.len()
    }

    /// The other row is there, and of a transfer it names this one and has the same amount.
    fn audit_counterpart(&self, id: WalletId, seq: i64, entry: &LedgerEntry, other: Counterpart) {
        let place = usize::try_from(other.seq - 1).unwrap();
        let row = self.ledger(other.wallet)[place].clone();
        let back = row.counterpart.unwrap();
        assert_eq!(back.transfer, other.transfer, "one leg without the other");
        if other.transfer.is_some() {
            assert_eq!((back.wallet, back.seq), (id, seq));
            assert_eq!(row.operation.amount, entry.operation.amount);
            assert_ne!(row.operation.kind, entry.operation.kind);
        }
    }
}

impl Tables {
    /// Writes every unit whose sets all hold, and leaves out the others whole.
    pub fn apply(&mut self, sets: &[WriteSet]) -> Vec<SetOutcome> {
        let outcomes: Vec<_> = sets.iter().map(|set| self.outcome(set)).collect();
        let holds = |set: &WriteSet| {
            let mut unit = sets.iter().zip(&outcomes);
            set.unit().is_none()
                || unit.all(|(other, outcome)| {
                    other.unit() != set.unit() || *outcome == SetOutcome::Committed
                })
        };
        let mut told = Vec::with_capacity(sets.len());
        for (set, outcome) in sets.iter().zip(&outcomes) {
            told.push(match outcome {
                SetOutcome::Committed if holds(set) => {
                    self.write(set);
                    SetOutcome::Committed
                }
                SetOutcome::Committed => SetOutcome::Stale,
                outcome => outcome.clone(),
            });
        }
        told
    }

    /// What becomes of the set, if nothing else forbids it.
    fn outcome(&self, set: &WriteSet) -> SetOutcome {
        let ledger = self.ledger.get(&set.wallet()).into_iter().flatten();
        let known = (1..).zip(ledger).filter_map(|(seq, row)| {
            let key = row.key.clone()?;
            set.keys().any(|asked| *asked == key).then(|| Recorded {
                key,
                seq,
                request: row.request_hash(),
                balance_after: row.balance_after,
                transfer: row.counterpart.and_then(|other| other.transfer),
            })
        });
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            return SetOutcome::Recorded(known);
        }
        let expected = (set.expected_version(), set.expected_balance());
        match self.wallets.get(&set.wallet()) {
            Some(wallet) if (wallet.version, wallet.balance) == expected => SetOutcome::Committed,
            _ => SetOutcome::Stale,
        }
    }

    fn write(&mut self, set: &WriteSet) {
        if let Some(wallet) = self.wallets.get_mut(&set.wallet()) {
            wallet.version = set.version();
            wallet.balance = set.balance();
            let ledger = self.ledger.entry(set.wallet()).or_default();
            ledger.extend_from_slice(set.entries());
        }
    }
}
