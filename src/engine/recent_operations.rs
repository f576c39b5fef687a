//! Counts the recent operations of each wallet.
//!
//! A wallet's version is the number of its operations, so two *samples* of it count what was between them. All wallets are
//! sampled when a scan is made, at most once every [`SAMPLE_INTERVAL_MIN`]. A scan counts from the sample before the last
//! one, so that it does not begin at zero right after a sample.
//!
//! The samples of an active wallet are in its shared state. Actors move to another thread, are retired, or fail; their
//! samples are kept here, where the wallet's next actor takes them up, and count for a wallet that has no actor now. At
//! most [`INACTIVE_MAX`] are kept; beyond that the less busy half is dropped.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Wallet, WalletId};

/// The shortest time between two samples. While scans are frequent, the counted time is up to twice as long.
const SAMPLE_INTERVAL_MIN: Duration = Duration::from_secs(30);

/// Wallets whose samples are kept after their actors: about a megabyte.
const INACTIVE_MAX: usize = 10_000;

/// A wallet's versions at the last two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Samples {
    /// The number of the last sample.
    number: u64,
    earlier: i64,
    last: i64,
}

impl Samples {
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

    /// Takes the sample of this number, unless the wallet has it.
    fn take(&mut self, version: i64, number: u64) {
        if self.number < number {
            self.earlier = self.last;
            self.last = version;
            self.number = number;
        }
    }
}

/// The times of the samples, and the samples of inactive wallets.
pub(super) struct RecentOperations {
    times: Mutex<Times>,
    inactive: Mutex<Inactive>,
}

struct Times {
    earlier: Instant,
    last: Instant,
}

struct Inactive {
    /// The number of the last sample.
    number: u64,
    /// Each wallet as its last actor knew it, until it has no recent operations. It may have an actor again.
    wallets: HashMap<WalletId, (Wallet, Samples)>,
}

impl RecentOperations {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            times: Mutex::new(Times {
                earlier: now,
                last: now,
            }),
            inactive: Mutex::new(Inactive {
                number: 0,
                wallets: HashMap::new(),
            }),
        }
    }

    /// Returns the samples of a wallet that becomes active: those of its last actor, if they are known.
    pub fn samples_of(&self, wallet: &Wallet) -> Samples {
        let inactive = self.inactive();
        let known = inactive.wallets.get(&wallet.id);
        known.map_or_else(
            || Samples::new(wallet.version, inactive.number),
            |(_, samples)| *samples,
        )
    }

    /// Keeps the samples of a wallet whose actor is gone.
    pub fn keep(&self, wallet: &Wallet, samples: Samples) {
        let mut inactive = self.inactive();
        if samples.operations(wallet.version) == 0 {
            inactive.wallets.remove(&wallet.id);
            return;
        }
        let wallet = Wallet {
            terms: None, // A thousand holds are a hundred kilobytes.
            ..wallet.clone()
        };
        inactive.wallets.insert(wallet.id, (wallet, samples));
        if inactive.wallets.len() > INACTIVE_MAX {
            inactive.drop_less_busy_half();
        }
    }

    /// Begins a scan. There is one at a time, so that none counts from samples that another is taking.
    pub fn scan(&self) -> Scan<'_> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let samples = now - times.last >= SAMPLE_INTERVAL_MIN;
        let mut inactive = self.inactive();
        let before = inactive.number;
        inactive.number += u64::from(samples);
        Scan {
            before,
            after: inactive.number,
            now,
            times,
            recent: self,
        }
    }

    fn inactive(&self) -> MutexGuard<'_, Inactive> {
        self.inactive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inactive {
    fn drop_less_busy_half(&mut self) {
        let mut busy: Vec<_> = self
            .wallets
            .iter()
            .map(|(id, (wallet, samples))| (Reverse(samples.operations(wallet.version)), *id))
            .collect();
        let half = busy.len() / 2;
        busy.select_nth_unstable(half);
        for (_, id) in &busy[half..] {
            self.wallets.remove(id);
        }
    }
}

/// A scan of all wallets.
pub(super) struct Scan<'r> {
    /// The numbers of the last sample, before this scan and after it.
    before: u64,
    after: u64,
    now: Instant,
    times: MutexGuard<'r, Times>,
    recent: &'r RecentOperations,
}

impl Scan<'_> {
    /// Returns the number of operations since the earlier sample, and takes another sample if it is time.
    pub fn count(&self, samples: &mut Samples, version: i64) -> u64 {
        // An earlier scan may have missed it, between two actors.
        samples.take(version, self.before);
        let operations = samples.operations(version);
        samples.take(version, self.after);
        operations
    }

    /// Returns the wallets whose actors are gone, with their operations. To be called after the active wallets were
    /// counted: then none is missed that changes over meanwhile, though one may be found twice.
    pub fn inactive(&self) -> Vec<(u64, Wallet)> {
        let mut busy = Vec::new();
        self.recent
            .inactive()
            .wallets
            .retain(|_, (wallet, samples)| {
                let operations = self.count(samples, wallet.version);
                if operations > 0 {
                    busy.push((operations, wallet.clone()));
                }
                operations > 0
            });
        busy
    }

    /// Ends the scan. Returns the time over which operations were counted.
    pub fn end(mut self) -> Duration {
        let over = self.now - self.times.earlier;
        if self.after > self.before {
            self.times.earlier = self.times.last;
            self.times.last = self.now;
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::domain::{Balance, UserId};

    fn wallet(id: u128, version: i64) -> Wallet {
        Wallet {
            id: WalletId(Uuid::from_u128(id)),
            user: UserId(1),
            balance: Balance::ZERO,
            version,
            reversals_known_from: 0,
            terms: None,
        }
    }

    /// What a scan counts, which may be late enough to take a sample.
    fn count(recent: &RecentOperations, samples: &mut Samples, version: i64, late: bool) -> u64 {
        if late {
            let mut times = recent.times.lock().unwrap();
            times.last = times.last.checked_sub(SAMPLE_INTERVAL_MIN).unwrap();
        }
        let scan = recent.scan();
        let operations = scan.count(samples, version);
        scan.end();
        operations
    }

    #[test]
    fn versions_are_counted_from_the_sample_before_the_last() {
        let recent = RecentOperations::new();
        let mut samples = recent.samples_of(&wallet(1, 100));
        let mut counted = |version, late| count(&recent, &mut samples, version, late);
        assert_eq!(counted(103, false), 3);
        assert_eq!(counted(103, true), 3, "sampled at 103");
        assert_eq!(counted(105, false), 5);
        assert_eq!(counted(105, true), 5, "sampled at 105");
        assert_eq!(counted(106, false), 3);
        assert_eq!(counted(106, true), 3, "sampled at 106");
        assert_eq!(counted(106, true), 1, "sampled at 106 again");
        assert_eq!(counted(106, false), 0, "nothing is recent");
    }

    #[test]
    fn an_actor_takes_up_the_samples_of_the_one_before() {
        let recent = RecentOperations::new();
        let mut first = recent.samples_of(&wallet(1, 100));
        assert_eq!(count(&recent, &mut first, 110, true), 10, "sampled at 110");
        recent.keep(&wallet(1, 120), first);
        let mut second = recent.samples_of(&wallet(1, 120));
        assert_eq!(count(&recent, &mut second, 125, false), 25);
        assert_eq!(count(&recent, &mut second, 125, true), 25, "sampled at 125");
        assert_eq!(count(&recent, &mut second, 130, false), 20);
    }

    #[test]
    fn a_sample_that_was_taken_between_two_actors_is_made_up_for() {
        let recent = RecentOperations::new();
        let first = recent.samples_of(&wallet(1, 100));
        recent.keep(&wallet(1, 110), first);
        let mut second = recent.samples_of(&wallet(1, 110));
        // This scan finds another wallet alone.
        count(&recent, &mut recent.samples_of(&wallet(2, 0)), 0, true);
        assert_eq!(
            count(&recent, &mut second, 115, false),
            15,
            "sampled at 115"
        );
        assert_eq!(count(&recent, &mut second, 120, true), 20, "sampled at 120");
        assert_eq!(count(&recent, &mut second, 121, false), 6);
    }

    #[test]
    fn an_inactive_wallet_counts_while_it_has_recent_operations() {
        let recent = RecentOperations::new();
        let samples = recent.samples_of(&wallet(1, 100));
        recent.keep(&wallet(1, 110), samples);
        recent.keep(&wallet(2, 7), recent.samples_of(&wallet(2, 7)));
        for expected in [10, 10, 0] {
            let mut times = recent.times.lock().unwrap();
            times.last = times.last.checked_sub(SAMPLE_INTERVAL_MIN).unwrap();
            drop(times);
            let scan = recent.scan();
            let counted: u64 = scan
                .inactive()
                .iter()
                .map(|(operations, _)| operations)
                .sum();
            assert_eq!(counted, expected);
            scan.end();
        }
        assert!(recent.inactive().wallets.is_empty());
    }

    #[test]
    fn nothing_is_kept_of_what_an_inactive_wallet_holds() {
        let recent = RecentOperations::new();
        let holding = Wallet {
            terms: Some(Arc::default()),
            ..wallet(1, 110)
        };
        recent.keep(&holding, Samples::new(100, 0));
        let scan = recent.scan();
        assert_eq!(scan.inactive(), [(10, wallet(1, 110))]);
    }

    #[test]
    fn of_many_inactive_wallets_the_busiest_are_kept() {
        let recent = RecentOperations::new();
        let many = 3 * i64::try_from(INACTIVE_MAX).unwrap();
        for version in 1..=many {
            let id = u128::try_from(version).unwrap();
            recent.keep(&wallet(id, version), Samples::new(0, 0));
        }
        let scan = recent.scan();
        let mut inactive = scan.inactive();
        assert!(inactive.len() <= INACTIVE_MAX);
        inactive.sort_unstable_by_key(|(operations, _)| Reverse(*operations));
        let busiest: Vec<_> = inactive
            .iter()
            .take(1_000)
            .map(|(_, w)| w.version)
            .collect();
        assert_eq!(busiest, (many - 999..=many).rev().collect::<Vec<_>>());
    }
}
