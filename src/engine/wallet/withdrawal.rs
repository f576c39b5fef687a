//! Withdrawing an operation for certain: a caller that times out learns whether it may still happen.
//!
//! 1. An operation in its wallet's mailbox or queue is withdrawn by its caller; the actor then skips it.
//! 2. A decided operation is part of a set. As long as no committer has taken the set, any of its callers may recall it. A
//!    recalled set is never written: the committer returns it, and the actor decides what is left of it again.
//! 3. Once a committer has taken the set, nothing can be withdrawn: the write may have been sent.
//!
//! Both sides decide by one atomic step each ([`Handover`]), so an operation is either withdrawn or written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::commit::Handover;

/// The stage of an operation, shared by its caller and its actor.
#[derive(Debug, Default)]
pub(in crate::engine) struct Withdrawal(Mutex<Stage>);

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Queued,
    InSet(Arc<Handover>),
    Withdrawn,
}

impl Withdrawal {
    /// Puts the operation into a set; `false`: it was withdrawn.
    pub fn enter(&self, set: &Arc<Handover>) -> bool {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Withdrawn) {
            return false;
        }
        *stage = Stage::InSet(Arc::clone(set));
        true
    }

    /// Puts the operation back into the queue: its set was not written and never will be.
    pub fn put_back(&self) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::InSet(_)) {
            *stage = Stage::Queued;
        }
    }

    /// Withdraws the operation; `false`: it may have happened, or may still happen.
    pub fn withdraw(&self) -> bool {
        let mut stage = self.stage();
        if let Stage::InSet(set) = &*stage
            && !set.recall()
        {
            return false;
        }
        *stage = Stage::Withdrawn;
        true
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        // A stage is consistent at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_queued_or_in_a_set_that_was_not_taken_can_be_withdrawn() {
        let (operation, set) = (Withdrawal::default(), Arc::default());
        assert!(operation.enter(&set));
        operation.put_back();
        assert!(operation.withdraw());
        assert!(!operation.enter(&set), "it is skipped");

        let (one, other) = (Withdrawal::default(), Withdrawal::default());
        assert!(one.enter(&set) && other.enter(&set));
        assert!(one.withdraw() && other.withdraw());
        assert!(!set.take(), "it is not written");
    }

    #[test]
    fn what_a_committer_took_cannot_be_withdrawn_until_it_is_put_back() {
        let (operation, set) = (Withdrawal::default(), Arc::default());
        assert!(operation.enter(&set) && set.take());
        assert!(!operation.withdraw());
        assert!(set.take(), "taken once and for all");
        operation.put_back();
        assert!(operation.withdraw());
    }
}
