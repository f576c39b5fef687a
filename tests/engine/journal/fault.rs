//! What a test has the journal do wrong.

use std::sync::atomic::Ordering;

use futures_util::future::pending;
use wallet_engine::domain::WalletId;
use wallet_engine::engine::{CommitError, SessionNumber, SetOutcome, WriteSet};

use super::{Side, cause};

/// What happens to the next commit of a side.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// None.
    Pass,
    /// There is no connection to the database.
    NotSent,
    /// The database rejects every group with this wallet, as long as the fault is the next one.
    RejectWallet(WalletId),
    Reject,
    Busy,
    /// Written, and the response lost.
    LostAfter,
    /// Not written, and the response lost.
    LostBefore,
    /// The response is lost, and the write is committed at any time, unless the session is settled first.
    InFlight,
    /// No response; the write is committed if `applied`.
    Hang {
        applied: bool,
    },
    Panic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFault {
    Fail,
    Panic,
}

/// What happens to the next lock of a row. Nothing is written then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFault {
    /// It is not released in time.
    Busy,
    /// The session is lost.
    Lost,
    /// The session is lost while the actor decides.
    LostLocked,
    /// No response, so that the session has to be settled.
    Silent,
    Panic,
}

/// Those after which the engine goes on.
pub const LOCK_FAULTS: [LockFault; 4] = [
    LockFault::Busy,
    LockFault::Lost,
    LockFault::LostLocked,
    LockFault::Silent,
];

impl Side {
    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub fn fail_next_load(&self, fault: LoadFault) {
        self.load_faults.lock().unwrap().push_back(fault);
    }

    pub fn fail_settling(&self, times: usize) {
        self.settle_failures.store(times, Ordering::SeqCst);
    }

    /// Returns the fault for this group.
    fn fault_for(&self, sets: &[WriteSet]) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        match faults.front() {
            Some(Fault::RejectWallet(id)) => {
                let hit = sets.iter().any(|set| set.wallet() == *id);
                hit.then_some(Fault::Reject)
            }
            _ => faults.pop_front(),
        }
    }

    /// Applies the sets, or does what the next fault says.
    pub(super) async fn apply_with_faults(
        &self,
        session: SessionNumber,
        sets: &[WriteSet],
        apply: impl Fn() -> Vec<SetOutcome>,
    ) -> Result<Vec<SetOutcome>, CommitError> {
        match self.fault_for(sets) {
            None | Some(Fault::Pass) => Ok(apply()),
            Some(Fault::Reject | Fault::RejectWallet(_)) => {
                Err(CommitError::Rejected(cause("rejected")))
            }
            Some(Fault::NotSent) => Err(CommitError::NotSent(cause("no line"))),
            Some(Fault::Busy) => Err(CommitError::Busy(cause("deadlock"))),
            Some(Fault::LostAfter) => {
                apply();
                Err(CommitError::Unknown(cause("the line broke")))
            }
            Some(Fault::LostBefore) => Err(CommitError::Unknown(cause("the line broke"))),
            Some(Fault::InFlight) => {
                let mut tables = self.store.tables.lock().unwrap();
                tables
                    .in_flight
                    .push(((self.number, session), sets.to_vec()));
                Err(CommitError::Unknown(cause("the line broke")))
            }
            Some(Fault::Hang { applied }) => {
                if applied {
                    apply();
                }
                pending().await
            }
            Some(Fault::Panic) => panic!("planted in the commit"),
        }
    }
}
