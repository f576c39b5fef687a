//! Lanes: the parts of the database that are written independently of each other.
//!
//! One PostgreSQL is one lane. Of a distributed one, each node that holds wallets is a lane of its own, and one more, [`Lane::WHOLE`],
//! can write wallets of several nodes in one transaction, at a higher cost.

/// A part of the database that is written by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u32);

/// The sessions on which wallets' rows are locked before they are written. Few are enough: a session is in use for about two
/// commits, or as long as a lock is waited for.
pub const LOCKED_SESSIONS: usize = 4;

/// One of a lane's commit sessions, which are numbered from zero: one for each committer, then [`LOCKED_SESSIONS`] more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNumber {
    pub lane: Lane,
    pub number: usize,
}

/// Something for each lane, which begins with the lane's first use. Lanes are few, most often one.
#[derive(Debug)]
pub(super) struct ByLane<T>(Vec<(Lane, T)>);

impl Lane {
    /// The database as a whole: every set can be written on it.
    pub const WHOLE: Self = Self(0);
}

impl<T> Default for ByLane<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByLane<T> {
    /// Returns how many lanes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn get(&self, lane: Lane) -> Option<&T> {
        let place = self.place(lane).ok()?;
        Some(&self.0[place].1)
    }

    pub fn get_mut(&mut self, lane: Lane) -> Option<&mut T> {
        let place = self.place(lane).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Returns what the lane has, which `first` makes if it is used for the first time.
    pub fn or_insert_with(&mut self, lane: Lane, first: impl FnOnce() -> T) -> &mut T {
        let place = self.place(lane).unwrap_or_else(|place| {
            self.0.insert(place, (lane, first()));
            place
        });
        &mut self.0[place].1
    }

    /// In the order of the lanes.
    pub fn iter(&self) -> impl Iterator<Item = (Lane, &T)> {
        self.0.iter().map(|(lane, it)| (*lane, it))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Lane, &mut T)> {
        self.0.iter_mut().map(|(lane, it)| (*lane, it))
    }

    fn place(&self, lane: Lane) -> Result<usize, usize> {
        self.0.binary_search_by_key(&lane, |(other, _)| *other)
    }
}
