//! How many operations of one wallet are written at once.
//!
//! What is written at once is answered at once, and its clients come back at once: a set of hundreds keeps a thread
//! busy for milliseconds, and everybody else on it waits. What is left for the next set waits where nobody minds it, in
//! its own wallet's queue.
//!
//! So a set gets as many operations as a thread takes in and answers while a commit lasts. Where commits are slow,
//! because of the disk or the way to the database, sets are large, and the wallet is as fast as a thread; where they
//! are quick, small sets cost nothing.

use std::time::Duration;

/// What an operation takes a thread, from its request to its answer; by benches/NOTES.md.
const OPERATION: Duration = Duration::from_micros(16);

/// In smaller sets than these it would show what a commit costs in itself.
const SMALL: usize = 64;

pub(super) struct SetLimit {
    /// Operations that a thread could have seen to during the last commit, and during the one before it. The fewer count: one
    /// commit that is slow on a busy machine says nothing of the disk.
    meanwhile: [u128; 2],
    max: usize,
}

impl SetLimit {
    /// For a wallet of which nothing is known yet, and never above `max`.
    pub fn new(max: usize) -> Self {
        Self {
            meanwhile: [0; 2],
            max,
        }
    }

    pub fn operations(&self) -> usize {
        let [last, before] = self.meanwhile;
        // What no `usize` holds is above `max`.
        let operations = usize::try_from(last.min(before));
        operations.map_or(self.max, |fits| fits.max(SMALL).min(self.max))
    }

    /// A commit took that long, from handing in the set to its outcome.
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
        limit.operations()
    }

    #[test]
    fn the_slower_the_commits_the_larger_the_next_set() {
        assert_eq!(SetLimit::new(1024).operations(), 64);
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
        assert_eq!(SetLimit::new(1).operations(), 1);
        assert_eq!(after([Duration::from_secs(1); 2], 1), 1);
        assert_eq!(after([Duration::ZERO; 2], 1), 1);
    }
}
