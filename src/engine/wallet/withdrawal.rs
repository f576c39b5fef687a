//! Taking an operation back, for certain: a caller whose time is over learns whether anything may still happen.
//!
//! 1. An operation that waits in its wallet's mailbox or queue is withdrawn by its caller; the actor then passes over it.
//! 2. One that was decided is part of a set. As long as no committer has taken the set, any of its callers may recall it.
//!    A recalled set is never written: the committer hands it back, and the actor decides what is left of it again.
//! 3. Once a committer has taken the set, nothing can be withdrawn: the write may be on its way.
//!
//! Both sides decide by one atomic step each ([`Handover`]), so an operation is either withdrawn or written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::commit::Handover;

/// Where an operation is, for its caller and its actor.
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
    /// The actor puts the operation into a set; `false`: it was withdrawn.
    pub fn enter(&self, set: &Arc<Handover>) -> bool {
        let mut stage = self.stage();
        if matches!(*stage, Stage::Withdrawn) {
            return false;
        }
        *stage = Stage::InSet(Arc::clone(set));
        true
    }

    /// The operation is back in the queue: its set is not written, and never will be.
    pub fn put_back(&self) {
        let mut stage = self.stage();
        if matches!(*stage, Stage::InSet(_)) {
            *stage = Stage::Queued;
        }
    }

    /// The caller withdraws the operation; `false`: it may have happened, or may still happen.
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
        // A stage is whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_queued_or_in_a_set_that_nobody_took_can_be_withdrawn() {
        let (operation, set) = (Withdrawal::default(), Arc::default());
        assert!(operation.enter(&set));
        operation.put_back();
        assert!(operation.withdraw());
        assert!(!operation.enter(&set), "it is passed over");

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
