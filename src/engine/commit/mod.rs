//! Group commit: the sets of many wallets become one transaction.
//!
//! `queue` <- `committer` <- `workers`, in which every file imports only those before it.

mod committer;
mod queue;
mod workers;

pub(super) use committer::{Never, Written};
pub use queue::Group;
pub(super) use workers::CommitQueue;
pub use workers::{CommitterState, Committers};
