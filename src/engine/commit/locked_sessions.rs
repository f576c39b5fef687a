//! The sessions of locked commits, which all threads share.
//!
//! Whoever waits for one gets it in the order of arrival. A session is preferred that was used on the same thread before, as a
//! response wakes the thread on which its connection was opened.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::engine::{LOCKED_SESSIONS, Lane, SessionNumber};

/// How long a session is waited for: longer than a few turns take, and less than the wait for a lock that is not released.
const WAIT_MAX: Duration = Duration::from_millis(100);

pub(super) struct LockedSessions {
    free: Mutex<Vec<Free>>,
    permits: Semaphore,
}

struct Free {
    number: usize,
    /// Where it was used last.
    thread: Option<ThreadId>,
}

/// A session in use.
pub(super) struct LockedSession<'a> {
    pub session: SessionNumber,
    free: &'a Mutex<Vec<Free>>,
    _permit: SemaphorePermit<'a>,
}

impl LockedSessions {
    /// Returns those that are numbered after the `committers`.
    pub fn new(committers: usize) -> Self {
        let free = |number| Free {
            number: committers + number,
            thread: None,
        };
        Self {
            // The last one is taken first.
            free: Mutex::new((0..LOCKED_SESSIONS).rev().map(free).collect()),
            permits: Semaphore::new(LOCKED_SESSIONS),
        }
    }

    /// Takes a session; `None` if none becomes free in time.
    pub async fn take(&self) -> Option<LockedSession<'_>> {
        let permit = timeout(WAIT_MAX, self.permits.acquire()).await.ok()?.ok()?;
        let here = Some(thread::current().id());
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let used_here = free.iter().position(|free| free.thread == here);
        let unused = || free.iter().rposition(|free| free.thread.is_none());
        let place = used_here.or_else(unused).unwrap_or_default();
        if place >= free.len() {
            debug_assert!(false, "a permit without a session");
            return None;
        }
        let session = SessionNumber {
            lane: Lane::WHOLE,
            number: free.remove(place).number,
        };
        Some(LockedSession {
            session,
            free: &self.free,
            _permit: permit,
        })
    }
}

impl Drop for LockedSession<'_> {
    fn drop(&mut self) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(Free {
            number: self.session.number,
            thread: Some(thread::current().id()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_is_used_once_at_a_time_and_the_one_of_this_thread_first() {
        let sessions = LockedSessions::new(2);
        let first = sessions.take().await.unwrap();
        assert_eq!(first.session.number, 2, "after the committers'");
        drop(first);
        assert_eq!(sessions.take().await.unwrap().session.number, 2);

        let mut taken = Vec::new();
        for _ in 0..LOCKED_SESSIONS {
            taken.push(sessions.take().await.unwrap());
        }
        let mut numbers: Vec<_> = taken.iter().map(|it| it.session.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (2..2 + LOCKED_SESSIONS).collect::<Vec<_>>());
        assert!(sessions.take().await.is_none(), "and no more");

        let last = taken.pop().unwrap();
        let number = last.session.number;
        drop(last);
        assert_eq!(sessions.take().await.unwrap().session.number, number);
    }
}
