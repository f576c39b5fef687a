//! Loads wallets: a few loaders take whatever waits into one query each, so that many wallets cost few round trips.
//!
//! A request never receives the result of a query that was running when it came: that may show the database before a write
//! of another engine that the caller knows of already. It waits for the next query.
//!
//! A failed load fails every wallet in it, and a row that cannot be read only its own wallet; none of them has changed.
//! After a panic, the channels of its wallets are closed.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use time::OffsetDateTime;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::timeout;
use tracing::error;

use super::{Cause, Journal, Loaded};
use crate::config::EngineConfig;
use crate::domain::{Wallet, WalletId};

/// Queries that run at once.
const LOADERS: usize = 4;

/// The limit of wallets in one query: a larger one gains nothing.
const WALLETS_MAX: usize = 256;

struct Request {
    wallet: WalletId,
    loaded: oneshot::Sender<Result<Loaded, Cause>>,
}

/// The queue of loads.
#[derive(Clone)]
pub(super) struct LoadQueue {
    requests: mpsc::Sender<Request>,
    journal: Arc<dyn Journal>,
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
    /// Returns the incarnation that a load which begins now belongs to (see [`Journal::incarnation`]).
    pub fn incarnation(&self) -> u64 {
        self.journal.incarnation()
    }

    /// Returns the time by the database's clock.
    pub fn now(&self) -> OffsetDateTime {
        self.journal.now()
    }

    /// Reports a wallet whose row is behind what was committed.
    pub fn distrust(&self) {
        self.journal.distrust();
    }

    /// Returns the wallet as committed at a moment after the call; `None` if there is none.
    pub async fn load(&self, wallet: WalletId) -> Result<Option<Wallet>, LoadFailed> {
        let (loaded, receiver) = oneshot::channel();
        self.requests
            .try_send(Request { wallet, loaded })
            .map_err(|error| match error {
                TrySendError::Full(_) => LoadFailed::QueueFull,
                TrySendError::Closed(_) => LoadFailed::LoaderDied,
            })?;
        match receiver.await {
            Ok(Ok(loaded)) => loaded.map_err(LoadFailed::Unreadable),
            Ok(Err(cause)) => Err(LoadFailed::Journal(cause)),
            Err(_) => Err(LoadFailed::LoaderDied),
        }
    }
}

/// Makes the queue and the loaders, each to be run until the queue is closed.
pub(super) fn loaders(
    config: &EngineConfig,
    journal: &Arc<dyn Journal>,
) -> (LoadQueue, Vec<Loader>) {
    let (sender, receiver) = mpsc::channel(config.inflight_max);
    let receiver = Arc::new(Mutex::new(receiver));
    let loader = |_| Loader {
        queue: Arc::clone(&receiver),
        journal: Arc::clone(journal),
        limit: config.wait / 3,
    };
    let queue = LoadQueue {
        requests: sender,
        journal: Arc::clone(journal),
    };
    (queue, (0..LOADERS).map(loader).collect())
}

pub(super) struct Loader {
    queue: Arc<Mutex<mpsc::Receiver<Request>>>,
    journal: Arc<dyn Journal>,
    /// The timeout of a query, so that those behind it still have time.
    limit: Duration,
}

impl Loader {
    pub async fn run(self) {
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
        let loaded = timeout(self.limit, self.journal.load(&wallets))
            .await
            .unwrap_or_else(|_| Err(Arc::new(LoadFailed::TooSlow(self.limit))));
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
