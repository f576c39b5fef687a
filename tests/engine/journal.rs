//! A journal in memory, as exact about durability as the real one, with faults on demand.
//!
//! [`Store`] is the database; a [`Side`] is one engine's view of it, with that engine's lanes and faults.
//! What a side sends can stay on the line (`OnTheLine`) and land later, until the lane is settled.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending};
use tokio::sync::Semaphore;
use uuid::Uuid;
use wallet_engine::domain::{
    Balance, NamesTaken, OperationKind, Registration, RequestHash, UserId, Wallet, WalletId,
};
use wallet_engine::engine::{
    Cause, CommitError, Journal, LedgerEntry, NamesSought, Recorded, RegisterError, SetOutcome,
    WriteSet,
};

use super::random::Random;

/// What happens to the next commit of a side.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// There is no line to the database.
    NotSent,
    /// The database says no, to every group that holds this wallet, as long as the fault is the next one.
    RejectWallet(WalletId),
    Reject,
    Busy,
    /// Written, and the answer lost.
    LostAfter,
    /// Not written, and the answer lost.
    LostBefore,
    /// The answer is lost, and the write lands whenever the store likes, unless the lane is settled first.
    OnTheLine,
    /// Never answered; the write lands if `applied`.
    Hang {
        applied: bool,
    },
    Panic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFault {
    Fail,
    Panic,
}

#[derive(Default)]
pub struct Store {
    tables: Mutex<Tables>,
    sides: AtomicUsize,
}

#[derive(Default)]
struct Tables {
    wallets: HashMap<WalletId, Wallet>,
    ledger: HashMap<WalletId, Vec<LedgerEntry>>,
    on_the_line: Vec<((usize, usize), Vec<WriteSet>)>,
}

impl Store {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn side(self: &Arc<Self>) -> Arc<Side> {
        Arc::new(Side {
            store: Arc::clone(self),
            number: self.sides.fetch_add(1, Ordering::Relaxed),
            faults: Mutex::default(),
            load_faults: Mutex::default(),
            settle_failures: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            load_gate: Semaphore::new(Semaphore::MAX_PERMITS),
            loads: AtomicUsize::new(0),
            load_queries: AtomicUsize::new(0),
            commits: AtomicUsize::new(0),
            pauses: Mutex::new(None),
        })
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

    pub fn ledger(&self, id: WalletId) -> Vec<LedgerEntry> {
        let tables = self.tables.lock().unwrap();
        tables.ledger.get(&id).cloned().unwrap_or_default()
    }

    /// Lets everything land that is still on the line.
    pub fn land(&self) {
        let mut tables = self.tables.lock().unwrap();
        for (_, sets) in std::mem::take(&mut tables.on_the_line) {
            tables.apply(&sets);
        }
    }

    /// Checks the ledger of a wallet that began with this balance; gives the number of operations.
    pub fn audit(&self, id: WalletId, start_cents: i64) -> usize {
        let (wallet, ledger) = (self.wallet(id), self.ledger(id));
        let mut cents = start_cents;
        for entry in &ledger {
            let amount = entry.operation.amount.cents();
            cents += match entry.operation.kind {
                OperationKind::Deposit => amount,
                OperationKind::Withdraw => -amount,
            };
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
    fn apply(&mut self, sets: &[WriteSet]) -> Vec<SetOutcome> {
        sets.iter().map(|set| self.write(set)).collect()
    }

    fn write(&mut self, set: &WriteSet) -> SetOutcome {
        let ledger = self.ledger.entry(set.wallet).or_default();
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
        match self.wallets.get_mut(&set.wallet) {
            Some(wallet) if wallet.version == set.expected => {
                if !set.entries.is_empty() {
                    wallet.version = set.version();
                    wallet.balance = set.balance();
                    ledger.extend_from_slice(&set.entries);
                }
                SetOutcome::Committed
            }
            _ => SetOutcome::Stale,
        }
    }
}

pub struct Side {
    store: Arc<Store>,
    number: usize,
    faults: Mutex<VecDeque<Fault>>,
    load_faults: Mutex<VecDeque<LoadFault>>,
    settle_failures: AtomicUsize,
    gate: Semaphore,
    load_gate: Semaphore,
    loads: AtomicUsize,
    load_queries: AtomicUsize,
    commits: AtomicUsize,
    /// Seeds how often a commit or a load gives way to others.
    pauses: Mutex<Option<Random>>,
}

impl Side {
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub fn fail_next_load(&self, fault: LoadFault) {
        self.load_faults.lock().unwrap().push_back(fault);
    }

    pub fn fail_settling(&self, times: usize) {
        self.settle_failures.store(times, Ordering::SeqCst);
    }

    /// Holds commits back until as many are let through.
    pub fn hold_commits(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_commits(&self, commits: usize) {
        self.gate.add_permits(commits);
    }

    pub fn hold_loads(&self) {
        self.load_gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub fn let_loads(&self, loads: usize) {
        self.load_gate.add_permits(loads);
    }

    /// Wallets that were asked for.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// Queries that asked for them.
    pub fn load_queries(&self) -> usize {
        self.load_queries.load(Ordering::SeqCst)
    }

    /// Commits that began, also those still held back.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    pub fn pause_at_random(&self, seed: u64) {
        *self.pauses.lock().unwrap() = Some(Random(seed));
    }

    async fn pause(&self) {
        let yields = match &mut *self.pauses.lock().unwrap() {
            Some(random) => random.below(4),
            None => 0,
        };
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    }

    /// The fault that meets this group.
    fn fault_for(&self, sets: &[WriteSet]) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        match faults.front() {
            Some(Fault::RejectWallet(id)) => {
                let hit = sets.iter().any(|set| set.wallet == *id);
                hit.then_some(Fault::Reject)
            }
            _ => faults.pop_front(),
        }
    }

    async fn commit_with_faults(
        &self,
        lane: usize,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.pause().await;
        let apply = || self.store.tables.lock().unwrap().apply(sets);
        let outcome = match self.fault_for(sets) {
            None => Ok(apply()),
            Some(Fault::Reject | Fault::RejectWallet(_)) => {
                Err(CommitError::Rejected(cause("rejected")))
            }
            Some(Fault::NotSent) => Err(CommitError::NotSent(cause("no line"))),
            Some(Fault::Busy) => Err(CommitError::Busy(cause("deadlock"))),
            Some(Fault::LostAfter) => {
                apply();
                Err(CommitError::Unknown(cause("the line broke")))
            }
            Some(Fault::LostBefore) => Err(CommitError::Unknown(cause("the line broke"))),
            Some(Fault::OnTheLine) => {
                let mut tables = self.store.tables.lock().unwrap();
                tables
                    .on_the_line
                    .push(((self.number, lane), sets.to_vec()));
                Err(CommitError::Unknown(cause("the line broke")))
            }
            Some(Fault::Hang { applied }) => {
                if applied {
                    apply();
                }
                pending().await
            }
            Some(Fault::Panic) => panic!("planted in the commit"),
        };
        self.pause().await;
        outcome
    }

    fn settled(&self, lane: usize, sets: &[WriteSet]) -> Vec<bool> {
        let mut tables = self.store.tables.lock().unwrap();
        tables
            .on_the_line
            .retain(|(sender, _)| *sender != (self.number, lane));
        sets.iter()
            .map(|set| {
                let ledger = tables.ledger.get(&set.wallet);
                let first = set.entries.first();
                first.is_some_and(|first| ledger.is_some_and(|rows| rows.contains(first)))
            })
            .collect()
    }
}

impl Journal for Side {
    fn load<'a>(
        &'a self,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Option<Wallet>>, Cause>> {
        async move {
            self.loads.fetch_add(wallets.len(), Ordering::SeqCst);
            self.load_queries.fetch_add(1, Ordering::SeqCst);
            self.load_gate.acquire().await.unwrap().forget();
            self.pause().await;
            let fault = self.load_faults.lock().unwrap().pop_front();
            match fault {
                Some(LoadFault::Fail) => Err(cause("the load failed")),
                Some(LoadFault::Panic) => panic!("planted in the load"),
                None => {
                    let tables = self.store.tables.lock().unwrap();
                    let wallet = |id| tables.wallets.get(id).copied();
                    Ok(wallets.iter().map(wallet).collect())
                }
            }
        }
        .boxed()
    }

    fn commit<'a>(
        &'a self,
        lane: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        self.commit_with_faults(lane, sets).boxed()
    }

    fn settle<'a>(
        &'a self,
        lane: usize,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<bool>, Cause>> {
        async move {
            let failing =
                self.settle_failures
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                        left.checked_sub(1)
                    });
            match failing {
                Ok(_) => Err(cause("the database is away")),
                Err(_) => Ok(self.settled(lane, sets)),
            }
        }
        .boxed()
    }

    fn names_taken<'a>(&'a self, _: NamesSought<'a>) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        async { Ok(NamesTaken::default()) }.boxed()
    }

    fn register<'a>(
        &'a self,
        _: &'a Registration,
        _: &'a str,
        _: WalletId,
    ) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        async move {
            self.gate.acquire().await.unwrap().forget();
            Ok(UserId(1))
        }
        .boxed()
    }
}

fn cause(text: &str) -> Cause {
    Arc::new(std::io::Error::other(text.to_owned()))
}
