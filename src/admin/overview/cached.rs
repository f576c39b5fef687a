//! Values that all readers of a page share.
//!
//! * A fresh value is returned at once. Otherwise one refresh starts, in a task of its own, and every reader waits for it a
//!   moment; after that they get the previous value.
//! * A value that took long to load stays fresh for longer, so that refreshes take a small share of the database's time.
//! * A refresh that fails leaves the previous value. One that the database ended at a time limit had its work, so it is repeated as
//!   seldom as if it had succeeded. Any other failure, as of an outage, cost it nothing however long it took: the next one comes as
//!   soon as a value would not be fresh any more. The log has the first of several in a row, and their end.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use crate::storage::StorageError;
use crate::telemetry::chain;

/// How long a page waits for a refresh.
const WAIT_MAX: Duration = Duration::from_millis(700);
/// A value stays fresh for so many times as long as it took to load.
const FRESH_TIMES: u32 = 20;

/// A value, and the lock of its refresh.
pub struct Cached<T> {
    fresh: Duration,
    last: Arc<Mutex<Last<T>>>,
    refresh: Arc<tokio::sync::Mutex<()>>,
}

struct Last<T> {
    value: Option<Arc<T>>,
    failed: bool,
    fresh_until: Option<Instant>,
}

/// What a reader gets.
pub struct Reading<T> {
    /// The last value that was loaded; `None` until the first.
    pub value: Option<Arc<T>>,
    /// The last refresh failed.
    pub failed: bool,
}

impl<T: Send + Sync + 'static> Cached<T> {
    /// Makes an empty cache, whose values are fresh for that long.
    pub fn new(fresh: Duration) -> Self {
        let last = Last {
            value: None,
            failed: false,
            fresh_until: None,
        };
        Self {
            fresh,
            last: Arc::new(Mutex::new(last)),
            refresh: Arc::default(),
        }
    }

    /// Returns the value, after a refresh if it is not fresh.
    pub async fn get<F>(&self, load: impl FnOnce() -> F) -> Reading<T>
    where
        F: Future<Output = Result<T, StorageError>> + Send + 'static,
    {
        if !self.is_fresh() {
            // This waits for a refresh of another reader, too.
            let _ = timeout(WAIT_MAX, self.refresh(load)).await;
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Reading {
            value: last.value.clone(),
            failed: last.failed,
        }
    }

    async fn refresh<F>(&self, load: impl FnOnce() -> F)
    where
        F: Future<Output = Result<T, StorageError>> + Send + 'static,
    {
        let guard = Arc::clone(&self.refresh).lock_owned().await;
        if self.is_fresh() {
            return;
        }
        let (last, fresh, load) = (Arc::clone(&self.last), self.fresh, load());
        let refresh = tokio::spawn(async move {
            let _guard = guard;
            let begun = Instant::now();
            let loaded = load.await;
            let took = begun.elapsed();
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            last.fresh_until = Some(Instant::now() + fresh.max(work(&loaded, took) * FRESH_TIMES));
            let failed_before = std::mem::replace(&mut last.failed, loaded.is_err());
            match loaded {
                Ok(value) => {
                    last.value = Some(Arc::new(value));
                    if failed_before {
                        info!("a part of the overview is refreshed again");
                    }
                }
                Err(error) if !failed_before => {
                    warn!(error = %chain(&error), "could not refresh a part of the overview; it goes on trying");
                }
                Err(_) => {}
            }
        });
        let _ = refresh.await;
    }

    fn is_fresh(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.fresh_until.is_some_and(|until| Instant::now() < until)
    }
}

/// Returns for how long the database worked on a refresh that took so long, as far as it is known.
fn work<T>(loaded: &Result<T, StorageError>, took: Duration) -> Duration {
    match loaded {
        Ok(_) | Err(StorageError::TooLong { .. }) => took,
        Err(_) => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Notify;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const FAILED: StorageError = StorageError::Silent(LONG);

    #[actix_web::test]
    async fn many_readers_share_one_refresh() {
        let cached = Cached::new(LONG);
        let refreshes = Arc::new(AtomicU32::new(0));
        let ask = || {
            cached.get(|| {
                let refreshes = Arc::clone(&refreshes);
                async move { Ok(refreshes.fetch_add(1, Ordering::Relaxed)) }
            })
        };
        for reading in join_all((0..20).map(|_| ask())).await {
            assert_eq!(reading.value.as_deref(), Some(&0));
        }
        assert_eq!(refreshes.load(Ordering::Relaxed), 1);
    }

    #[actix_web::test]
    async fn a_value_that_is_not_fresh_is_refreshed() {
        let cached = Cached::new(Duration::ZERO);
        assert_eq!(
            cached.get(|| async { Ok(1) }).await.value.as_deref(),
            Some(&1)
        );
        let until = async || {
            while cached.get(|| async { Ok(2) }).await.value.as_deref() != Some(&2) {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, until()).await.unwrap();
    }

    #[actix_web::test]
    async fn a_failed_refresh_keeps_the_value_and_is_reported() {
        let cached = Cached::new(Duration::ZERO);
        cached.get(|| async { Ok(1) }).await;
        let until = async || loop {
            let reading = cached.get(|| async { Err(FAILED) }).await;
            if reading.failed {
                return reading;
            }
            tokio::task::yield_now().await;
        };
        let reading = timeout(LONG, until()).await.unwrap();
        assert_eq!(reading.value.as_deref(), Some(&1));
    }

    /// An outage ends its queries at a time limit; what it cost says nothing about the next one.
    #[actix_web::test]
    async fn a_refresh_that_failed_slowly_is_soon_repeated() {
        assert_eq!(work::<()>(&Err(FAILED), LONG), Duration::ZERO);
        assert_eq!(work(&Ok(()), LONG), LONG);
        let cached = Cached::new(Duration::ZERO);
        let begun = Instant::now();
        let took = Duration::from_millis(200);
        let failed = || async move {
            tokio::time::sleep(took).await;
            Err(FAILED)
        };
        assert!(cached.get(failed).await.failed);
        let until = async || {
            while cached.get(|| async { Ok(1) }).await.value.is_none() {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, until()).await.unwrap();
        assert!(begun.elapsed() < took * FRESH_TIMES);
    }

    #[actix_web::test]
    async fn a_slow_refresh_delays_no_reader_and_is_not_lost() {
        let cached = Arc::new(Cached::new(LONG));
        let go_on = Arc::new(Notify::new());
        let load = {
            let go_on = Arc::clone(&go_on);
            async move {
                go_on.notified().await;
                Ok(1)
            }
        };
        assert!(
            cached.get(|| load).await.value.is_none(),
            "the reader waited for it"
        );
        go_on.notify_one();
        let until = async || {
            while cached.get(|| async { Ok(2) }).await.value.as_deref() != Some(&1) {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, until()).await.unwrap();
    }
}
