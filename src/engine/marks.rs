//! From where a wallet's operations of late are counted.
//!
//! A *mark* is what a wallet's version was at a moment. Marks are set for all wallets when somebody looks, [`MARK_MIN`]
//! apart at least. Counted is from the mark before the last one, so that a look right after a mark does not begin at
//! nothing.
//!
//! The marks of an active wallet are in its shared state. Actors come and go: they move to another thread, are retired, or
//! die. So what an actor leaves is remembered here: the wallet's next actor counts on from its marks, and a wallet that
//! has no actor now still counts. At most [`DEPARTED_MAX`] are remembered; past that the less busy half is forgotten.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Wallet, WalletId};

/// Between two marks, at least. Counted is up to twice as long, while somebody looks often.
const MARK_MIN: Duration = Duration::from_secs(30);

/// Wallets that are remembered after their actors: about a megabyte.
const DEPARTED_MAX: usize = 10_000;

/// A wallet's versions at the last two marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marked {
    /// The number of the last mark.
    number: u64,
    earlier: i64,
    last: i64,
}

impl Marked {
    fn new(version: i64, number: u64) -> Self {
        Self {
            number,
            earlier: version,
            last: version,
        }
    }

    fn operations(&self, version: i64) -> u64 {
        // A failover or a restore may have taken the version back: then nothing is counted.
        (version - self.earlier).max(0).unsigned_abs()
    }

    /// Sets the mark of this number, unless the wallet has it.
    fn set(&mut self, version: i64, number: u64) {
        if self.number < number {
            self.earlier = self.last;
            self.last = version;
            self.number = number;
        }
    }
}

/// The marks' times, and what actors left behind.
pub(super) struct Marks {
    times: Mutex<Times>,
    left: Mutex<Left>,
}

struct Times {
    earlier: Instant,
    last: Instant,
}

struct Left {
    /// The number of the last mark.
    number: u64,
    /// Each wallet as its last actor knew it; also of those that have an actor again, until they have cooled down.
    wallets: HashMap<WalletId, (Wallet, Marked)>,
}

impl Marks {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            times: Mutex::new(Times {
                earlier: now,
                last: now,
            }),
            left: Mutex::new(Left {
                number: 0,
                wallets: HashMap::new(),
            }),
        }
    }

    /// Those of a wallet that becomes active: where its last actor left them.
    pub fn of(&self, wallet: &Wallet) -> Marked {
        let left = self.left();
        let known = left.wallets.get(&wallet.id).map(|(_, marked)| *marked);
        known.unwrap_or_else(|| Marked::new(wallet.version, left.number))
    }

    /// The wallet's actor has gone.
    pub fn leave(&self, wallet: Wallet, marked: Marked) {
        let mut left = self.left();
        if marked.operations(wallet.version) == 0 {
            left.wallets.remove(&wallet.id);
            return;
        }
        left.wallets.insert(wallet.id, (wallet, marked));
        if left.wallets.len() > DEPARTED_MAX {
            left.forget_less_busy_half();
        }
    }

    /// Begins a look. There is one at a time, so that none counts from marks that another is setting.
    pub fn look(&self) -> Look<'_> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let sets_mark = now - times.last >= MARK_MIN;
        let mut left = self.left();
        let before = left.number;
        left.number += u64::from(sets_mark);
        Look {
            before,
            then: left.number,
            now,
            times,
            marks: self,
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Left {
    fn forget_less_busy_half(&mut self) {
        let mut busy: Vec<_> = self
            .wallets
            .iter()
            .map(|(id, (wallet, marked))| (Reverse(marked.operations(wallet.version)), *id))
            .collect();
        let half = busy.len() / 2;
        busy.select_nth_unstable(half);
        for (_, id) in &busy[half..] {
            self.wallets.remove(id);
        }
    }
}

/// A look at all wallets.
pub(super) struct Look<'m> {
    /// The numbers of the last mark, before this look and after it.
    before: u64,
    then: u64,
    now: Instant,
    times: MutexGuard<'m, Times>,
    marks: &'m Marks,
}

impl Look<'_> {
    /// How many operations there were since the earlier mark; and sets another mark, if it is time.
    pub fn count(&self, marked: &mut Marked, version: i64) -> u64 {
        // An earlier look may have missed it, between two actors.
        marked.set(version, self.before);
        let operations = marked.operations(version);
        marked.set(version, self.then);
        operations
    }

    /// Wallets whose actors left, with their operations. To be asked after the active wallets: then none is missed that
    /// moves meanwhile, though one may be met twice.
    pub fn departed(&self) -> Vec<(u64, Wallet)> {
        let mut busy = Vec::new();
        self.marks.left().wallets.retain(|_, (wallet, marked)| {
            let operations = self.count(marked, wallet.version);
            if operations > 0 {
                busy.push((operations, *wallet));
            }
            operations > 0
        });
        busy
    }

    /// Ends it: for how long operations were counted.
    pub fn end(mut self) -> Duration {
        let over = self.now - self.times.earlier;
        if self.then > self.before {
            self.times.earlier = self.times.last;
            self.times.last = self.now;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Balance, UserId};

    fn wallet(id: u128, version: i64) -> Wallet {
        Wallet {
            id: WalletId(Uuid::from_u128(id)),
            user: UserId(1),
            balance: Balance::ZERO,
            version,
        }
    }

    /// What a look counts, and whether it sets a mark.
    fn count(marks: &Marks, marked: &mut Marked, version: i64, sets_mark: bool) -> u64 {
        if sets_mark {
            let mut times = marks.times.lock().unwrap();
            times.last = times.last.checked_sub(MARK_MIN).unwrap();
        }
        let look = marks.look();
        let operations = look.count(marked, version);
        look.end();
        operations
    }

    #[test]
    fn versions_are_counted_from_the_mark_before_the_last() {
        let marks = Marks::new();
        let mut marked = marks.of(&wallet(1, 100));
        let mut counted = |version, sets_mark| count(&marks, &mut marked, version, sets_mark);
        assert_eq!(counted(103, false), 3);
        assert_eq!(counted(103, true), 3, "marked at 103");
        assert_eq!(counted(105, false), 5);
        assert_eq!(counted(105, true), 5, "marked at 105");
        assert_eq!(counted(106, false), 3);
        assert_eq!(counted(106, true), 3, "marked at 106");
        assert_eq!(counted(106, true), 1, "marked at 106 again");
        assert_eq!(counted(106, false), 0, "it has cooled down");
    }

    #[test]
    fn an_actor_counts_on_where_the_one_before_it_left() {
        let marks = Marks::new();
        let mut first = marks.of(&wallet(1, 100));
        assert_eq!(count(&marks, &mut first, 110, true), 10, "marked at 110");
        marks.leave(wallet(1, 120), first);
        let mut second = marks.of(&wallet(1, 120));
        assert_eq!(count(&marks, &mut second, 125, false), 25);
        assert_eq!(count(&marks, &mut second, 125, true), 25, "marked at 125");
        assert_eq!(count(&marks, &mut second, 130, false), 20);
    }

    #[test]
    fn a_mark_that_was_set_between_two_actors_is_made_up_for() {
        let marks = Marks::new();
        let first = marks.of(&wallet(1, 100));
        marks.leave(wallet(1, 110), first);
        let mut second = marks.of(&wallet(1, 110));
        // This look meets another wallet alone.
        count(&marks, &mut marks.of(&wallet(2, 0)), 0, true);
        assert_eq!(count(&marks, &mut second, 115, false), 15, "marked at 115");
        assert_eq!(count(&marks, &mut second, 120, true), 20, "marked at 120");
        assert_eq!(count(&marks, &mut second, 121, false), 6);
    }

    #[test]
    fn what_left_counts_until_it_has_cooled_down() {
        let marks = Marks::new();
        let marked = marks.of(&wallet(1, 100));
        marks.leave(wallet(1, 110), marked);
        marks.leave(wallet(2, 7), marks.of(&wallet(2, 7)));
        for expected in [10, 10, 0] {
            let mut times = marks.times.lock().unwrap();
            times.last = times.last.checked_sub(MARK_MIN).unwrap();
            drop(times);
            let look = marks.look();
            let counted: u64 = look
                .departed()
                .iter()
                .map(|(operations, _)| operations)
                .sum();
            assert_eq!(counted, expected);
            look.end();
        }
        assert!(marks.left().wallets.is_empty());
    }

    #[test]
    fn of_many_that_left_the_busiest_are_remembered() {
        let marks = Marks::new();
        let many = 3 * i64::try_from(DEPARTED_MAX).unwrap();
        for version in 1..=many {
            let id = u128::try_from(version).unwrap();
            marks.leave(wallet(id, version), Marked::new(0, 0));
        }
        let look = marks.look();
        let mut departed = look.departed();
        assert!(departed.len() <= DEPARTED_MAX);
        departed.sort_unstable_by_key(|(operations, _)| Reverse(*operations));
        let busiest: Vec<_> = departed
            .iter()
            .take(1_000)
            .map(|(_, w)| w.version)
            .collect();
        assert_eq!(busiest, (many - 999..=many).rev().collect::<Vec<_>>());
    }
}
