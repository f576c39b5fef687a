//! Something that is being made, and goes on being made when its caller has left.
//!
//! A server may take longer to let a client in than any one caller waits. If every attempt began anew, no session would ever be
//! opened.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use tokio::task::{JoinError, JoinHandle};

/// What was begun and not waited for to its end.
pub(super) struct Kept<T>(Mutex<Vec<JoinHandle<T>>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Send + 'static> Kept<T> {
    /// Waits for what an earlier caller left, or else begins. What was made long ago and `is_good` no longer is thrown
    /// away.
    pub async fn make<F>(
        &self,
        is_good: impl Fn(&mut T) -> bool,
        begin: impl FnOnce() -> F,
    ) -> Result<T, JoinError>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut task = None;
        while task.is_none()
            && let Some(left) = self.pop()
        {
            if !left.is_finished() {
                task = Some(left);
            } else if let Ok(mut made) = left.await
                && is_good(&mut made)
            {
                return Ok(made);
            }
        }
        let mut making = Making {
            kept: self,
            task: Some(task.unwrap_or_else(|| tokio::spawn(begin()))),
        };
        let Some(task) = &mut making.task else {
            unreachable!("it is taken out when this is dropped");
        };
        let made = task.await;
        making.task = None;
        made
    }

    fn pop(&self) -> Option<JoinHandle<T>> {
        self.left().pop()
    }

    fn left(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the task back when its caller leaves.
struct Making<'a, T: Send + 'static> {
    kept: &'a Kept<T>,
    task: Option<JoinHandle<T>>,
}

impl<T: Send + 'static> Drop for Making<'_, T> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.kept.left().push(task);
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
    async fn what_a_caller_left_is_there_for_the_next() {
        let kept = Kept::default();
        let (made, making) = oneshot::channel();
        let first = kept.make(|_| true, || async { making.await.unwrap() });
        assert!(
            timeout(Duration::ZERO, first).await.is_err(),
            "its caller leaves"
        );
        made.send("the first").unwrap();
        let second = kept.make(|_| true, || async { "another" });
        assert_eq!(second.await.unwrap(), "the first");
        let third = kept.make(|_| true, || async { "another" });
        assert_eq!(third.await.unwrap(), "another");
    }

    #[tokio::test]
    async fn what_was_made_and_is_no_longer_good_is_thrown_away() {
        let kept = Kept::default();
        let (made, making) = oneshot::channel();
        let first = kept.make(|_| true, || async { making.await.unwrap() });
        assert!(timeout(Duration::ZERO, first).await.is_err());
        made.send(Err("long ago")).unwrap();
        while !kept.left().iter().all(JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        let second = kept.make(|made| made.is_ok(), || async { Ok("fresh") });
        assert_eq!(second.await.unwrap(), Ok("fresh"));
    }
}
