//! Opening a session in the background: it continues after its caller has timed out, and the next caller gets the result.
//!
//! A server may take longer to accept a client than any one caller waits. If every attempt started again, no session would ever
//! be opened.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::task::{JoinError, JoinHandle};

/// Attempts whose callers stopped waiting.
pub(super) struct BackgroundOpen<T>(Mutex<Vec<JoinHandle<T>>>);

impl<T> Default for BackgroundOpen<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Send + 'static> BackgroundOpen<T> {
    /// Waits for an attempt that an earlier caller abandoned, or else starts one. A finished result that is no longer usable is
    /// dropped.
    pub async fn open<F>(
        &self,
        is_usable: impl Fn(&mut T) -> bool,
        start: impl FnOnce() -> F,
    ) -> Result<T, JoinError>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut task = None;
        while task.is_none()
            && let Some(abandoned) = self.pop()
        {
            if !abandoned.is_finished() {
                task = Some(abandoned);
            } else if let Ok(mut opened) = abandoned.await
                && is_usable(&mut opened)
            {
                return Ok(opened);
            }
        }
        let mut attempt = Attempt {
            opens: self,
            task: Some(task.unwrap_or_else(|| tokio::spawn(start()))),
        };
        let Some(task) = &mut attempt.task else {
            unreachable!("it is taken out when this is dropped");
        };
        let opened = task.await;
        attempt.task = None;
        opened
    }

    /// Ends what nobody waits for, and drops what it has opened.
    pub fn abandon(&self) {
        for task in self.abandoned().drain(..) {
            task.abort();
        }
    }

    fn pop(&self) -> Option<JoinHandle<T>> {
        self.abandoned().pop()
    }

    fn abandoned(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the task back when its caller stops waiting.
struct Attempt<'a, T: Send + 'static> {
    opens: &'a BackgroundOpen<T>,
    task: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Drop for Attempt<'_, T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.opens.abandoned().push(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn an_abandoned_attempt_serves_the_next_caller() {
        let opens = BackgroundOpen::default();
        let (made, making) = oneshot::channel();
        let first = opens.open(|_| true, || async { making.await.unwrap() });
        assert!(
            timeout(Duration::ZERO, first).await.is_err(),
            "its caller times out"
        );
        made.send("the first").unwrap();
        let second = opens.open(|_| true, || async { "another" });
        assert_eq!(second.await.unwrap(), "the first");
        let third = opens.open(|_| true, || async { "another" });
        assert_eq!(third.await.unwrap(), "another");
    }

    #[tokio::test]
    async fn a_result_that_is_no_longer_usable_is_dropped() {
        let opens = BackgroundOpen::default();
        let (made, making) = oneshot::channel();
        let first = opens.open(|_| true, || async { making.await.unwrap() });
        assert!(timeout(Duration::ZERO, first).await.is_err());
        made.send(Err("long ago")).unwrap();
        while !opens.abandoned().iter().all(JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        let second = opens.open(|made| made.is_ok(), || async { Ok("fresh") });
        assert_eq!(second.await.unwrap(), Ok("fresh"));
    }
}
