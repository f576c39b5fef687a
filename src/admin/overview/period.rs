//! The periods that the overview counts once: how recent the last may be, and how long each is.

use time::{Duration, OffsetDateTime};

/// Operations and users are committed within this time after their timestamps: their statements time out much earlier.
pub const SETTLED: Duration = Duration::minutes(5);
/// The longest period of one query.
const PERIOD_MAX: Duration = Duration::minutes(5);
/// Time for counting. The next request continues with the rest.
pub const COUNT_MAX: std::time::Duration = std::time::Duration::from_secs(1);

/// Returns the end of the next settled period, which begins at `until`; `None` if nothing more is settled.
pub fn next_end(until: OffsetDateTime, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let to = (until + PERIOD_MAX).min(now - SETTLED);
    (to > until).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_settled_past_is_counted_a_period_at_a_time() {
        let minute = |minute| OffsetDateTime::UNIX_EPOCH + Duration::minutes(minute);
        let mut ends = vec![minute(0)];
        while let Some(to) = next_end(ends[ends.len() - 1], minute(17)) {
            ends.push(to);
        }
        assert_eq!(ends, [0, 5, 10, 12].map(minute));
    }
}
