//! How far an import is, how fast, and how long it still takes.

use std::time::{Duration, Instant};

use crate::cli::output;
use crate::storage::import::Progress;

const EVERY: Duration = Duration::from_secs(2);

/// Writes a line to standard error every few seconds.
pub(super) struct Meter {
    began: Instant,
    written: Instant,
}

impl Meter {
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            began: now,
            written: now,
        }
    }

    pub fn progress(&mut self, progress: Progress) {
        if self.written.elapsed() >= EVERY {
            self.written = Instant::now();
            output::raw_error(format_args!("{}\n", line(progress, self.began.elapsed())));
        }
    }
}

fn line(progress: Progress, took: Duration) -> String {
    let Progress { done, of } = progress;
    let milliseconds = took.as_millis().max(1);
    let rate = u128::from(done) * 1_000 / milliseconds;
    let left = u128::from(of.saturating_sub(done)) * milliseconds / u128::from(done.max(1)) / 1_000;
    let percent = (u128::from(done) * 100)
        .checked_div(of.into())
        .unwrap_or(100)
        .min(100);
    format!(
        "{done} of {of} users ({percent} %), {rate}/s, {} left",
        duration(left)
    )
}

fn duration(seconds: u128) -> String {
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_is_done_did() {
        let progress =
            |done, of, seconds| line(Progress { done, of }, Duration::from_secs(seconds));
        assert_eq!(
            progress(250_000, 1_000_000, 30),
            "250000 of 1000000 users (25 %), 8333/s, 1 min 30 s left"
        );
        assert_eq!(progress(0, 0, 0), "0 of 0 users (100 %), 0/s, 0 s left");
        // Users who registered meanwhile.
        assert_eq!(
            progress(11, 10, 1),
            "11 of 10 users (100 %), 11/s, 0 s left"
        );
        assert_eq!(
            progress(1, 7_300, 1),
            "1 of 7300 users (0 %), 1/s, 2 h 1 min left"
        );
    }
}
