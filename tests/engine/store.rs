//! The database of the journal in memory: wallets, ledgers, and writes in flight.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use wallet_engine::domain::{Balance, RequestHash, UserId, Wallet, WalletId};
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
        ledger.len()
    }
}

impl Tables {
    pub fn apply(&mut self, sets: &[WriteSet]) -> Vec<SetOutcome> {
        sets.iter().map(|set| self.write(set)).collect()
    }

    fn write(&mut self, set: &WriteSet) -> SetOutcome {
        let ledger = self.ledger.entry(set.wallet()).or_default();
        let known = (1..).zip(&*ledger).filter_map(|(seq, row)| {
            let key = row.key.clone()?;
            set.keys().any(|asked| *asked == key).then(|| Recorded {
                key,
                seq,
                request: RequestHash::of(&row.operation),
                balance_after: row.balance_after,
            })
        });
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            return SetOutcome::Recorded(known);
        }
        match self.wallets.get_mut(&set.wallet()) {
            Some(wallet)
                if (wallet.version, wallet.balance)
                    == (set.expected_version(), set.expected_balance()) =>
            {
                if !set.entries().is_empty() {
                    wallet.version = set.version();
                    wallet.balance = set.balance();
                    ledger.extend_from_slice(set.entries());
                }
                SetOutcome::Committed
            }
            _ => SetOutcome::Stale,
        }
    }
}
