//! What jobs wait for: cores, and the disk.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Nanos;
use crate::job::JobId;

/// Cores that serve in the order of arrival, each one job at a time and to its end.
#[derive(Debug)]
pub struct Cores {
    free_at: BinaryHeap<Reverse<Nanos>>,
    /// Time that was spent serving, of all cores.
    pub busy: Nanos,
}

impl Cores {
    #[must_use]
    pub fn new(cores: usize) -> Self {
        Self {
            free_at: (0..cores.max(1)).map(|_| Reverse(0)).collect(),
            busy: 0,
        }
    }

    /// Returns when a job that arrives now is served.
    pub fn serve(&mut self, now: Nanos, time: Nanos) -> Nanos {
        let free_at = self.free_at.pop().map_or(now, |Reverse(at)| at.max(now));
        self.free_at.push(Reverse(free_at + time));
        self.busy += time;
        free_at + time
    }
}

/// A disk with one flush at a time. Whatever waits when one begins is flushed by it, as PostgreSQL's WAL is.
#[derive(Debug, Default)]
pub struct Disk {
    flushing: Vec<JobId>,
    waiting: Vec<JobId>,
}

impl Disk {
    /// The job waits for a flush; `true`: one begins for it now.
    pub fn flush(&mut self, job: JobId) -> bool {
        if self.flushing.is_empty() {
            self.flushing.push(job);
            return true;
        }
        self.waiting.push(job);
        false
    }

    /// The flush is over: the jobs that it was for, and whether the next one begins.
    pub fn flushed(&mut self) -> (Vec<JobId>, bool) {
        let done = std::mem::replace(&mut self.flushing, std::mem::take(&mut self.waiting));
        (done, !self.flushing.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cores_serve_two_at_once_and_the_third_waits() {
        let mut cores = Cores::new(2);
        assert_eq!([10, 10, 10].map(|time| cores.serve(5, time)), [15, 15, 25]);
        assert_eq!(cores.serve(100, 1), 101);
        assert_eq!(cores.busy, 31);
    }

    #[test]
    fn what_comes_during_a_flush_shares_the_next() {
        let mut disk = Disk::default();
        assert!(disk.flush(1));
        assert!(!disk.flush(2));
        assert!(!disk.flush(3));
        assert_eq!(disk.flushed(), (vec![1], true));
        assert_eq!(disk.flushed(), (vec![2, 3], false));
    }
}
