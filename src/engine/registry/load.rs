//! The load of a wallet that is not in memory, which all of its first callers wait for.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Shared};

use crate::engine::{Cause, EngineError, Queue};

/// Ends with the wallet in memory.
pub(in crate::engine) type Load = Shared<BoxFuture<'static, Result<(), LoadError>>>;

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
pub(super) enum LoadProblem {
    #[error("the wallet was not loaded within {0:?}")]
    TooSlow(Duration),
    #[error("the load of the wallet was aborted")]
    Aborted,
}
