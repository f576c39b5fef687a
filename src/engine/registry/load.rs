//! The load of a wallet that is not in memory, which all of its first callers wait for.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Map, Shared};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;

use crate::engine::{Cause, EngineError, Queue};

/// Ends with the wallet in memory.
pub(in crate::engine) type Load = Shared<Map<oneshot::Receiver<Ended>, fn(Received) -> Ended>>;

/// How a load has ended.
pub(super) type Ended = Result<(), LoadError>;
type Received = Result<Ended, RecvError>;

/// Returns a load, and what ends it.
pub(super) fn load() -> (oneshot::Sender<Ended>, Load) {
    let (end, ended) = oneshot::channel();
    let received: fn(Received) -> Ended =
        |ended| ended.unwrap_or_else(|_| Err(LoadError::not_loaded(Aborted)));
    (end, ended.map(received).shared())
}

#[derive(Clone, Debug)]
pub(in crate::engine) enum LoadError {
    WalletNotFound,
    Overloaded,
    /// Nothing was changed, and another load may succeed.
    NotLoaded(Cause),
    /// A retry does not help.
    Unreadable(Cause),
}

impl LoadError {
    pub fn not_loaded(problem: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::NotLoaded(Arc::new(problem))
    }
}

impl From<LoadError> for EngineError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::WalletNotFound => Self::WalletNotFound,
            LoadError::Overloaded => Self::Overloaded(Queue::Engine),
            LoadError::NotLoaded(cause) => Self::NotDone(cause),
            LoadError::Unreadable(cause) => Self::Unavailable(cause),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the load of the wallet was aborted")]
struct Aborted;
