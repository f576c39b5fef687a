//! Whether group commits succeed: an engine whose commits have all failed for some seconds is not ready, even if the
//! readiness check succeeds. Nothing else shows a full disk, a missing privilege, or a wait for a standby.
//!
//! One failed commit is not enough, and failures expire after [`FAILURE_EXPIRES_AFTER`]: a load balancer sends nothing to an
//! engine that is not ready, so no commit could prove it healthy again. A write whose outcome could not be found out counts
//! sooner: its wallets refuse everything until it is, and settling is retried without further requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::commit_error::is_caused_by_contents;
use crate::engine::CommitError;

/// The time without a successful commit, while there were attempts, after which the engine is not ready.
const STALLED: Duration = Duration::from_secs(3);
/// The same for an unknown outcome.
const UNSETTLED: Duration = Duration::from_secs(1);
/// How long a failure counts if no attempt follows it.
const FAILURE_EXPIRES_AFTER: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct CommitHealth(Mutex<Attempts>);

/// The attempts since the last success.
#[derive(Default)]
struct Attempts {
    in_flight: usize,
    /// When the first of them began.
    since: Option<Instant>,
    last_failure: Option<Instant>,
    /// An outcome could not be found out, and nothing has succeeded since.
    unsettled: bool,
}

impl CommitHealth {
    /// Begins a commit. It has failed if the result is dropped.
    pub fn commit(&self) -> Attempt<'_> {
        self.begin(false)
    }

    /// Begins to settle a commit. That has failed if the result is dropped.
    pub fn settle(&self) -> Attempt<'_> {
        self.begin(true)
    }

    fn begin(&self, settles: bool) -> Attempt<'_> {
        self.attempts().begin(Instant::now());
        Attempt {
            health: self,
            settles,
            succeeded: false,
        }
    }

    /// Returns how long no attempt has succeeded, if that is too long.
    pub fn stalled(&self) -> Option<Duration> {
        self.attempts().stalled(Instant::now())
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempts {
    fn begin(&mut self, now: Instant) {
        self.in_flight += 1;
        self.since.get_or_insert(now);
    }

    fn end(&mut self, succeeded: bool, settles: bool, now: Instant) {
        self.in_flight -= 1;
        if succeeded {
            self.since = (self.in_flight > 0).then_some(now);
            self.last_failure = None;
            self.unsettled = false;
        } else {
            self.last_failure = Some(now);
            self.unsettled |= settles;
        }
    }

    fn stalled(&self, now: Instant) -> Option<Duration> {
        let until = if self.in_flight > 0 {
            now
        } else {
            self.last_failure
                .filter(|last| now.duration_since(*last) < FAILURE_EXPIRES_AFTER)?
        };
        let failing = until.duration_since(self.since?);
        let max = if self.unsettled { UNSETTLED } else { STALLED };
        (failing >= max).then_some(failing)
    }
}

/// A commit, or the settling of one, that is in flight.
pub(super) struct Attempt<'a> {
    health: &'a CommitHealth,
    settles: bool,
    succeeded: bool,
}

impl Attempt<'_> {
    /// Ends it by the result of a group commit, which it returns.
    pub fn of<T>(self, result: Result<T, CommitError>) -> Result<T, CommitError> {
        let succeeds = match &result {
            Ok(_) | Err(CommitError::Busy(_)) => true,
            Err(CommitError::Rejected(cause)) => is_caused_by_contents(cause),
            Err(_) => false,
        };
        if succeeds {
            self.succeed();
        }
        result
    }

    /// Ends it: the database executed it, or rejected it because of its contents.
    pub fn succeed(mut self) {
        self.succeeded = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut attempts = self.health.attempts();
        attempts.end(self.succeeded, self.settles, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_for_some_seconds_are_a_stall_and_one_is_none() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        attempts.begin(start);
        attempts.end(false, false, start);
        let later = start + STALLED * 2;
        assert_eq!(attempts.stalled(later), None, "one failure");
        attempts.begin(later);
        attempts.end(false, false, later);
        assert_eq!(attempts.stalled(later), Some(STALLED * 2));
        attempts.begin(later);
        attempts.end(true, false, later);
        assert_eq!(attempts.stalled(later), None, "a success");
    }

    #[test]
    fn a_commit_without_a_response_is_a_stall_unless_others_succeed() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        attempts.begin(start);
        let later = start + STALLED;
        assert_eq!(attempts.stalled(later), Some(STALLED));
        attempts.begin(later);
        attempts.end(true, false, later);
        assert_eq!(attempts.stalled(later), None);
        assert_eq!(
            attempts.stalled(later + STALLED),
            Some(STALLED),
            "none since"
        );
    }

    #[test]
    fn failures_expire_if_no_attempt_follows() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        for at in [start, start + STALLED] {
            attempts.begin(at);
            attempts.end(false, false, at);
        }
        assert!(attempts.stalled(start + STALLED).is_some());
        assert_eq!(
            attempts.stalled(start + STALLED + FAILURE_EXPIRES_AFTER),
            None
        );
    }

    #[test]
    fn an_outcome_that_stays_unknown_is_a_stall_sooner_until_something_succeeds() {
        let (mut attempts, start) = (Attempts::default(), Instant::now());
        attempts.begin(start);
        attempts.end(false, true, start);
        assert_eq!(attempts.stalled(start), None, "the first attempt");
        let later = start + UNSETTLED;
        attempts.begin(later);
        assert_eq!(attempts.stalled(later), Some(UNSETTLED));
        attempts.end(false, true, later);
        assert_eq!(attempts.stalled(later), Some(UNSETTLED));
        attempts.begin(later);
        attempts.end(true, true, later);
        assert_eq!(attempts.stalled(later), None, "found out");
    }
}
