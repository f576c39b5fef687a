//! The limit of operations in one write set.
//!
//! Operations that are written together are answered together, and their clients return together: a set of hundreds keeps
//! a thread busy for milliseconds, while all other wallets on it wait. What is left for the next set delays only its own
//! wallet.
//!
//! So a set gets as many operations as a thread receives and answers during a commit. Where commits are slow, because of
//! the disk or the network, sets are large, and the wallet is as fast as a thread; where they are quick, small sets cost
//! nothing.

use std::time::Duration;

/// The time of a thread that an operation takes, from its request to its response; see benches/NOTES.md.
const OPERATION: Duration = Duration::from_micros(16);

/// The smallest limit: below it the fixed cost of a commit is noticeable.
const SMALL: usize = 64;

/// The smallest limit where no other wallet is written: none waits behind a large set.
const SMALL_ALONE: usize = 256;

pub(super) struct SetLimit {
    /// Operations that a thread could have served during the last commit, and during the one before it. The smaller counts:
    /// a single slow commit on a busy machine does not mean a slow disk.
    meanwhile: [u128; 2],
    max: usize,
}

impl SetLimit {
    /// Returns the limit of a new actor, which never exceeds `max`.
    pub fn new(max: usize) -> Self {
        Self {
            meanwhile: [0; 2],
            max,
        }
    }

    /// Returns the limit of the next set; `is_alone`: no other wallet is written.
    pub fn operations(&self, is_alone: bool) -> usize {
        let small = if is_alone { SMALL_ALONE } else { SMALL };
        let [last, before] = self.meanwhile;
        // What no `usize` holds is above `max`.
        let operations = usize::try_from(last.min(before));
        operations.map_or(self.max, |fits| fits.max(small).min(self.max))
    }

    /// Adjusts to the duration of a commit, from submitting the set to its outcome.
    pub fn learn(&mut self, commit: Duration) {
        let meanwhile = commit.as_nanos() / OPERATION.as_nanos();
        self.meanwhile = [meanwhile, self.meanwhile[0]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(commits: [Duration; 2], max: usize) -> usize {
        let mut limit = SetLimit::new(max);
        for commit in commits {
            limit.learn(commit);
        }
        limit.operations(false)
    }

    #[test]
    fn a_wallet_that_is_alone_has_larger_sets() {
        assert_eq!(SetLimit::new(1024).operations(true), 256);
        assert_eq!(SetLimit::new(100).operations(true), 100);
    }

    #[test]
    fn the_slower_the_commits_the_larger_the_next_set() {
        assert_eq!(SetLimit::new(1024).operations(false), 64);
        assert_eq!(after([Duration::ZERO; 2], 1024), 64);
        assert_eq!(after([Duration::from_micros(500); 2], 1024), 64);
        assert_eq!(after([Duration::from_millis(4); 2], 1024), 250);
        assert_eq!(after([Duration::MAX; 2], 1024), 1024);
    }

    #[test]
    fn one_slow_commit_among_quick_ones_changes_nothing() {
        let (slow, quick) = (Duration::from_secs(1), Duration::from_micros(300));
        assert_eq!(after([quick, slow], 1024), 64);
        assert_eq!(after([slow, quick], 1024), 64);
    }

    #[test]
    fn the_configured_limit_is_never_passed() {
        assert_eq!(SetLimit::new(1).operations(false), 1);
        assert_eq!(after([Duration::from_secs(1); 2], 1), 1);
        assert_eq!(after([Duration::ZERO; 2], 1), 1);
    }
}
