//! What follows from an attempt.

use std::time::Duration;

use time::OffsetDateTime;

use super::outcome::{Failure, Outcome};
use super::schedule::{AGE_MAX, Random, pause};

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered,
    /// It is attempted again after this time.
    Again(Duration),
    GiveUp,
}

/// Decides it: of an event that is due since `since`, at `now` by the same clock, and after so many failures before this one.
pub(super) fn verdict(
    outcome: Outcome,
    since: OffsetDateTime,
    now: OffsetDateTime,
    failures: u32,
    random: Random,
) -> Verdict {
    match outcome {
        Outcome::Delivered => Verdict::Delivered,
        // It stays too large.
        Outcome::Failed(Failure::TooLarge) => Verdict::GiveUp,
        _ if now - since >= AGE_MAX => Verdict::GiveUp,
        _ => {
            let failures = failures.saturating_add(1);
            Verdict::Again(pause(failures, outcome.retry_after(), random))
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const SINCE: OffsetDateTime = datetime!(2031-05-01 12:00 UTC);
    const REFUSED: Outcome = Outcome::Refused {
        status: 500,
        retry_after: None,
    };

    fn after(outcome: Outcome, age: Duration) -> Verdict {
        verdict(outcome, SINCE, SINCE + age, 3, Random::new())
    }

    #[test]
    fn what_fails_is_attempted_for_three_days() {
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        let almost = Duration::from_secs(3 * 24 * 60 * 60 - 1);
        for age in [Duration::ZERO, days(1), almost] {
            let Verdict::Again(pause) = after(REFUSED, age) else {
                panic!("it is given up after {age:?}");
            };
            assert!((6_400..=9_600).contains(&pause.as_millis()), "{pause:?}");
        }
        assert_eq!(after(REFUSED, days(3)), Verdict::GiveUp);
        assert_eq!(after(Outcome::Gone, days(3)), Verdict::GiveUp);
        assert_eq!(after(Outcome::Delivered, days(9)), Verdict::Delivered);
    }

    #[test]
    fn a_time_of_the_future_is_no_age() {
        let verdict = verdict(REFUSED, SINCE, SINCE - AGE_MAX * 2, 0, Random::new());
        assert!(matches!(verdict, Verdict::Again(_)));
    }

    #[test]
    fn what_is_too_large_is_given_up_at_once() {
        let too_large = Outcome::Failed(Failure::TooLarge);
        assert_eq!(after(too_large, Duration::ZERO), Verdict::GiveUp);
    }
}
