//! A handler that panics or exceeds its time limit costs one request, which is refused; the connection stays open.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use super::error::Refusal;
use crate::telemetry::panic_text;

/// Runs the handler; a panic becomes an error.
///
/// # Errors
/// [`Refusal::Panic`].
pub async fn catch_panic<T>(handler: impl Future<Output = T>) -> Result<T, Refusal> {
    let answer = AssertUnwindSafe(handler).catch_unwind().await;
    answer.map_err(|panic| Refusal::Panic(panic_text(&*panic).to_owned()))
}

/// Runs the handler for `limit` at most; a panic becomes an error.
///
/// # Errors
/// [`Refusal::Panic`], [`Refusal::TooSlow`].
pub async fn catch_panic_within<T>(
    limit: Duration,
    handler: impl Future<Output = T>,
) -> Result<T, Refusal> {
    let answer = catch_panic(timeout(limit, handler)).await?;
    answer.map_err(|_| Refusal::TooSlow(limit))
}
