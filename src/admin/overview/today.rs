//! How many operations there were today, in UTC.
//!
//! What is older than [`SETTLED`] changes no more, so it is counted once, an hour at a time, and only the rest of the day
//! is counted again. However busy the day was, a count reads no more than an hour.

use time::{Duration, OffsetDateTime};

use crate::storage::{Database, StorageError};

/// An operation is in the ledger that long after its time at the latest: its statement is given up much earlier.
const SETTLED: Duration = Duration::minutes(5);
/// Counted by one question, at most.
const STRETCH: Duration = Duration::hours(1);

/// What is counted for good.
pub struct Today {
    /// Of the day of this moment, until this moment.
    until: OffsetDateTime,
    operations: i64,
}

impl Today {
    pub fn new() -> Self {
        Self {
            until: OffsetDateTime::UNIX_EPOCH,
            operations: 0,
        }
    }

    /// How many there were, by `now` of the database's clock.
    ///
    /// # Errors
    /// [`StorageError`]; what was counted until then is not lost.
    pub async fn count(
        &mut self,
        database: &Database,
        now: OffsetDateTime,
    ) -> Result<i64, StorageError> {
        self.begin_day(now);
        while let Some(to) = self.next_stretch(now) {
            self.operations += database.overview_operations(self.until, to).await?;
            self.until = to;
        }
        let rest = database.overview_operations(self.until, now);
        Ok(self.operations + rest.await?)
    }

    fn begin_day(&mut self, now: OffsetDateTime) {
        if self.until.date() != now.date() {
            self.until = now.replace_time(time::Time::MIDNIGHT);
            self.operations = 0;
        }
    }

    /// The end of what can be counted for good next.
    fn next_stretch(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let to = (self.until + STRETCH).min(now - SETTLED);
        (to > self.until).then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64, minute: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
            + Duration::days(20_000)
            + Duration::hours(hour)
            + Duration::minutes(minute)
    }

    #[test]
    fn the_past_is_counted_an_hour_at_a_time_and_only_as_far_as_it_is_settled() {
        let now = at(2, 30);
        let mut today = Today::new();
        today.begin_day(now);
        let mut stretches = Vec::new();
        while let Some(to) = today.next_stretch(now) {
            stretches.push(to);
            today.until = to;
        }
        assert_eq!(stretches, [at(1, 0), at(2, 0), at(2, 25)]);
    }

    #[test]
    fn a_day_that_just_began_has_nothing_settled() {
        let mut today = Today::new();
        today.begin_day(at(0, 3));
        assert_eq!(today.until, at(0, 0));
        assert_eq!(today.next_stretch(at(0, 3)), None);
    }

    #[test]
    fn a_new_day_begins_at_nothing() {
        let mut today = Today::new();
        today.begin_day(at(23, 0));
        today.operations = 9;
        today.until = at(22, 55);
        today.begin_day(at(23, 59));
        assert_eq!((today.operations, today.until), (9, at(22, 55)));
        today.begin_day(at(24, 1));
        assert_eq!((today.operations, today.until), (0, at(24, 0)));
    }
}
