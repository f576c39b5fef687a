//! Loads wallets: a few loaders take whatever waits into one query each, so that many wallets cost few round trips.
//!
//! A query is of one lane, and each lane has a queue and loaders of its own, which start with the first load there: a node that
//! does not answer delays no load from another.
//!
//! A request never receives the result of a query that was running when it came: that may show the database before a write
//! of another engine that the caller knows of already. It waits for the next query.
//!
//! A failed load fails every wallet in it, and a row that cannot be read only its own wallet; none of them has changed.
//! After a panic, the channels of its wallets are closed.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix::ArbiterHandle;
use futures_util::FutureExt;
use time::OffsetDateTime;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;
use tracing::error;

use super::lane::ByLane;
use super::{Cause, Journal, Lane, Loaded};
use crate::config::EngineConfig;
use crate::domain::{Wallet, WalletId};

/// Queries of a lane that run at once.
const LOADERS: usize = 4;

/// The limit of wallets in one query: a larger one gains nothing.
const WALLETS_MAX: usize = 256;

struct Request {
    wallet: WalletId,
    loaded: oneshot::Sender<Result<Loaded, Cause>>,
}

/// The queues of loads. The loaders end with the last clone.
#[derive(Clone)]
pub(super) struct LoadQueue(Arc<Inner>);

struct Inner {
    whole: mpsc::Sender<Request>,
    /// Those of the other lanes.
    lanes: RwLock<ByLane<mpsc::Sender<Request>>>,
    loading: Loading,
    /// The thread of the loaders.
    thread: ArbiterHandle,
    /// Wallets that wait for a lane's loaders.
    queue_max: usize,
}

/// What every loader needs.
#[derive(Clone)]
struct Loading {
    journal: Arc<dyn Journal>,
    /// The timeout of a query, so that those behind it still have time.
    limit: Duration,
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
    #[error("the loader died with the request")]
    LoaderDied,
}

impl LoadQueue {
    /// Starts the loaders of the database as a whole on the thread, where those of other lanes are to run as well.
    pub fn start(config: &EngineConfig, journal: &Arc<dyn Journal>, thread: ArbiterHandle) -> Self {
        let loading = Loading {
            journal: Arc::clone(journal),
            limit: config.wait / 3,
        };
        Self(Arc::new(Inner {
            whole: loading.start(config.inflight_max, &thread),
            lanes: RwLock::default(),
            loading,
            thread,
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

    /// Returns the wallet as committed at a moment after the call; `None` if there is none.
    pub async fn load(&self, wallet: WalletId) -> Result<Option<Wallet>, LoadFailed> {
        let (loaded, receiver) = oneshot::channel();
        let request = Request { wallet, loaded };
        self.send(request).map_err(|error| match error {
            TrySendError::Full(_) => LoadFailed::QueueFull,
            TrySendError::Closed(_) => LoadFailed::LoaderDied,
        })?;
        match receiver.await {
            Ok(Ok(loaded)) => loaded.map_err(LoadFailed::Unreadable),
            Ok(Err(cause)) => Err(LoadFailed::Journal(cause)),
            Err(_) => Err(LoadFailed::LoaderDied),
        }
    }

    fn send(&self, request: Request) -> Result<(), TrySendError<Request>> {
        let Inner { whole, lanes, .. } = &*self.0;
        let lane = self.0.loading.journal.lane(request.wallet);
        if lane == Lane::WHOLE {
            return whole.try_send(request);
        }
        {
            let lanes = lanes.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(queue) = lanes.get(lane) {
                return queue.try_send(request);
            }
        }
        let mut lanes = lanes.write().unwrap_or_else(PoisonError::into_inner);
        let start = || self.0.loading.start(self.0.queue_max, &self.0.thread);
        lanes.or_insert_with(lane, start).try_send(request)
    }
}

impl Loading {
    /// Starts the loaders of a lane. Returns their queue.
    fn start(&self, queue_max: usize, thread: &ArbiterHandle) -> mpsc::Sender<Request> {
        let (sender, receiver) = mpsc::channel(queue_max);
        let queue = Arc::new(Mutex::new(receiver));
        for _ in 0..LOADERS {
            let loader = Loader {
                queue: Arc::clone(&queue),
                loading: self.clone(),
            };
            thread.spawn(loader.run());
        }
        sender
    }
}

struct Loader {
    queue: Arc<Mutex<mpsc::Receiver<Request>>>,
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

    async fn load(&self, mut group: Vec<Request>) {
        // Requests whose callers timed out are dropped.
        group.retain(|request| !request.loaded.is_closed());
        let wallets: Vec<_> = group.iter().map(|request| request.wallet).collect();
        let Loading { journal, limit } = &self.loading;
        let loaded = timeout(*limit, journal.load(&wallets))
            .await
            .unwrap_or_else(|_| Err(Arc::new(LoadFailed::TooSlow(*limit))));
        match loaded {
            Ok(wallets) => {
                debug_assert_eq!(wallets.len(), group.len(), "a result for each wallet");
                for (request, wallet) in group.into_iter().zip(wallets) {
                    let _ = request.loaded.send(Ok(wallet));
                }
            }
            Err(cause) => {
                for request in group {
                    let _ = request.loaded.send(Err(Arc::clone(&cause)));
                }
            }
        }
    }
}
