//! What is looked at once for everybody who wants to see it.
//!
//! * Whoever asks gets what the last look found, while it is fresh. Otherwise one look begins, in a task of its own, and
//!   whoever asks waits for it a moment; after that they get what there was before, with the time it is from.
//! * A look that took long is kept long, so that looking never takes more than a small share of the database's time.
//! * A look that failed leaves what was found before it, and is not tried again at once either.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::warn;

use crate::storage::StorageError;
use crate::telemetry::chain;

/// How long a page waits for a look.
const PATIENCE: Duration = Duration::from_millis(700);
/// A look's result is kept so many times as long as the look took.
const KEPT_TIMES: u32 = 20;

/// The last look, and the turn to make the next one.
pub struct Kept<T> {
    fresh: Duration,
    last: Arc<Mutex<Last<T>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Last<T> {
    found: Option<Arc<T>>,
    failed: bool,
    /// Not before this is looked again.
    next: Option<Instant>,
}

/// What is known.
pub struct Known<T> {
    /// What the last look found that found anything.
    pub found: Option<Arc<T>>,
    /// The last look failed.
    pub failed: bool,
}

impl<T: Send + Sync + 'static> Kept<T> {
    /// Of what is fresh for so long.
    pub fn new(fresh: Duration) -> Self {
        let last = Last {
            found: None,
            failed: false,
            next: None,
        };
        Self {
            fresh,
            last: Arc::new(Mutex::new(last)),
            turn: Arc::default(),
        }
    }

    /// What is known, after a look if it is time for one.
    pub async fn get<F>(&self, look: impl FnOnce() -> F) -> Known<T>
    where
        F: Future<Output = Result<T, StorageError>> + Send + 'static,
    {
        if !self.is_fresh() {
            // One that somebody else began is waited for as well.
            let _ = timeout(PATIENCE, self.look(look)).await;
        }
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        Known {
            found: last.found.clone(),
            failed: last.failed,
        }
    }

    async fn look<F>(&self, look: impl FnOnce() -> F)
    where
        F: Future<Output = Result<T, StorageError>> + Send + 'static,
    {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        if self.is_fresh() {
            return;
        }
        let (last, fresh, look) = (Arc::clone(&self.last), self.fresh, look());
        let looked = tokio::spawn(async move {
            let _turn = turn;
            let begun = Instant::now();
            let found = look.await;
            let took = begun.elapsed();
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            last.next = Some(Instant::now() + fresh.max(took * KEPT_TIMES));
            last.failed = found.is_err();
            match found {
                Ok(found) => last.found = Some(Arc::new(found)),
                Err(error) => {
                    warn!(error = %chain(&error), "the overview could not be brought up to date");
                }
            }
        });
        let _ = looked.await;
    }

    fn is_fresh(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.next.is_some_and(|next| Instant::now() < next)
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
    async fn however_many_ask_one_looks() {
        let kept = Kept::new(LONG);
        let looks = Arc::new(AtomicU32::new(0));
        let ask = || {
            kept.get(|| {
                let looks = Arc::clone(&looks);
                async move { Ok(looks.fetch_add(1, Ordering::Relaxed)) }
            })
        };
        for known in join_all((0..20).map(|_| ask())).await {
            assert_eq!(known.found.as_deref(), Some(&0));
        }
        assert_eq!(looks.load(Ordering::Relaxed), 1);
    }

    #[actix_web::test]
    async fn what_is_no_longer_fresh_is_looked_at_again() {
        let kept = Kept::new(Duration::ZERO);
        assert_eq!(
            kept.get(|| async { Ok(1) }).await.found.as_deref(),
            Some(&1)
        );
        let until = async || {
            while kept.get(|| async { Ok(2) }).await.found.as_deref() != Some(&2) {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, until()).await.unwrap();
    }

    #[actix_web::test]
    async fn a_failed_look_keeps_what_was_found_and_says_so() {
        let kept = Kept::new(Duration::ZERO);
        kept.get(|| async { Ok(1) }).await;
        let until = async || loop {
            let known = kept.get(|| async { Err(FAILED) }).await;
            if known.failed {
                return known;
            }
            tokio::task::yield_now().await;
        };
        let known = timeout(LONG, until()).await.unwrap();
        assert_eq!(known.found.as_deref(), Some(&1));
    }

    #[actix_web::test]
    async fn a_look_that_takes_long_holds_up_nobody_and_is_not_lost() {
        let kept = Arc::new(Kept::new(LONG));
        let go_on = Arc::new(Notify::new());
        let look = {
            let go_on = Arc::clone(&go_on);
            async move {
                go_on.notified().await;
                Ok(1)
            }
        };
        assert!(
            kept.get(|| look).await.found.is_none(),
            "it is not waited for longer"
        );
        go_on.notify_one();
        let until = async || {
            while kept.get(|| async { Ok(2) }).await.found.as_deref() != Some(&1) {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, until()).await.unwrap();
    }
}
