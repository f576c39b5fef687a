//! Samples of the engine's counters every few seconds, for the last minutes, in a ring buffer.
//!
//! A sample copies the counters that metrics have anyway, so it costs operations nothing. The difference of two samples is
//! what happened between them. After a time without samples (the process was stopped, the machine slept) there is a gap, as
//! the difference says nothing about the rate at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::admin::chart::Point;
use crate::engine::{Engine, Totals};
use crate::telemetry::metrics::Distribution;

/// From one sample to the next.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How far back the samples go.
pub const HISTORY: Duration = Duration::from_secs(15 * 60);
/// Samples in the buffer: one more than there are intervals.
const SAMPLES: usize = 181;
/// There is a gap between samples that are further apart.
const GAP: Duration = Duration::from_secs(15);

/// The requests whose duration is shown: operations that succeeded.
const ROUTE: &str = "/api/wallets/{wallet}/operation/";
const STATUS: &str = "200";

/// The counters at one time.
#[derive(Clone, Debug)]
pub struct Sample {
    pub at: OffsetDateTime,
    pub totals: Totals,
    /// Durations of operations' requests.
    pub request_seconds: Distribution,
}

/// The time between two consecutive samples.
pub struct Interval<'a> {
    from: &'a Sample,
    to: &'a Sample,
}

/// The samples of the last minutes.
#[derive(Default)]
pub struct Samples(Mutex<VecDeque<Arc<Sample>>>);

/// Takes samples until it is dropped.
pub struct Sampler(JoinHandle<()>);

impl Sampler {
    /// Starts on this thread's runtime. `http` has the durations of requests.
    pub fn start(engine: Engine, http: Box<dyn Collector>, samples: Arc<Samples>) -> Self {
        Self(tokio::spawn(async move {
            let mut ticks = interval(INTERVAL);
            // A missed sample is a gap, so none is taken later in its place.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                samples.push(Sample {
                    at: OffsetDateTime::now_utc(),
                    totals: engine.totals(),
                    request_seconds: request_seconds(&*http),
                });
            }
        }))
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn request_seconds(http: &dyn Collector) -> Distribution {
    Distribution::of(http, |labels| {
        let is = |name, value| {
            let mut labels = labels.iter();
            labels.any(|label| label.name() == name && label.value() == value)
        };
        is("route", ROUTE) && is("status", STATUS)
    })
}

impl Samples {
    /// Returns all samples, oldest first.
    pub fn all(&self) -> Vec<Arc<Sample>> {
        let samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        samples.iter().cloned().collect()
    }

    fn push(&self, sample: Sample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == SAMPLES {
            samples.pop_front();
        }
        samples.push_back(Arc::new(sample));
    }
}

/// Returns a line of a chart: the value of each interval at its end, or none in a gap.
pub fn points(samples: &[Arc<Sample>], value: impl Fn(&Interval) -> Option<f64>) -> Vec<Point> {
    let pairs = samples.windows(2);
    let point = |pair: &[Arc<Sample>]| {
        let between = Interval {
            from: &pair[0],
            to: &pair[1],
        };
        Point {
            at: between.to.at,
            value: between.is_gapless().then(|| value(&between)).flatten(),
        }
    };
    pairs.map(point).collect()
}

impl Interval<'_> {
    /// Returns the rate of a counter per second.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a chart does not show so small a difference"
    )]
    pub fn rate(&self, counted: impl Fn(&Totals) -> u64) -> Option<f64> {
        // A counter that went back was reset, and the events before are not known.
        let times = counted(&self.to.totals).checked_sub(counted(&self.from.totals))?;
        Some(times as f64 / self.length_s())
    }

    /// Returns the observations of a distribution within the interval.
    pub fn observed(&self, distribution: impl Fn(&Sample) -> &Distribution) -> Distribution {
        distribution(self.to).since(distribution(self.from))
    }

    fn is_gapless(&self) -> bool {
        (0.1..=GAP.as_secs_f64()).contains(&self.length_s())
    }

    fn length_s(&self) -> f64 {
        (self.to.at - self.from.at).as_seconds_f64()
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{Histogram, HistogramOpts};

    use super::*;

    /// A sample at that second, after so many operations.
    fn sample(second: i64, committed: u64) -> Arc<Sample> {
        Arc::new(Sample {
            at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second),
            totals: Totals {
                committed,
                ..Totals::default()
            },
            request_seconds: Distribution::default(),
        })
    }

    fn rates(samples: &[Arc<Sample>]) -> Vec<Option<f64>> {
        let points = points(samples, |between| between.rate(|totals| totals.committed));
        points.into_iter().map(|point| point.value).collect()
    }

    #[test]
    fn a_rate_is_of_the_time_that_passed() {
        let samples = [sample(0, 0), sample(5, 50), sample(12, 120)];
        assert_eq!(rates(&samples), [Some(10.0), Some(10.0)]);
    }

    #[test]
    fn without_operations_the_rate_is_zero_and_not_missing() {
        assert_eq!(rates(&[sample(0, 7), sample(5, 7)]), [Some(0.0)]);
    }

    #[test]
    fn a_reset_counter_and_a_pause_are_gaps() {
        let samples = [
            sample(0, 100),
            sample(5, 10),
            sample(10, 20),
            sample(100, 900),
            sample(105, 905),
        ];
        assert_eq!(rates(&samples), [None, Some(2.0), None, Some(1.0)]);
    }

    #[test]
    fn a_clock_that_was_set_back_is_a_gap() {
        assert_eq!(
            rates(&[sample(50, 0), sample(0, 9), sample(5, 19)]),
            [None, Some(2.0)]
        );
        assert_eq!(rates(&[sample(5, 0), sample(5, 9)]), [None]);
    }

    #[test]
    fn one_sample_has_no_rate() {
        assert_eq!(rates(&[sample(0, 1)]), []);
        assert_eq!(rates(&[]), []);
    }

    #[test]
    fn an_idle_engine_has_no_latency() {
        let histogram = Histogram::with_opts(HistogramOpts::new("seconds", "Seconds")).unwrap();
        let seen = || Distribution::of(&histogram, |_| true);
        let at = |second, seen| {
            let mut sample = (*sample(second, 0)).clone();
            sample.request_seconds = seen;
            Arc::new(sample)
        };
        let before = at(0, seen());
        histogram.observe(0.5);
        let (after, idle) = (at(5, seen()), at(10, seen()));
        let points = points(&[before, after, idle], |between| {
            between.observed(|sample| &sample.request_seconds).mean()
        });
        assert_eq!(points[0].value, Some(0.5));
        assert_eq!(points[1].value, None);
    }

    #[test]
    fn the_oldest_sample_makes_room() {
        let samples = Samples::default();
        for second in 0..1_000 {
            samples.push((*sample(second, 0)).clone());
        }
        let all = samples.all();
        assert_eq!(all.len(), SAMPLES);
        assert_eq!(all[SAMPLES - 1].at.unix_timestamp(), 999);
        assert!(HISTORY.as_secs() == (SAMPLES as u64 - 1) * INTERVAL.as_secs());
    }
}
