//! The numbers of users, wallets and operations and the sum of all balances, counted by increments.
//!
//! 1. The *base* is the totals before a time that is [`period::SETTLED`]. One snapshot of everything, less what was added
//!    since that time, makes it.
//! 2. Each request moves that time forward, a period at a time: indexes find what was added in the period.
//! 3. What was added since then is counted again for each request and not kept, as later commits may still belong to it.
//! 4. The base is counted again when the database is another one (after a failover or a restore), and at least once in
//!    [`BASE_VALID`], in case a table was changed by hand.
//!
//! So a request costs the same however many wallets there are, and costs operations nothing.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::period::{self, COUNT_MAX, SETTLED};
use crate::engine::Journal;
use crate::storage::admin::OverviewTotals;
use crate::storage::{Database, StorageError};

/// How long a base is valid.
const BASE_VALID: Duration = Duration::from_secs(3_600);
/// A base that took long to count is valid for so many times as long.
const BASE_VALID_TIMES: u32 = 1_000;

/// The database, or a ledger in memory in tests.
pub trait Source {
    fn incarnation(&self) -> u64;
    /// Returns the totals before a time.
    async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError>;
    /// Returns what was added from one time until before another, if there is one.
    async fn added(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError>;
}

impl Source for Database {
    fn incarnation(&self) -> u64 {
        Journal::incarnation(self)
    }

    async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError> {
        self.overview_totals_before(until).await
    }

    async fn added(
        &self,
        from: OffsetDateTime,
        until: Option<OffsetDateTime>,
    ) -> Result<OverviewTotals, StorageError> {
        self.overview_increment(from, until).await
    }
}

/// The totals, as far as they were counted.
#[derive(Default)]
pub struct Totals(Option<Base>);

struct Base {
    /// The totals before `until`.
    totals: OverviewTotals,
    until: OffsetDateTime,
    /// The incarnation of the database that was counted.
    incarnation: u64,
    valid_until: Instant,
}

impl Totals {
    /// Returns the totals by `now` of the database's clock; `None` while they are not complete.
    pub async fn count(
        &mut self,
        database: &impl Source,
        now: OffsetDateTime,
    ) -> Result<Option<OverviewTotals>, StorageError> {
        let begun = Instant::now();
        let valid = self.0.take().filter(|base| base.is_valid(database, now));
        let base = match valid {
            Some(base) => base,
            None => Base::count(database, now).await?,
        };
        let base = self.0.insert(base);
        while let Some(to) = period::next_end(base.until, now) {
            let added = database.added(base.until, Some(to)).await?;
            base.totals = base.totals + added;
            base.until = to;
            if begun.elapsed() > COUNT_MAX {
                return Ok(None);
            }
        }
        let since = database.added(base.until, None);
        Ok(Some(base.totals + since.await?))
    }
}

impl Base {
    async fn count(database: &impl Source, now: OffsetDateTime) -> Result<Self, StorageError> {
        let begun = Instant::now();
        let incarnation = database.incarnation();
        let until = now - SETTLED;
        let totals = database.before(until).await?;
        let valid = BASE_VALID.max(begun.elapsed() * BASE_VALID_TIMES);
        Ok(Self {
            totals,
            until,
            incarnation,
            valid_until: Instant::now() + valid,
        })
    }

    fn is_valid(&self, database: &impl Source, now: OffsetDateTime) -> bool {
        // After the clock went back, or a long time without requests, a new base is the faster way.
        let is_near = self.until <= now && now - self.until < BASE_VALID;
        is_near && self.incarnation == database.incarnation() && Instant::now() < self.valid_until
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;

    /// Operations by their timestamps, and the times of their commits.
    struct Ledger {
        operations: Vec<(OffsetDateTime, OffsetDateTime)>,
        now: Cell<OffsetDateTime>,
        incarnation: Cell<u64>,
        bases: Cell<u32>,
    }

    impl Ledger {
        fn count(&self, is_counted: impl Fn(OffsetDateTime) -> bool) -> OverviewTotals {
            let seen = self
                .operations
                .iter()
                .filter(|(_, from)| *from <= self.now.get());
            let operations = seen.filter(|(at, _)| is_counted(*at)).count();
            OverviewTotals {
                operations: i64::try_from(operations).unwrap(),
                balance: Decimal::from(operations),
                ..OverviewTotals::default()
            }
        }
    }

    impl Source for Ledger {
        fn incarnation(&self) -> u64 {
            self.incarnation.get()
        }

        async fn before(&self, until: OffsetDateTime) -> Result<OverviewTotals, StorageError> {
            self.bases.set(self.bases.get() + 1);
            Ok(self.count(|at| at < until))
        }

        async fn added(
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
        fn increments_add_up_however_late_each_operation_commits(
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
    async fn the_base_is_counted_again_in_another_database_and_after_a_long_time() {
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
        // The clock went back.
        assert_eq!(counted(&mut totals, &ledger, 1_000).await, 2);
        assert_eq!(ledger.bases.get(), 4);
    }
}
