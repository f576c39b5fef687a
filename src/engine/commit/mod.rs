//! Group commit: the sets of many wallets become one transaction.
//!
//! `linking` <- `request` <- `waiting` <- `queue` <- `drafts` <- `group` <- `committer` <- `workers`: each file imports only
//! those before it. `status` is its state for observers.

mod committer;
mod drafts;
mod group;
mod linking;
mod queue;
mod request;
mod status;
#[cfg(test)]
mod tests;
mod waiting;
mod workers;

pub(super) use linking::{LinkedTicket, LinkedVerdict, SetNumber};
pub(super) use request::{Committed, Handover, Outcome, SetError, Settled, Written};
pub use status::{CommitterState, Committers, Group};
pub(super) use workers::{CommitWorkers, Submission};
