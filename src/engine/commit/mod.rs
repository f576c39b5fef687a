//! Group commit: the sets of many wallets of one lane become one transaction.
//!
//! `status`, `linked_request` <- `linking` <- `request` <- `waiting` <- `lane_workers` <- `queue` <- `drafts` <- `group` <- `settle` <-
//! `committer` <- `workers`: each file imports only those before it. `status` is the state of the committers for observers. A wallet
//! that other engines write all the time is written beside the groups, by `locked_commit` on one of the `locked_sessions`.

mod committer;
mod drafts;
mod group;
mod lane_workers;
mod linked_request;
mod linking;
mod locked_commit;
mod locked_sessions;
mod queue;
mod request;
mod settle;
mod status;
#[cfg(test)]
mod tests;
mod waiting;
mod workers;

pub(super) use linked_request::{LinkedTicket, LinkedVerdict};
pub(super) use linking::SetNumber;
pub(super) use locked_commit::{LockedSet, LockedWallet};
pub(super) use request::{Committed, Handover, Outcome, SetError, Settled, Written};
pub use status::{CommitterState, Committers, Group};
pub(super) use workers::{CommitWorkers, Submission};
