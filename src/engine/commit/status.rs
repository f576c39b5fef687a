//! The state of the committers, for observers.

use std::time::Duration;

use crate::engine::SessionNumber;

/// The committers at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committers {
    /// In the order of their lanes and sessions.
    pub workers: Vec<CommitterState>,
    /// Wallets with a set that no committer has taken yet.
    pub waiting_wallets: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitterState {
    pub session: SessionNumber,
    pub has_permit: bool,
    /// The group that it is writing, and for how long.
    pub writing: Option<(Group, Duration)>,
}

/// A group that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub wallets: usize,
    pub operations: usize,
}
