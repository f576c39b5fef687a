//! How a metric is made: with a name that no other has, and with every label's value known by then, so that counting is
//! one or two relaxed additions and takes no lock. Each folder has its own; `app` gathers and serves them.

mod distribution;

pub use distribution::Distribution;

use prometheus::{
    Counter, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts,
};

/// Upper bounds in seconds, from a read of memory to the longest wait.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    10.0,
];
/// Upper bounds of how many there are in a group.
const COUNTS: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0,
];

/// What may happen any number of times.
pub fn counter(name: &str, help: &str) -> IntCounter {
    made(IntCounter::new(name, help))
}

/// Seconds that are spent, in fractions.
pub fn seconds_counter(name: &str, help: &str) -> Counter {
    made(Counter::new(name, help))
}

/// What may happen in several ways.
pub fn counters(name: &str, help: &str, label: &str) -> IntCounterVec {
    made(IntCounterVec::new(Opts::new(name, help), &[label]))
}

/// What there is now.
pub fn gauge(name: &str, help: &str) -> IntGauge {
    made(IntGauge::new(name, help))
}

/// How many there are in each of many groups.
pub fn sizes(name: &str, help: &str) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(COUNTS.to_vec());
    made(Histogram::with_opts(options))
}

/// How long something takes.
pub fn seconds(name: &str, help: &str) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    made(Histogram::with_opts(options))
}

/// How long something takes, by labels.
pub fn seconds_by(name: &str, help: &str, labels: &[&str]) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    made(HistogramVec::new(options, labels))
}

fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.unwrap_or_else(|error| unreachable!("a metric's names are constant: {error}"))
}
