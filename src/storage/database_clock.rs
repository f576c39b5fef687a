//! The database's clock, as far as it is known here: how far it is ahead of this machine's.
//!
//! Every session asks for it as it opens, and every readiness check. The answer was given some time between question and answer, so
//! each leaves a range; what was known before stays if it is in that range, and else moves to its nearer end. So a slow answer makes
//! nothing less exact, and another server's clock, after a failover, is known from its first session on.

use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

/// How far the database's clock is ahead of this machine's.
#[derive(Default)]
pub(super) struct DatabaseClock {
    microseconds: AtomicI64,
}

impl DatabaseClock {
    /// The database's time, in whole microseconds.
    pub fn now(&self) -> OffsetDateTime {
        time_of(here().saturating_add(self.microseconds.load(Ordering::Relaxed)))
    }

    /// Records the time that the database gave, to a question that was asked at `asked` by this machine's clock, and answered just now.
    pub fn read(&self, asked: OffsetDateTime, database: OffsetDateTime) {
        self.record(microseconds(asked), microseconds(database), here());
    }

    fn record(&self, asked: i64, database: i64, answered: i64) {
        let least = database.saturating_sub(answered);
        let most = database.saturating_sub(asked);
        // Unless this machine's clock was set back meanwhile.
        if least <= most {
            let nearest = |known: i64| Some(known.clamp(least, most));
            let order = Ordering::Relaxed;
            // It never fails, as there is always a value.
            let _ = self.microseconds.fetch_update(order, order, nearest);
        }
    }
}

/// This machine's time in microseconds.
fn here() -> i64 {
    microseconds(OffsetDateTime::now_utc())
}

fn microseconds(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

fn time_of(microseconds: i64) -> OffsetDateTime {
    let nanoseconds = i128::from(microseconds) * 1_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// What is known after answers, each the time of the question, of the database and of the answer.
    fn known(answers: &[(i64, i64, i64)]) -> i64 {
        let clock = DatabaseClock::default();
        for (asked, database, answered) in answers {
            clock.record(*asked, *database, *answered);
        }
        clock.microseconds.load(Ordering::Relaxed)
    }

    #[test]
    fn a_clock_that_agrees_is_left_alone() {
        assert_eq!(known(&[(100, 103, 105), (200, 205, 207)]), 0);
    }

    #[test]
    fn a_clock_that_is_ahead_or_behind_is_known_to_the_time_that_the_answer_took() {
        let ahead = known(&[(100, 100 + 3_600 * SECOND, 108)]);
        assert!((3_600 * SECOND - 8..=3_600 * SECOND).contains(&ahead));
        let behind = known(&[(100, 100 - 3_600 * SECOND, 108)]);
        assert!((-3_600 * SECOND - 8..=-3_600 * SECOND).contains(&behind));
    }

    #[test]
    fn every_answer_makes_it_more_exact_and_none_makes_it_less() {
        let slow = (0, 60 * SECOND + 400, 10 * SECOND);
        let fast = (1_000, 60 * SECOND + 1_010, 1_020);
        let exact = known(&[slow, fast]);
        assert!((60 * SECOND - 10..=60 * SECOND + 10).contains(&exact));
        assert_eq!(known(&[slow, fast, slow]), exact);
    }

    #[test]
    fn another_server_s_clock_takes_the_place_of_the_first_one_s() {
        let first = (100, 100 + 60 * SECOND, 102);
        let next = (900, 900 - 60 * SECOND, 903);
        let known = known(&[first, next]);
        assert!((-60 * SECOND - 3..=-60 * SECOND).contains(&known));
    }

    #[test]
    fn an_answer_from_before_its_question_counts_for_nothing() {
        assert_eq!(known(&[(100, 5 * SECOND, 50)]), 0);
    }

    #[test]
    fn no_time_is_too_far_away() {
        for database in [i64::MIN, i64::MAX] {
            let clock = DatabaseClock::default();
            clock.record(i64::MIN, database, i64::MAX);
            clock.record(0, database, 1);
            let now = clock.now();
            assert_eq!(now.nanosecond() % 1_000, 0);
        }
    }
}
