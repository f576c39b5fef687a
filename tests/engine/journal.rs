//! A journal in memory, with the same guarantees of durability as the real one, and faults on demand.
//!
//! [`Store`] is the database; a [`Side`] is one engine's view of it, with that engine's commit sessions and faults.
//! What a side sends can stay in flight (`InFlight`) and be committed later, until the session is settled.

mod fault;
mod gates;
mod load_sessions;
mod locked;
mod statements;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use wallet_engine::domain::history::{
    BalanceAt, HistoryPage, HistoryQuery, HoldsPage, HoldsQuery, PastBalance,
};
use wallet_engine::domain::hold::Hold;
use wallet_engine::domain::reversal::Original;
use wallet_engine::domain::{IdempotencyKey, NamesTaken, UserId, WalletId};
use wallet_engine::engine::{
    Cause, CommitError, DecideLocked, Journal, Lane, Loaded, NamesSought, NewUser, ReadError,
    RegisterError, RegisteredUser, SessionNumber, SetOutcome, WriteSet,
};

pub use self::fault::{Fault, LOCK_FAULTS, LoadFault, LockFault};
use self::load_sessions::LoadSessions;
pub use super::store::Store;
use super::store::Tables;
use testkit::random::Random;

pub struct Side {
    store: Arc<Store>,
    number: usize,
    faults: Mutex<VecDeque<Fault>>,
    load_faults: Mutex<VecDeque<LoadFault>>,
    settle_failures: AtomicUsize,
    lock_faults: Mutex<VecDeque<LockFault>>,
    /// Attempts to lock a row.
    locks: AtomicUsize,
    /// Commits of a locked row.
    locked_commits: AtomicUsize,
    gate: Semaphore,
    load_gate: Semaphore,
    /// Before the result of a load is returned.
    loaded_gate: Semaphore,
    loads: AtomicUsize,
    load_queries: AtomicUsize,
    /// Loads that have their result.
    loads_done: AtomicUsize,
    pub load_sessions: LoadSessions,
    commits: AtomicUsize,
    /// Each group that was sent.
    groups: Mutex<Vec<(SessionNumber, Vec<WriteSet>)>>,
    /// Seeds how often a commit or a load yields.
    pauses: Mutex<Option<Random>>,
}

impl Store {
    pub fn side(self: &Arc<Self>) -> Arc<Side> {
        let open = || Semaphore::new(Semaphore::MAX_PERMITS);
        Arc::new(Side {
            store: Arc::clone(self),
            number: self.sides.fetch_add(1, Ordering::Relaxed),
            faults: Mutex::default(),
            load_faults: Mutex::default(),
            settle_failures: AtomicUsize::new(0),
            lock_faults: Mutex::default(),
            locks: AtomicUsize::new(0),
            locked_commits: AtomicUsize::new(0),
            gate: open(),
            load_gate: open(),
            loaded_gate: open(),
            loads: AtomicUsize::new(0),
            load_queries: AtomicUsize::new(0),
            loads_done: AtomicUsize::new(0),
            load_sessions: LoadSessions::default(),
            commits: AtomicUsize::new(0),
            groups: Mutex::default(),
            pauses: Mutex::new(None),
        })
    }
}

impl Side {
    /// Returns the loads that have their result, blocked ones included.
    pub fn loads_done(&self) -> usize {
        self.loads_done.load(Ordering::SeqCst)
    }

    /// Returns the number of wallets that were loaded.
    pub fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// Returns the number of load queries.
    pub fn load_queries(&self) -> usize {
        self.load_queries.load(Ordering::SeqCst)
    }

    /// Returns the commits that began, blocked ones included.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    /// Returns each group that was sent, blocked ones included.
    pub fn groups(&self) -> Vec<(SessionNumber, Vec<WriteSet>)> {
        self.groups.lock().unwrap().clone()
    }

    pub fn pause_at_random(&self, seed: u64) {
        *self.pauses.lock().unwrap() = Some(Random::from_seed(seed));
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

    /// Returns what the query finds, once loads are released.
    fn read<'a, T: Send + 'a>(
        &'a self,
        query: impl FnOnce(&Tables) -> T + Send + 'a,
    ) -> BoxFuture<'a, Result<T, ReadError>> {
        async move {
            self.load_gate.acquire().await.unwrap().forget();
            self.pause().await;
            Ok(query(&self.store.tables.lock().unwrap()))
        }
        .boxed()
    }

    async fn commit_with_faults(
        &self,
        session: SessionNumber,
        sets: &[WriteSet],
    ) -> Result<Vec<SetOutcome>, CommitError> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.groups.lock().unwrap().push((session, sets.to_vec()));
        let lanes = &self.store.lanes;
        let locks = &self.store.locks;
        let is_here = |set: &WriteSet| {
            lanes.is_on(session.lane, set.wallet()) && !locks.is_locked(set.wallet())
        };
        self.gate.acquire().await.unwrap().forget();
        let wallets = sets.iter().map(WriteSet::wallet);
        lanes.answers(Some(session.lane), wallets).await;
        self.pause().await;
        let apply = || self.store.tables.lock().unwrap().apply(sets, is_here);
        let outcome = self.apply_with_faults(session, sets, apply).await;
        self.pause().await;
        outcome
    }

    fn settled(&self, session: SessionNumber, sets: &[WriteSet]) -> Vec<Option<OffsetDateTime>> {
        let mut tables = self.store.tables.lock().unwrap();
        tables
            .in_flight
            .retain(|(sender, _)| *sender != (self.number, session));
        sets.iter()
            .map(|set| {
                let first = set.entries().first()?;
                let ledger = tables.ledger.get(&set.wallet())?;
                let place = ledger.iter().position(|row| row == first)?;
                Some(tables.times[&set.wallet()][place])
            })
            .collect()
    }
}

impl Journal for Side {
    fn incarnation(&self) -> u64 {
        self.store.incarnation.load(Ordering::SeqCst)
    }

    fn now(&self) -> OffsetDateTime {
        self.store.now()
    }

    fn distrust(&self) {
        self.store.begin_incarnation();
    }

    fn lane(&self, wallet: WalletId) -> Lane {
        self.store.lanes.of(wallet)
    }

    fn load_sessions(&self) -> usize {
        self.load_sessions.count()
    }

    fn load<'a>(
        &'a self,
        session: Option<usize>,
        wallets: &'a [WalletId],
    ) -> BoxFuture<'a, Result<Vec<Loaded>, Cause>> {
        async move {
            let _in_use = self.load_sessions.use_one(session);
            self.loads.fetch_add(wallets.len(), Ordering::SeqCst);
            self.load_queries.fetch_add(1, Ordering::SeqCst);
            self.load_gate.acquire().await.unwrap().forget();
            let lanes = &self.store.lanes;
            lanes.loads(wallets);
            lanes.answers(None, wallets.iter().copied()).await;
            self.pause().await;
            let fault = self.load_faults.lock().unwrap().pop_front();
            match fault {
                Some(LoadFault::Fail) => Err(cause("the load failed")),
                Some(LoadFault::Panic) => panic!("planted in the load"),
                None => {
                    let found = {
                        let tables = self.store.tables.lock().unwrap();
                        let wallet = |id| {
                            if tables.unreadable.contains(id) {
                                return Err(cause("the row cannot be read"));
                            }
                            Ok(tables.loaded(*id))
                        };
                        wallets.iter().map(wallet).collect()
                    };
                    self.loads_done.fetch_add(1, Ordering::SeqCst);
                    self.loaded_gate.acquire().await.unwrap().forget();
                    self.pause().await;
                    Ok(found)
                }
            }
        }
        .boxed()
    }

    fn commit<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<SetOutcome>, CommitError>> {
        self.commit_with_faults(session, sets).boxed()
    }

    fn locks_wallets(&self) -> bool {
        self.store.lanes.are_none()
    }

    fn commit_locked<'a>(
        &'a self,
        session: SessionNumber,
        wallet: WalletId,
        decide: DecideLocked<'a>,
    ) -> BoxFuture<'a, Result<Option<SetOutcome>, CommitError>> {
        self.commit_locked_with_faults(session, wallet, decide)
            .boxed()
    }

    fn settle<'a>(
        &'a self,
        session: SessionNumber,
        sets: &'a [WriteSet],
    ) -> BoxFuture<'a, Result<Vec<Option<OffsetDateTime>>, Cause>> {
        async move {
            let failing =
                self.settle_failures
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                        left.checked_sub(1)
                    });
            let wallets = sets.iter().map(WriteSet::wallet);
            let lanes = &self.store.lanes;
            lanes.answers(Some(session.lane), wallets).await;
            match failing {
                Ok(_) => Err(cause("the database is away")),
                Err(_) => Ok(self.settled(session, sets)),
            }
        }
        .boxed()
    }

    /// An empty page, once loads are released.
    fn history<'a>(
        &'a self,
        wallet: WalletId,
        _: &'a HistoryQuery,
    ) -> BoxFuture<'a, Result<Option<HistoryPage>, ReadError>> {
        self.read(move |tables| {
            tables
                .wallets
                .contains_key(&wallet)
                .then(HistoryPage::default)
        })
    }

    fn hold(
        &self,
        wallet: WalletId,
        id: i64,
        as_of: Option<i64>,
    ) -> BoxFuture<'_, Result<Option<Option<Hold>>, ReadError>> {
        self.read(move |tables| tables.hold(wallet, id, as_of))
    }

    fn holds<'a>(
        &'a self,
        wallet: WalletId,
        query: &'a HoldsQuery,
    ) -> BoxFuture<'a, Result<Option<HoldsPage>, ReadError>> {
        self.read(move |tables| tables.holds(wallet, query))
    }

    fn original(
        &self,
        wallet: WalletId,
        seq: i64,
    ) -> BoxFuture<'_, Result<Option<Option<Original>>, ReadError>> {
        let incarnation = self.incarnation();
        self.read(move |tables| tables.original(wallet, seq, incarnation))
    }

    fn balance_at(
        &self,
        wallet: WalletId,
        at: BalanceAt,
    ) -> BoxFuture<'_, Result<Option<Option<PastBalance>>, ReadError>> {
        self.read(move |tables| tables.balance_at(wallet, at))
    }

    fn expired(&self, max: usize) -> BoxFuture<'_, Result<Vec<WalletId>, Cause>> {
        async move { Ok(self.store.tables.lock().unwrap().expired(max)) }.boxed()
    }

    fn names_taken<'a>(&'a self, _: NamesSought<'a>) -> BoxFuture<'a, Result<NamesTaken, Cause>> {
        async { Ok(NamesTaken::default()) }.boxed()
    }

    fn registered<'a>(
        &'a self,
        _: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<RegisteredUser>, Cause>> {
        async { Ok(None) }.boxed()
    }

    fn register<'a>(
        &'a self,
        user: &'a NewUser<'a>,
    ) -> BoxFuture<'a, Result<UserId, RegisterError>> {
        async move {
            if let Some(fault) = self.faults.lock().unwrap().pop_front() {
                assert!(matches!(fault, Fault::NotSent));
                return Err(RegisterError::NotSent(cause("no line")));
            }
            self.load_gate.acquire().await.unwrap().forget();
            user.sent.store(true, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            Ok(UserId(1))
        }
        .boxed()
    }
}

fn cause(text: &str) -> Cause {
    Arc::new(std::io::Error::other(text.to_owned()))
}
