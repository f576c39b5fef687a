//! What a handler may cost: a panic or a lack of time is one refused request, and the connection goes on.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::timeout;

use super::error::Refusal;
use crate::telemetry::panic_text;

/// What the handler answers.
///
/// # Errors
/// [`Refusal::Panic`].
pub async fn caught<T>(handler: impl Future<Output = T>) -> Result<T, Refusal> {
    let answer = AssertUnwindSafe(handler).catch_unwind().await;
    answer.map_err(|panic| Refusal::Panic(panic_text(&*panic).to_owned()))
}

/// What the handler answers within its time.
///
/// # Errors
/// [`Refusal::Panic`], [`Refusal::TooSlow`].
pub async fn caught_within<T>(
    limit: Duration,
    handler: impl Future<Output = T>,
) -> Result<T, Refusal> {
    let answer = caught(timeout(limit, handler)).await?;
    answer.map_err(|_| Refusal::TooSlow(limit))
}
