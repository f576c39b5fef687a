//! The timeout of a request.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::EngineError;

#[derive(Clone, Copy)]
pub(super) struct TimeLimit(pub Duration);

#[derive(Debug, thiserror::Error)]
#[error("there was no answer within {0:?}")]
pub(super) struct TooSlow(pub Duration);

impl TimeLimit {
    /// Returns the deadline of a request that begins now.
    pub fn deadline(self) -> Instant {
        Instant::now() + self.0
    }

    /// Runs a read within the timeout of a request.
    pub async fn read<T>(
        self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        self.read_until(self.deadline(), work).await
    }

    /// Runs a read until the deadline.
    pub async fn read_until<T>(
        self,
        deadline: Instant,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        timeout_at(deadline, work)
            .await
            .unwrap_or_else(|_| Err(self.not_done()))
    }

    /// Returns the error of a request that timed out before it had any effect.
    pub fn not_done(self) -> EngineError {
        EngineError::NotDone(Arc::new(TooSlow(self.0)))
    }

    /// Returns the error of a write that timed out.
    pub fn unavailable(self) -> EngineError {
        EngineError::Unavailable(Arc::new(TooSlow(self.0)))
    }
}
