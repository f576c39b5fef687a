//! Which resting wallets leave memory: each step takes a few of a shard, whatever the number of wallets.

use super::resting::Resting;
use super::wallets::Shard;

/// Resting wallets that are checked while a shard is locked: a few microseconds.
const CHECKED_AT_ONCE: usize = 64;

/// Wallets of which the one unused longest is retired.
const COMPARED: usize = 8;

impl Shard {
    /// Retires those of the next few wallets before the place that have been unused for so long. Returns how many these are,
    /// and the place before them: zero, once all were checked.
    pub fn retire_unused(&mut self, before: usize, now_ms: u32, unused_ms: u32) -> (usize, usize) {
        let end = before.min(self.resting.len());
        let start = end.saturating_sub(CHECKED_AT_ONCE);
        let is_unused = |resting: &Resting| resting.unused_ms(now_ms) >= unused_ms;
        let mut retired = 0;
        // Backwards: what takes the place of a retired one was checked, or came meanwhile.
        for place in (start..end).rev() {
            let found = self.resting.get_index(place);
            if found.is_some_and(|(_, resting)| is_unused(resting)) {
                self.resting.swap_remove_index(place);
                retired += 1;
            }
        }
        (retired, start)
    }

    /// Retires the one unused longest of a few wallets, if that is `unused_ms` at least. They are spread over the shard, as
    /// neighbours in it often came at the same time; the hand is the first of them, and goes on by one.
    pub fn retire_one(&mut self, now_ms: u32, unused_ms: u32) -> bool {
        let len = self.resting.len();
        if len == 0 {
            return false;
        }
        let apart = (len / COMPARED).max(1);
        let hand = self.hand;
        let compared = (0..COMPARED.min(len)).map(|n| (hand + n * apart) % len);
        let unused = compared.filter_map(|place| {
            let (_, resting) = self.resting.get_index(place)?;
            let unused = resting.unused_ms(now_ms);
            (unused >= unused_ms).then_some((unused, place))
        });
        let longest = unused.max();
        self.hand = (hand + 1) % len;
        if let Some((_, place)) = longest {
            self.resting.swap_remove_index(place);
        }
        longest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Balance, UserId, Wallet, WalletId};

    /// A shard with a wallet for each moment of last use, which is its id as well.
    fn shard(last_used_ms: impl IntoIterator<Item = u32>) -> Shard {
        let mut shard = Shard::default();
        for at_ms in last_used_ms {
            let id = WalletId(Uuid::from_u128(at_ms.into()));
            let wallet = Wallet {
                id,
                user: UserId(1),
                balance: Balance::ZERO,
                version: 0,
                reversals_known_from: 0,
                terms: None,
            };
            shard.resting.insert(id, Resting::new(wallet, 0, at_ms));
        }
        shard
    }

    fn ids(shard: &Shard) -> Vec<u128> {
        let mut ids: Vec<_> = shard.resting.keys().map(|id| id.0.as_u128()).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn portions_retire_all_that_are_unused_and_no_other() {
        let mut shard = shard(0..500);
        let (mut place, mut portions, mut retired) = (usize::MAX, 0, 0);
        while place > 0 {
            let (more, next) = shard.retire_unused(place, 600, 301);
            (place, portions, retired) = (next, portions + 1, retired + more);
        }
        assert_eq!((portions, retired), (8, 300));
        assert_eq!(ids(&shard), (300..500).collect::<Vec<_>>());
        assert_eq!(Shard::default().retire_unused(usize::MAX, 1, 0), (0, 0));
    }

    #[test]
    fn of_those_under_the_hand_the_one_unused_longest_goes() {
        let mut shard = shard([7, 5, 3, 9, 6, 8, 4, 2, 1]);
        assert!(shard.retire_one(10, 0));
        assert_eq!(ids(&shard), [1, 3, 4, 5, 6, 7, 8, 9], "1 is the ninth");
        assert!(shard.retire_one(10, 0), "which comes next");
        assert_eq!(ids(&shard), [3, 4, 5, 6, 7, 8, 9]);
        assert!(!shard.retire_one(10, 8), "3 has been unused for 7");
        assert!((0..7).all(|_| shard.retire_one(10, 1)));
        assert!(!shard.retire_one(10, 0), "there is none");
    }

    #[test]
    fn the_hand_goes_around_among_many() {
        let mut shard = shard(0..1_000);
        let retired = (0..500).filter(|_| shard.retire_one(1_000, 0)).count();
        assert_eq!(retired, 500);
        let early = ids(&shard).iter().filter(|id| **id < 500).count();
        assert!(early < 50, "{early} of the 500 unused longest are left");
    }
}
