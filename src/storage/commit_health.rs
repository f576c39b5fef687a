//! Whether group commits succeed: an engine that was asked to commit and has not for some seconds is not ready,
//! whatever else the database answers. A full disk, a missing privilege, a standby that is waited for show nowhere else.
//!
//! One failed commit says nothing yet, and failures that nothing followed are forgotten after [`FORGOTTEN`]: a balancer sends
//! nothing to an engine that is not ready, so nothing else could prove it well again. A write whose outcome could not be
//! found out counts sooner: its wallets refuse everything until it is, and finding out is repeated without being asked for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// So long without a commit, while some were asked for, is too long.
const STALLED: Duration = Duration::from_secs(3);
/// So long without finding out what became of a write is too long: its wallets refuse everything until it is known.
const UNSETTLED: Duration = Duration::from_secs(1);
/// A failure that nothing followed counts for so long.
const FORGOTTEN: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct CommitHealth(Mutex<Asks>);

/// What was asked for since the last success.
#[derive(Default)]
struct Asks {
    under_way: usize,
    /// When the first of them was sent.
    since: Option<Instant>,
    last_failure: Option<Instant>,
    /// An outcome could not be found out, and nothing has succeeded since.
    unsettled: bool,
}

impl CommitHealth {
    /// A group is sent. It has failed if the result is dropped.
    pub fn asked(&self) -> Asked<'_> {
        self.ask(false)
    }

    /// The outcome of a group is being found out. It could not be if the result is dropped.
    pub fn settling(&self) -> Asked<'_> {
        self.ask(true)
    }

    fn ask(&self, settles: bool) -> Asked<'_> {
        self.asks().asked(Instant::now());
        Asked {
            health: self,
            settles,
            is_met: false,
        }
    }

    /// For how long commits have been asked for in vain, if that is too long.
    pub fn stalled(&self) -> Option<Duration> {
        self.asks().stalled(Instant::now())
    }

    fn asks(&self) -> MutexGuard<'_, Asks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asks {
    fn asked(&mut self, now: Instant) {
        self.under_way += 1;
        self.since.get_or_insert(now);
    }

    fn answered(&mut self, is_met: bool, settles: bool, now: Instant) {
        self.under_way -= 1;
        if is_met {
            self.since = (self.under_way > 0).then_some(now);
            self.last_failure = None;
            self.unsettled = false;
        } else {
            self.last_failure = Some(now);
            self.unsettled |= settles;
        }
    }

    fn stalled(&self, now: Instant) -> Option<Duration> {
        let until = if self.under_way > 0 {
            now
        } else {
            self.last_failure
                .filter(|last| now.duration_since(*last) < FORGOTTEN)?
        };
        let vain = until.saturating_duration_since(self.since?);
        let max = if self.unsettled { UNSETTLED } else { STALLED };
        (vain >= max).then_some(vain)
    }
}

pub(super) struct Asked<'a> {
    health: &'a CommitHealth,
    settles: bool,
    is_met: bool,
}

impl Asked<'_> {
    /// The database did what it was asked, or refused it for a reason that lies in the group.
    pub fn met(mut self) {
        self.is_met = true;
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut asks = self.health.asks();
        asks.answered(self.is_met, self.settles, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_for_some_seconds_are_a_stall_and_one_is_none() {
        let (mut asks, begin) = (Asks::default(), Instant::now());
        asks.asked(begin);
        asks.answered(false, false, begin);
        let later = begin + STALLED * 2;
        assert_eq!(asks.stalled(later), None, "one failure");
        asks.asked(later);
        asks.answered(false, false, later);
        assert_eq!(asks.stalled(later), Some(STALLED * 2));
        asks.asked(later);
        asks.answered(true, false, later);
        assert_eq!(asks.stalled(later), None, "a success");
    }

    #[test]
    fn a_commit_without_an_answer_is_a_stall_unless_others_succeed() {
        let (mut asks, begin) = (Asks::default(), Instant::now());
        asks.asked(begin);
        let later = begin + STALLED;
        assert_eq!(asks.stalled(later), Some(STALLED));
        asks.asked(later);
        asks.answered(true, false, later);
        assert_eq!(asks.stalled(later), None);
        assert_eq!(asks.stalled(later + STALLED), Some(STALLED), "none since");
    }

    #[test]
    fn failures_that_nothing_followed_are_forgotten() {
        let (mut asks, begin) = (Asks::default(), Instant::now());
        for at in [begin, begin + STALLED] {
            asks.asked(at);
            asks.answered(false, false, at);
        }
        assert!(asks.stalled(begin + STALLED).is_some());
        assert_eq!(asks.stalled(begin + STALLED + FORGOTTEN), None);
    }

    #[test]
    fn an_outcome_that_stays_unknown_is_a_stall_sooner_until_something_succeeds() {
        let (mut asks, begin) = (Asks::default(), Instant::now());
        asks.asked(begin);
        asks.answered(false, true, begin);
        assert_eq!(asks.stalled(begin), None, "the first attempt");
        let later = begin + UNSETTLED;
        asks.asked(later);
        assert_eq!(asks.stalled(later), Some(UNSETTLED));
        asks.answered(false, true, later);
        assert_eq!(asks.stalled(later), Some(UNSETTLED));
        asks.asked(later);
        asks.answered(true, true, later);
        assert_eq!(asks.stalled(later), None, "found out");
    }
}
