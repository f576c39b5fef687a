//! The database of the journal in memory: wallets, ledgers, and writes in flight.

mod lanes;
mod locks;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use wallet_engine::domain::entry::Details;
use wallet_engine::domain::linked::Counterpart;
use wallet_engine::domain::{Balance, Operation, OperationKind, UserId, Wallet, WalletId};
use wallet_engine::engine::{LedgerEntry, Recorded, SessionNumber, SetOutcome, WriteSet};

use self::lanes::Lanes;
use self::locks::Locks;

pub struct Store {
    pub lanes: Lanes,
    pub locks: Locks,
    pub tables: Mutex<Tables>,
    pub sides: AtomicUsize,
    pub incarnation: AtomicU64,
}

#[derive(Clone)]
pub struct Tables {
    /// The time by the database's clock, which goes on only if a test wants it to.
    pub now: OffsetDateTime,
    pub wallets: HashMap<WalletId, Wallet>,
    pub ledger: HashMap<WalletId, Vec<LedgerEntry>>,
    /// When each row of the ledger was written.
    pub times: HashMap<WalletId, Vec<OffsetDateTime>>,
    /// Wallets whose row cannot be read.
    pub unreadable: HashSet<WalletId>,
    /// What a session of a side sent and is not committed yet.
    pub in_flight: Vec<((usize, SessionNumber), Vec<WriteSet>)>,
}

impl Store {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            lanes: Lanes::default(),
            locks: Locks::default(),
            tables: Mutex::new(Tables {
                now: OffsetDateTime::UNIX_EPOCH + Duration::days(20_000),
                wallets: HashMap::new(),
                ledger: HashMap::new(),
                times: HashMap::new(),
                unreadable: HashSet::new(),
                in_flight: Vec::new(),
            }),
            sides: AtomicUsize::new(0),
            incarnation: AtomicU64::new(0),
        })
    }

    pub fn now(&self) -> OffsetDateTime {
        self.tables.lock().unwrap().now
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.tables.lock().unwrap().now += time;
    }

    pub fn wallet_with(&self, cents: i64) -> WalletId {
        let id = WalletId(Uuid::new_v4());
        let wallet = Wallet {
            id,
            user: UserId(1),
            balance: Balance::from_cents(cents).unwrap(),
            version: 0,
            reversals_known_from: 0,
            terms: None,
        };
        self.tables.lock().unwrap().wallets.insert(id, wallet);
        id
    }

    pub fn wallet(&self, id: WalletId) -> Wallet {
        self.tables.lock().unwrap().wallets[&id].clone()
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
        for ((_, session), sets) in std::mem::take(&mut tables.in_flight) {
            tables.apply(&sets, |set| self.lanes.is_on(session.lane, set.wallet()));
        }
    }

    /// Checks the ledger of a wallet that began with this balance. Returns the number of operations.
    pub fn audit(&self, id: WalletId, start_cents: i64) -> usize {
        self.lanes.assert_none_strayed();
        let (wallet, ledger) = (self.wallet(id), self.ledger(id));
        let (mut cents, mut held) = (start_cents, 0);
        for LedgerEntry { entry, .. } in &ledger {
            let Operation { kind, amount } = entry.operation;
            cents += i64::from(kind.balance_sign().number()) * amount.cents();
            held += i64::from(kind.held_sign().number()) * amount.cents();
            assert_eq!(entry.balance_after.cents(), cents);
            assert_eq!(entry.held_after.cents(), held);
            assert!((0..=cents).contains(&held));
        }
        assert_eq!(
            (wallet.balance.cents(), wallet.held().cents()),
            (cents, held)
        );
        Self::audit_holds(id, &wallet, &ledger);
        assert_eq!(usize::try_from(wallet.version), Ok(ledger.len()));
        let mut ids: Vec<_> = ledger.iter().map(|entry| entry.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), ledger.len(), "an operation was written twice");
        let keys = ledger.iter().filter_map(|row| Some(&row.key.as_ref()?.0));
        let mut keys: Vec<_> = keys.collect();
        let keyed = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), keyed, "a key was written twice");
        for (seq, entry) in (1..).zip(&ledger) {
            if let Some(other) = entry.entry.counterpart() {
                self.audit_counterpart(id, seq, entry, other);
            }
        }
        ledger.len()
    }

    /// Of each hold, no more was captured and released than it was, and what remains is open; of each operation, no more was
    /// reversed than it was.
    fn audit_holds(id: WalletId, wallet: &Wallet, ledger: &[LedgerEntry]) {
        let mut remaining = BTreeMap::new();
        let mut reversed: HashMap<i64, i64> = HashMap::new();
        for (seq, LedgerEntry { entry, .. }) in (1..).zip(ledger) {
            let Operation { kind, amount } = entry.operation;
            let details = entry.details.as_deref().unwrap_or(&Details::NONE);
            if let Some(hold) = details.hold {
                assert_eq!(kind == OperationKind::Hold, hold == seq);
                let left = remaining.entry(hold).or_insert(0);
                *left += i64::from(kind.held_sign().number()) * amount.cents();
                assert!(
                    *left >= 0,
                    "{kind:?} of more than the hold {hold} had in {id}"
                );
            }
            if let Some(original) = details.reverses {
                assert!(kind.is_reversal());
                let place = usize::try_from(original - 1).unwrap();
                let sum = reversed.entry(original).or_default();
                *sum += amount.cents();
                assert!(*sum <= ledger[place].entry.operation.amount.cents());
            }
        }
        remaining.retain(|_, left| *left > 0);
        let terms = wallet.terms.as_ref();
        let open = terms.map(|terms| terms.holds().iter());
        let open = open
            .into_iter()
            .flatten()
            .map(|(hold, it)| (*hold, it.remaining.cents()));
        assert_eq!(open.collect::<BTreeMap<_, _>>(), remaining);
    }

    /// The other row is there, and of a transfer it names this one and has the same amount.
    fn audit_counterpart(&self, id: WalletId, seq: i64, entry: &LedgerEntry, other: Counterpart) {
        let place = usize::try_from(other.seq - 1).unwrap();
        let row = self.ledger(other.wallet)[place].entry.clone();
        let back = row.counterpart().unwrap();
        assert_eq!(back.transfer, other.transfer, "one leg without the other");
        if other.transfer.is_some() {
            assert_eq!((back.wallet, back.seq), (id, seq));
            assert_eq!(row.operation.amount, entry.entry.operation.amount);
            assert_ne!(row.operation.kind, entry.entry.operation.kind);
        }
    }
}

impl Tables {
    /// Writes every unit whose sets all hold and are here, and leaves out the others whole.
    pub fn apply(
        &mut self,
        sets: &[WriteSet],
        is_here: impl Fn(&WriteSet) -> bool,
    ) -> Vec<SetOutcome> {
        let outcome = |set: &WriteSet| {
            if is_here(set) {
                self.outcome(set)
            } else {
                SetOutcome::Stale
            }
        };
        let outcomes: Vec<_> = sets.iter().map(outcome).collect();
        let holds = |set: &WriteSet| {
            let mut unit = sets.iter().zip(&outcomes);
            set.unit().is_none()
                || unit.all(|(other, outcome)| {
                    other.unit() != set.unit() || matches!(outcome, SetOutcome::Committed(_))
                })
        };
        let mut told = Vec::with_capacity(sets.len());
        for (set, outcome) in sets.iter().zip(&outcomes) {
            told.push(match outcome {
                SetOutcome::Committed(_) if holds(set) => {
                    self.write(set);
                    SetOutcome::Committed((!set.entries().is_empty()).then_some(self.now))
                }
                SetOutcome::Committed(_) => SetOutcome::Stale,
                outcome => outcome.clone(),
            });
        }
        told
    }

    /// What becomes of the set, if nothing else forbids it.
    fn outcome(&self, set: &WriteSet) -> SetOutcome {
        let ledger = self.ledger.get(&set.wallet()).into_iter().flatten();
        let known = (1..).zip(ledger).filter_map(|(seq, row)| {
            let (key, request) = row.key.clone()?;
            set.keys().any(|asked| *asked == key).then(|| Recorded {
                key,
                seq,
                request,
                balance_after: row.entry.balance_after,
                transfer: row.entry.counterpart().and_then(|other| other.transfer),
            })
        });
        let known: Vec<_> = known.collect();
        if !known.is_empty() {
            return SetOutcome::Recorded(known);
        }
        let expected = set.before();
        let expected = (expected.version, expected.balance, expected.held());
        match self.wallets.get(&set.wallet()) {
            Some(wallet) if (wallet.version, wallet.balance, wallet.held()) == expected => {
                SetOutcome::Committed(None)
            }
            _ => SetOutcome::Stale,
        }
    }

    fn write(&mut self, set: &WriteSet) {
        if let Some(wallet) = self.wallets.get_mut(&set.wallet()) {
            wallet.version = set.version();
            wallet.balance = set.balance();
            wallet.terms = set.terms().cloned();
            wallet.committed(self.now);
            let ledger = self.ledger.entry(set.wallet()).or_default();
            ledger.extend_from_slice(set.entries());
            let times = self.times.entry(set.wallet()).or_default();
            times.resize(ledger.len(), self.now);
        }
    }
}
