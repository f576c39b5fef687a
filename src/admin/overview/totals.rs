//! How much there is, kept by increments: users, wallets, all balances together, operations.
//!
//! 1. The *base* is how much there was before a moment that is [`stretch::SETTLED`], for good. It is counted in one snapshot
//!    of the whole, less what came since that moment.
//! 2. Each question moves that moment on, a stretch at a time: what came in a stretch is found by indexes and added.
//! 3. What came since is counted each time, so that nothing that committed late is missed, and never added for good.
//! 4. The base is counted again when the database has become another one (a failover, a restore), and once in
//!    [`BASE_KEPT`] at least, in case somebody changed a table by hand.
//!
//! So a question costs the same however many wallets there are, and operations pay nothing for it.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::stretch::{self, COUNT_MAX, SETTLED};
use crate::engine::Journal;
use crate::storage::admin::OverviewTotals;
use crate::storage::{Database, StorageError};

/// How long a base is good.
const BASE_KEPT: Duration = Duration::from_secs(3_600);
/// And so many times as long as it took to count.
const BASE_KEPT_TIMES: u32 = 1_000;

/// Where it is counted.
pub trait Counted {
    fn incarnation(&self) -> u64;
    /// What there was before a moment.
    async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError>;
    /// What came from a moment until before another, if there is one.
    async fn came(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError>;
}

impl Counted for Database {
    fn incarnation(&self) -> u64 {
        Journal::incarnation(self)
    }

    async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError> {
        self.overview_totals_before(until).await
    }

    async fn came(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError> {
        self.overview_increment(from, until).await
    }
}

/// How much there is, as far as it is known.
#[derive(Default)]
pub struct Totals(Option<Base>);

struct Base {
    /// How much there was before `until`.
    totals: OverviewTotals,
    until: OffsetDateTime,
    /// Of the database that it was counted in.
    incarnation: u64,
    good_until: Instant,
}

impl Totals {
    /// How much there is, by `now` of the database's clock; `None` while that is still being found out.
    ///
    /// # Errors
    /// [`StorageError`]; what was counted until then is not lost.
    pub async fn count(
        &mut self,
        database: &impl Counted,
        now: OffsetDateTime,
    ) -> Result<Option<OverviewTotals>, StorageError> {
        let begun = Instant::now();
        let known = self.0.take().filter(|base| base.is_good(database, now));
        let base = match known {
            Some(base) => base,
            None => Base::count(database, now).await?,
        };
        let base = self.0.insert(base);
        while let Some(to) = stretch::next(base.until, now) {
            let came = database.came(base.until, Some(to)).await?;
            base.totals = base.totals + came;
            base.until = to;
            if begun.elapsed() > COUNT_MAX {
                return Ok(None);
            }
        }
        let since = database.came(base.until, None);
        Ok(Some(base.totals + since.await?))
    }
}

impl Base {
    async fn count(database: &impl Counted, now: OffsetDateTime) -> Result<Self, StorageError> {
        let begun = Instant::now();
        let incarnation = database.incarnation();
        let until = now - SETTLED;
        let totals = database.before(until).await?;
        let kept = BASE_KEPT.max(begun.elapsed() * BASE_KEPT_TIMES);
        Ok(Self {
            totals,
            until,
            incarnation,
            good_until: Instant::now() + kept,
        })
    }

    fn is_good(&self, database: &impl Counted, now: OffsetDateTime) -> bool {
        // A clock that went back, or a long time in which nothing was asked: the whole is read sooner than all of that.
        let is_near = self.until <= now && now - self.until < BASE_KEPT;
        is_near && self.incarnation == database.incarnation() && Instant::now() < self.good_until
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    /// Operations by their time, and the time from which they can be seen.
    struct Ledger {
        operations: Vec<(OffsetDateTime, OffsetDateTime)>,
        now: Cell<OffsetDateTime>,
        incarnation: Cell<u64>,
        bases: Cell<u32>,
    }

    impl Ledger {
        fn count(&self, is_meant: impl Fn(OffsetDateTime) -> bool) -> OverviewTotals {
            let seen = self
                .operations
                .iter()
                .filter(|(_, from)| *from <= self.now.get());
            let operations = seen.filter(|(at, _)| is_meant(*at)).count();
            OverviewTotals {
                operations: i64::try_from(operations).unwrap(),
                balance: Decimal::from(operations),
                ..OverviewTotals::default()
            }
        }
    }

    impl Counted for Ledger {
        fn incarnation(&self) -> u64 {
            self.incarnation.get()
        }

        async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError> {
            self.bases.set(self.bases.get() + 1);
            Ok(self.count(|at| at < until))
        }

        async fn came(
            &self,
            from: OffsetDateTime,
            until: Option<OffsetDateTime>,
        ) -> Result<OverviewTotals, StorageError> {
            Ok(self.count(|at| at >= from && until.is_none_or(|until| at < until)))
        }
    }

    fn second(second: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second)
    }

    fn ledger(operations: &[(i64, i64)]) -> Ledger {
        let operations = operations.iter();
        Ledger {
            operations: operations
                .map(|(at, late)| (second(*at), second(at + late)))
                .collect(),
            now: Cell::new(second(0)),
            incarnation: Cell::new(1),
            bases: Cell::new(0),
        }
    }

    async fn counted(totals: &mut Totals, ledger: &Ledger, now: i64) -> i64 {
        ledger.now.set(second(now));
        let counted = totals.count(ledger, second(now)).await.unwrap();
        let counted = counted.expect("a ledger in memory is counted at once");
        assert_eq!(counted.balance, Decimal::from(counted.operations));
        counted.operations
    }

    proptest! {
        #[test]
        fn increments_come_to_what_there_is_however_late_each_is_seen(
            operations in prop::collection::vec((0_i64..9_000, 0_i64..299), 0..200),
            pauses in prop::collection::vec(0_i64..1_500, 1..12),
        ) {
            let ledger = ledger(&operations);
            let (mut totals, mut now) = (Totals::default(), 0);
            let runtime = actix_web::rt::Runtime::new().unwrap();
            for pause in pauses {
                now += pause;
                let counted = runtime.block_on(counted(&mut totals, &ledger, now));
                prop_assert_eq!(counted, ledger.count(|_| true).operations);
            }
            prop_assert_eq!(ledger.bases.get(), 1);
        }
    }

    #[actix_web::test]
    async fn the_whole_is_counted_again_in_another_database_and_after_a_long_time() {
        let ledger = ledger(&[(10, 0), (700, 0)]);
        let mut totals = Totals::default();
        assert_eq!(counted(&mut totals, &ledger, 600).await, 1);
        assert_eq!(counted(&mut totals, &ledger, 1_200).await, 2);
        assert_eq!(ledger.bases.get(), 1);
        ledger.incarnation.set(2);
        assert_eq!(counted(&mut totals, &ledger, 1_201).await, 2);
        assert_eq!(ledger.bases.get(), 2);
        assert_eq!(counted(&mut totals, &ledger, 9_000).await, 2);
        assert_eq!(ledger.bases.get(), 3);
        // A clock that went back.
        assert_eq!(counted(&mut totals, &ledger, 1_000).await, 2);
        assert_eq!(ledger.bases.get(), 4);
    }
}
