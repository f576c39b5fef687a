//! Group commit: the sets of many wallets become one transaction.
//!
//! `request` <- `queue` <- `committer` <- `workers`: each file imports only those before it. `status` is its
//! state for observers.

mod committer;
mod queue;
mod request;
mod status;
mod workers;

pub(super) use request::{Handover, Outcome, SetError, Settled};
pub use status::{CommitterState, Committers, Group};
pub(super) use workers::CommitWorkers;
