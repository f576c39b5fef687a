//! Group commit: the sets of many wallets of one lane become one transaction.
//!
//! `status`, `linked_request` <- `linking` <- `request` <- `waiting` <- `lane_workers` <- `queue` <- `drafts` <- `group` <-
//! `committer` <- `workers`: each file imports only those before it. `status` is the state of the committers for observers.

mod committer;
mod drafts;
mod group;
mod lane_workers;
mod linked_request;
mod linking;
mod queue;
mod request;
mod status;
#[cfg(test)]
mod tests;
mod waiting;
mod workers;

pub(super) use linked_request::{LinkedTicket, LinkedVerdict};
pub(super) use linking::SetNumber;
pub(super) use request::{Committed, Handover, Outcome, SetError, Settled, Written};
pub use status::{CommitterState, Committers, Group};
pub(super) use workers::{CommitWorkers, Submission};
