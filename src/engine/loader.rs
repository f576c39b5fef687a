//! Loads wallets: loaders take whatever waits into one query each, so that many wallets cost few round trips.
//!
//! * A thread that asks has a loader of its own, as long as there are load sessions for it ([`Journal::load_sessions`]): its request
//!   crosses no thread on the way to the database and back.
//! * Other threads share a few loaders on the engine's thread.
//! * Where the database has several lanes, a query is of one of them, and each has a queue and such loaders of its own, which start
//!   with the first load there: a node that does not answer delays no load from another.
//!
//! A request never receives the result of a query that was running when it came: that may show the database before a write
//! of another engine that the caller knows of already. It waits for the next query.
//!
//! A failed load fails every wallet in it, and a row that cannot be read only its own wallet; none of them has changed.
//! After a panic, whoever waits for its wallets is dropped.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::ptr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use futures_util::FutureExt;
use time::OffsetDateTime;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tracing::error;

use super::lane::ByLane;
use super::{Cause, Journal, Lane};
use crate::config::EngineConfig;
use crate::domain::{Wallet, WalletId};

/// Queries of a lane that run at once on the engine's thread.
const LOADERS: usize = 4;

/// The limit of wallets in one query: a larger one gains nothing.
const WALLETS_MAX: usize = 256;

struct Request {
    wallet: WalletId,
    since: Instant,
    recipient: Recipient,
}

/// What gets a loaded wallet.
enum Recipient {
    /// A caller, which may have gone.
    Caller(oneshot::Sender<Result<Option<Wallet>, LoadFailed>>),
    /// Whatever it does, without waiting, on the loader's thread.
    Function(Box<dyn FnOnce(Result<Option<Wallet>, LoadFailed>) + Send>),
}

/// The queues of loads. The loaders end with the last clone.
#[derive(Clone)]
pub(super) struct LoadQueue(Arc<Inner>);

struct Inner {
    /// The loaders of threads that have one of their own, and how many there may be.
    own: RwLock<Vec<OwnLoader>>,
    load_sessions: usize,
    whole: mpsc::Sender<Request>,
    /// Those of the other lanes.
    lanes: RwLock<ByLane<mpsc::Sender<Request>>>,
    loading: Loading,
    /// The engine's thread, where shared loaders are.
    shared: SharedThread,
    /// Wallets that wait for the same loaders.
    queue_max: usize,
}

/// A loader that serves one thread, on that thread, by a load session of its own.
struct OwnLoader {
    thread: ThreadId,
    session: usize,
    queue: mpsc::Sender<Request>,
}

/// The engine's thread. What it does itself needs no loader beside those that are there.
struct SharedThread {
    handle: ArbiterHandle,
    id: Arc<OnceLock<ThreadId>>,
}

/// What every loader needs.
#[derive(Clone)]
struct Loading {
    journal: Arc<dyn Journal>,
    /// The timeout of a query, so that those behind it still have time.
    limit: Duration,
    /// How long a request may wait for its query, which then still ends within a request's timeout.
    wait_max: Duration,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LoadFailed {
    #[error("too many wallets are waiting to be loaded")]
    QueueFull,
    #[error("could not load the wallet")]
    Journal(#[source] Cause),
    /// A retry does not help.
    #[error("the wallet's row cannot be read")]
    Unreadable(#[source] Cause),
    #[error("the wallet was not loaded within {0:?}")]
    TooSlow(Duration),
    #[error("the load waited for {0:?} behind others")]
    Waited(Duration),
    #[error("the loader died with the request")]
    LoaderDied,
}

impl LoadQueue {
    /// Starts the loaders that threads share, on this one.
    pub fn start(config: &EngineConfig, journal: &Arc<dyn Journal>, thread: ArbiterHandle) -> Self {
        let loading = Loading {
            journal: Arc::clone(journal),
            limit: config.wait / 3,
            wait_max: config.wait * 2 / 3,
        };
        let shared = SharedThread::of(thread);
        Self(Arc::new(Inner {
            own: RwLock::default(),
            load_sessions: journal.load_sessions(),
            whole: loading.start_shared(config.inflight_max, &shared.handle),
            lanes: RwLock::default(),
            loading,
            shared,
            queue_max: config.inflight_max,
        }))
    }

    /// Returns the incarnation that a load which begins now belongs to (see [`Journal::incarnation`]).
    pub fn incarnation(&self) -> u64 {
        self.0.loading.journal.incarnation()
    }

    /// Returns the time by the database's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.0.loading.journal.now()
    }

    /// Reports a wallet whose row is behind what was committed.
    pub fn distrust(&self) {
        self.0.loading.journal.distrust();
    }

    /// Returns the wallet as committed at a moment after the call; `None` if there is none. It needs no timer: as long as this
    /// thread runs, it ends within the timeout of a request.
    pub async fn load(&self, wallet: WalletId) -> Result<Option<Wallet>, LoadFailed> {
        let (loaded, receiver) = oneshot::channel();
        self.send(wallet, Recipient::Caller(loaded));
        receiver
            .await
            .unwrap_or_else(|_| Err(LoadFailed::LoaderDied))
    }

    /// Calls `then` with the wallet as committed at a moment after this call; `None` if there is none. It is called here if nothing
    /// can be sent, and dropped if the loader dies.
    pub fn load_into(
        &self,
        wallet: WalletId,
        then: impl FnOnce(Result<Option<Wallet>, LoadFailed>) + Send + 'static,
    ) {
        self.send(wallet, Recipient::Function(Box::new(then)));
    }

    fn send(&self, wallet: WalletId, recipient: Recipient) {
        let request = Request {
            wallet,
            since: Instant::now(),
            recipient,
        };
        let (request, failed) = match self.try_send(request) {
            Ok(()) => return,
            Err(TrySendError::Full(request)) => (request, LoadFailed::QueueFull),
            Err(TrySendError::Closed(request)) => (request, LoadFailed::LoaderDied),
        };
        request.recipient.end(Err(failed));
    }

    fn try_send(&self, request: Request) -> Result<(), TrySendError<Request>> {
        let Inner { whole, lanes, .. } = &*self.0;
        let lane = self.0.loading.journal.lane(request.wallet);
        if lane == Lane::WHOLE {
            return match self.0.send_to_own(request) {
                Ok(sent) => sent,
                Err(request) => whole.try_send(request),
            };
        }
        {
            let lanes = lanes.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(queue) = lanes.get(lane) {
                return queue.try_send(request);
            }
        }
        let mut lanes = lanes.write().unwrap_or_else(PoisonError::into_inner);
        let Inner {
            loading, shared, ..
        } = &*self.0;
        let start = || loading.start_shared(self.0.queue_max, &shared.handle);
        lanes.or_insert_with(lane, start).try_send(request)
    }
}

impl Inner {
    /// Sends the request to this thread's own loader, which is started if there is a load session for it. Without one, the request
    /// comes back.
    fn send_to_own(&self, request: Request) -> Result<Result<(), TrySendError<Request>>, Request> {
        thread_local! {
            /// The queue of this thread's loader, and whose it is: found without a lock that all threads take.
            static OWN: RefCell<Option<(*const Inner, mpsc::WeakSender<Request>)>> =
                const { RefCell::new(None) };
        }
        let whose = ptr::from_ref(self);
        let remembered = OWN.with_borrow(|own| {
            let (of, queue) = own.as_ref()?;
            // Of one that is gone, at the same address, no queue is left.
            (*of == whose).then(|| queue.upgrade()).flatten()
        });
        if let Some(queue) = remembered.filter(|queue| !queue.is_closed()) {
            return Ok(queue.try_send(request));
        }
        let Some(queue) = self.own() else {
            return Err(request);
        };
        OWN.set(Some((whose, queue.downgrade())));
        Ok(queue.try_send(request))
    }

    /// Returns the queue of this thread's own loader, which is started if there is a load session for it.
    fn own(&self) -> Option<mpsc::Sender<Request>> {
        let here = thread::current().id();
        {
            let own = self.own.read().unwrap_or_else(PoisonError::into_inner);
            let mut running = own.iter().filter(|own| !own.queue.is_closed());
            if let Some(own) = running.clone().find(|own| own.thread == here) {
                return Some(own.queue.clone());
            }
            if running.nth(self.load_sessions.saturating_sub(1)).is_some() {
                return None;
            }
        }
        self.start_own(here)
    }

    /// Starts a loader for this thread; `None` if every load session is in use.
    fn start_own(&self, here: ThreadId) -> Option<mpsc::Sender<Request>> {
        if self.load_sessions == 0 || self.shared.is(here) {
            return None;
        }
        let arbiter = Arbiter::try_current()?;
        let mut own = self.own.write().unwrap_or_else(PoisonError::into_inner);
        // Those of threads that have ended.
        own.retain(|own| !own.queue.is_closed());
        let is_free = |session: &usize| own.iter().all(|own| own.session != *session);
        let session = (0..self.load_sessions).find(is_free)?;
        let (queue, receiver) = mpsc::channel(self.queue_max);
        let loader = Loader {
            queue: Arc::new(Mutex::new(receiver)),
            session: Some(session),
            loading: self.loading.clone(),
        };
        arbiter.spawn(loader.run());
        own.push(OwnLoader {
            thread: here,
            session,
            queue: queue.clone(),
        });
        Some(queue)
    }
}

impl SharedThread {
    fn of(handle: ArbiterHandle) -> Self {
        let id = Arc::new(OnceLock::new());
        let its = Arc::clone(&id);
        handle.spawn_fn(move || {
            let _ = its.set(thread::current().id());
        });
        Self { handle, id }
    }

    fn is(&self, thread: ThreadId) -> bool {
        self.id.get() == Some(&thread)
    }
}

impl Loading {
    /// Starts loaders on that thread, which share a queue and the sessions of the pool. Returns their queue.
    fn start_shared(&self, queue_max: usize, thread: &ArbiterHandle) -> mpsc::Sender<Request> {
        let (sender, receiver) = mpsc::channel(queue_max);
        let queue = Arc::new(Mutex::new(receiver));
        for _ in 0..LOADERS {
            let loader = Loader {
                queue: Arc::clone(&queue),
                session: None,
                loading: self.clone(),
            };
            thread.spawn(loader.run());
        }
        sender
    }
}

struct Loader {
    queue: Arc<Mutex<mpsc::Receiver<Request>>>,
    /// Its load session.
    session: Option<usize>,
    loading: Loading,
}

impl Loader {
    async fn run(self) {
        loop {
            let mut group = Vec::new();
            if self
                .queue
                .lock()
                .await
                .recv_many(&mut group, WALLETS_MAX)
                .await
                == 0
            {
                return;
            }
            let load = AssertUnwindSafe(self.load(group)).catch_unwind();
            if load.await.is_err() {
                error!("a load of wallets panicked");
            }
        }
    }

    async fn load(&self, group: Vec<Request>) {
        let Loading {
            journal,
            limit,
            wait_max,
        } = &self.loading;
        let now = Instant::now();
        let is_late = |request: &Request| now.duration_since(request.since) >= *wait_max;
        let (late, group): (Vec<_>, Vec<_>) = (group.into_iter())
            .filter(|request| !request.recipient.has_gone())
            .partition(is_late);
        for request in late {
            request.recipient.end(Err(LoadFailed::Waited(*wait_max)));
        }
        if group.is_empty() {
            return;
        }
        let wallets: Vec<_> = group.iter().map(|request| request.wallet).collect();
        let loaded = timeout(*limit, journal.load(self.session, &wallets))
            .await
            .unwrap_or_else(|_| Err(Arc::new(LoadFailed::TooSlow(*limit))));
        match loaded {
            Ok(wallets) => {
                debug_assert_eq!(wallets.len(), group.len(), "a result for each wallet");
                for (request, wallet) in group.into_iter().zip(wallets) {
                    request
                        .recipient
                        .end(wallet.map_err(LoadFailed::Unreadable));
                }
            }
            Err(cause) => {
                for request in group {
                    let failed = LoadFailed::Journal(Arc::clone(&cause));
                    request.recipient.end(Err(failed));
                }
            }
        }
    }
}

impl Recipient {
    /// Whether nobody waits any more.
    fn has_gone(&self) -> bool {
        match self {
            Self::Caller(caller) => caller.is_closed(),
            Self::Function(_) => false,
        }
    }

    fn end(self, loaded: Result<Option<Wallet>, LoadFailed>) {
        match self {
            Self::Caller(caller) => {
                let _ = caller.send(loaded);
            }
            Self::Function(then) => then(loaded),
        }
    }
}
