//! What a histogram saw, as numbers to calculate with: between two moments, its mean and its quantiles.

use prometheus::Histogram;
use prometheus::core::Collector;
use prometheus::proto::LabelPair;
use serde::{Deserialize, Serialize};

/// What was observed, from the histogram's beginning or between two moments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    pub count: u64,
    pub sum: f64,
    /// Upper bounds in order, each with how many were not above it. Those above the last one are in no bucket.
    buckets: Vec<(f64, u64)>,
    /// There is nothing between one whole number and the next.
    whole_numbers: bool,
}

impl Distribution {
    /// What a histogram of [`sizes`](super::sizes) saw.
    pub fn of_sizes(histogram: &Histogram) -> Self {
        Self {
            whole_numbers: true,
            ..Self::of(histogram, |_| true)
        }
    }

    /// What the collector's histograms saw, all of them together whose labels are wanted.
    pub fn of(collector: &dyn Collector, wanted: impl Fn(&[LabelPair]) -> bool) -> Self {
        let mut all = Self::default();
        for family in collector.collect() {
            for metric in family.get_metric() {
                if wanted(metric.get_label()) {
                    let histogram = metric.get_histogram();
                    let buckets = histogram.get_bucket().iter();
                    all.add(&Self {
                        count: histogram.get_sample_count(),
                        sum: histogram.get_sample_sum(),
                        buckets: buckets
                            .map(|bucket| (bucket.upper_bound(), bucket.cumulative_count()))
                            .collect(),
                        whole_numbers: false,
                    });
                }
            }
        }
        all
    }

    /// What was observed after `earlier`, which is of the same histogram; nothing, if that was reset since.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        self.checked_since(earlier).unwrap_or_default()
    }

    fn checked_since(&self, earlier: &Self) -> Option<Self> {
        // A bucket that was not there yet had seen nothing.
        let before = earlier.buckets.iter().map(|bucket| bucket.1);
        let before = before.chain(std::iter::repeat(0));
        let buckets = self.buckets.iter().zip(before);
        let buckets =
            buckets.map(|((bound, now), before)| Some((*bound, now.checked_sub(before)?)));
        Some(Self {
            count: self.count.checked_sub(earlier.count)?,
            sum: self.sum - earlier.sum,
            buckets: buckets.collect::<Option<_>>()?,
            whole_numbers: self.whole_numbers,
        })
    }

    /// `None`, if there was nothing.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "an error of 2^-53 is not visible"
    )]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// The quantile of this share, as near as the buckets allow: within one, all are taken to be
    /// spread evenly. Of whole numbers it is one. Above the last bound it is the last bound. `None`, if there was nothing.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "an error of 2^-53 is not visible"
    )]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = self.count as f64 * share;
        let (mut below, mut low) = (0, 0.0);
        for (bound, up_to) in &self.buckets {
            if *up_to as f64 >= rank && *up_to > below {
                let within = (rank - below as f64) / (up_to - below) as f64;
                let value = low + (bound - low) * within;
                return Some(if self.whole_numbers {
                    // What is above one by a rounding error is that one.
                    (value - 1e-6).ceil().max(low + 1.0)
                } else {
                    value
                });
            }
            (below, low) = (*up_to, *bound);
        }
        Some(low)
    }

    /// Adds what another histogram of the same bounds saw; of other bounds, as those of another version, nothing.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.clone_from(other);
            return;
        }
        let bounds = |all: &Self| {
            all.buckets
                .iter()
                .map(|bucket| bucket.0)
                .collect::<Vec<_>>()
        };
        if bounds(self) != bounds(other) {
            return;
        }
        self.count += other.count;
        self.sum += other.sum;
        for (bucket, other) in self.buckets.iter_mut().zip(&other.buckets) {
            bucket.1 += other.1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{seconds_by, sizes};
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn a_quantile_is_within_the_bucket_that_holds_it() {
        let histogram = sizes("group", "Operations");
        for _ in 0..90 {
            histogram.observe(1.0);
        }
        for _ in 0..10 {
            histogram.observe(7.0);
        }
        let seen = Distribution::of(&histogram, |_| true);
        near(seen.mean(), 1.6);
        near(seen.quantile(0.5), 50.0 / 90.0);
        // Half of those between 4 and 8 are below 6.
        near(seen.quantile(0.95), 6.0);
        near(seen.quantile(1.0), 8.0);
    }

    #[test]
    fn of_whole_numbers_a_quantile_is_one() {
        let histogram = sizes("group", "Operations");
        let quantiles = |shares: &[f64]| -> Vec<f64> {
            let seen = Distribution::of_sizes(&histogram).since(&Distribution::default());
            let quantile = |share: &f64| seen.quantile(*share).unwrap();
            shares.iter().map(quantile).collect()
        };
        for _ in 0..100 {
            histogram.observe(1.0);
        }
        assert_eq!(quantiles(&[0.01, 0.5, 0.99, 1.0]), [1.0; 4]);
        for _ in 0..100 {
            histogram.observe(2.0);
        }
        assert_eq!(
            quantiles(&[0.25, 0.5, 0.51, 0.99, 1.0]),
            [1.0, 1.0, 2.0, 2.0, 2.0]
        );
        // 5 to 8 are in one bucket: a quarter of them each.
        for size in (0..200).map(|n| 5 + n % 4) {
            histogram.observe(f64::from(size));
        }
        assert_eq!(
            quantiles(&[0.5, 0.501, 0.625, 0.626, 0.875, 1.0]),
            [2.0, 5.0, 5.0, 6.0, 7.0, 8.0]
        );
    }

    #[test]
    fn what_is_above_the_last_bound_is_told_as_the_last_bound() {
        let histogram = sizes("group", "Operations");
        histogram.observe(1e9);
        near(
            Distribution::of(&histogram, |_| true).quantile(0.5),
            1_024.0,
        );
    }

    #[test]
    fn between_two_moments_only_what_came_between_counts() {
        let histogram = sizes("group", "Operations");
        let nothing = Distribution::of(&histogram, |_| true);
        assert_eq!(nothing.quantile(0.5), None);
        assert_eq!(nothing.mean(), None);
        histogram.observe(1_000.0);
        let first = Distribution::of(&histogram, |_| true);
        histogram.observe(2.0);
        let second = Distribution::of(&histogram, |_| true);
        near(second.since(&first).quantile(1.0), 2.0);
        near(second.since(&first).mean(), 2.0);
        near(second.since(&Distribution::default()).mean(), 501.0);
        assert_eq!(second.since(&second).mean(), None);
    }

    #[test]
    fn a_histogram_that_began_anew_tells_nothing_of_the_time_between() {
        let histogram = sizes("group", "Operations");
        let fresh = Distribution::of(&histogram, |_| true);
        histogram.observe(1.0);
        let used = Distribution::of(&histogram, |_| true);
        assert_eq!(fresh.since(&used).mean(), None);
    }

    #[test]
    fn what_two_engines_saw_is_added_if_their_bounds_are_the_same() {
        let engine = |size| {
            let histogram = sizes("group", "Operations");
            histogram.observe(size);
            Distribution::of_sizes(&histogram)
        };
        let mut both = Distribution::default();
        both.add(&engine(1.0));
        both.add(&engine(1_000.0));
        near(both.mean(), 500.5);
        near(both.quantile(0.5), 1.0);
        let seconds = super::super::seconds("seconds", "Seconds");
        seconds.observe(9.0);
        both.add(&Distribution::of(&seconds, |_| true));
        assert_eq!(both.count, 2);
        let sent = serde_json::to_string(&both).unwrap();
        assert_eq!(serde_json::from_str::<Distribution>(&sent).unwrap(), both);
    }

    #[test]
    fn histograms_with_the_labels_that_are_wanted_count_together() {
        let histograms = seconds_by("requests", "Requests", &["route", "status"]);
        for (route, status, seconds) in [("a", "200", 1.0), ("a", "400", 3.0), ("b", "200", 9.0)] {
            histograms
                .with_label_values(&[route, status])
                .observe(seconds);
        }
        let seen = Distribution::of(&histograms, |labels| {
            labels.iter().any(|label| label.value() == "a")
        });
        assert_eq!(seen.count, 2);
        near(seen.mean(), 2.0);
        near(seen.quantile(0.5), 1.0);
    }
}
