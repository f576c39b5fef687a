//! Lanes: the parts of the database that are written independently of each other.
//!
//! One PostgreSQL is one lane. Of a distributed one, each node that holds wallets is a lane of its own, and one more, [`Lane::WHOLE`],
//! can write wallets of several nodes in one transaction, at a higher cost.

/// A part of the database that is written by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u32);

/// One of a lane's commit sessions, which are numbered from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNumber {
    pub lane: Lane,
    pub number: usize,
}

impl Lane {
    /// The database as a whole: every set can be written on it.
    pub const WHOLE: Self = Self(0);
}

impl SessionNumber {
    /// Returns that session of the database as a whole.
    #[must_use]
    pub fn of_whole(number: usize) -> Self {
        Self {
            lane: Lane::WHOLE,
            number,
        }
    }
}
