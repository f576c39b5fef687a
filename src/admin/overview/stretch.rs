//! How far the past may be counted for good, and how much of it at once.

use time::{Duration, OffsetDateTime};

/// An operation is in the ledger that long after its time at the latest, and a user registered: their statements are given
/// up much earlier.
pub const SETTLED: Duration = Duration::minutes(5);
/// Counted by one question, at most.
const STRETCH: Duration = Duration::minutes(5);
/// What is not counted by then is counted when it is asked for again.
pub const COUNT_MAX: std::time::Duration = std::time::Duration::from_secs(1);

/// The end of what can be counted for good next, from `until`; `None`: there is nothing yet.
pub fn next(until: OffsetDateTime, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let to = (until + STRETCH).min(now - SETTLED);
    (to > until).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_counted_a_stretch_at_a_time_and_only_as_far_as_it_is_settled() {
        let minute = |minute| OffsetDateTime::UNIX_EPOCH + Duration::minutes(minute);
        let mut stretches = vec![minute(0)];
        while let Some(to) = next(stretches[stretches.len() - 1], minute(17)) {
            stretches.push(to);
        }
        assert_eq!(stretches, [0, 5, 10, 12].map(minute));
    }
}
