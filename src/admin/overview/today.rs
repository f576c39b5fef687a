//! The number of operations today, in UTC.
//!
//! Operations older than [`period::SETTLED`] are complete, so they are counted once, a period at a time, and only the rest of
//! the day is counted again. However busy the day was, a request reads a few minutes of it; until the whole day is counted for
//! the first time, the number is not known.

use std::time::Instant;

use time::OffsetDateTime;

use super::period::{self, COUNT_MAX};
use crate::storage::{Database, StorageError};

/// The part of the day that is counted.
pub struct Today {
    /// Its end.
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

    /// Returns the number by `now` of the database's clock; `None` while it is not complete.
    pub async fn count(
        &mut self,
        database: &Database,
        now: OffsetDateTime,
    ) -> Result<Option<i64>, StorageError> {
        let begun = Instant::now();
        self.begin_day(now);
        while let Some(to) = period::next_end(self.until, now) {
            self.operations += database.overview_operations(self.until, to).await?;
            self.until = to;
            if begun.elapsed() > COUNT_MAX {
                return Ok(None);
            }
        }
        let rest = database.overview_operations(self.until, now);
        Ok(Some(self.operations + rest.await?))
    }

    fn begin_day(&mut self, now: OffsetDateTime) {
        if self.until.date() != now.date() {
            self.until = now.replace_time(time::Time::MIDNIGHT);
            self.operations = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    fn at(hour: i64, minute: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
            + Duration::days(20_000)
            + Duration::hours(hour)
            + Duration::minutes(minute)
    }

    #[test]
    fn at_the_beginning_of_a_day_nothing_is_settled() {
        let mut today = Today::new();
        today.begin_day(at(0, 3));
        assert_eq!(today.until, at(0, 0));
        assert_eq!(period::next_end(today.until, at(0, 3)), None);
    }

    #[test]
    fn a_new_day_begins_at_zero() {
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
