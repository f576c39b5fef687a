//! How a metric is made: one row of [`metrics`] has its field, kind, name and help, and with a label every value, so that
//! counting is one or two relaxed additions and takes no lock. Each folder has its own metrics; `app` gathers and serves them.

mod distribution;
mod per_thread;

pub use distribution::Distribution;
pub use per_thread::PerThread;

use prometheus::core::{AtomicU64, GenericGauge, GenericGaugeVec};
use prometheus::{
    Counter, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts,
};

/// A number that goes up and down.
pub type Gauge = GenericGauge<AtomicU64>;

/// Such numbers by the values of a label, which are not known beforehand.
pub type Gauges = GenericGaugeVec<AtomicU64>;

/// Upper bounds in seconds, from a read of memory to the longest wait.
const SECONDS: &[f64] = &[
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    10.0,
];
/// Upper bounds of how many there are in a group.
const COUNTS: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0,
];

/// Defines a struct of metrics, a row each: `field: Kind = constructor("name", "help");`. A counter by a label has as its kind
/// a struct that is defined here as well, with a counter for each value:
/// `field: Kind { value, value } = counters("name", "help", "label");`.
macro_rules! metrics {
    ($(#[$doc:meta])* $vis:vis struct $Metrics:ident {
        $($field:ident: $Kind:ident $({ $($value:ident),+ })? = $metric:expr;)+
    }) => {
        $(#[$doc])*
        $vis struct $Metrics {
            $(pub $field: $Kind,)+
        }

        impl $Metrics {
            pub fn new() -> Self {
                Self { $($field: $metric.into(),)+ }
            }

            /// Every metric, to be registered.
            pub fn collectors(&self) -> Vec<Box<dyn prometheus::core::Collector>> {
                vec![$(Box::new(self.$field.clone()),)+]
            }
        }

        $($crate::telemetry::metrics::by_label! { $Kind $({ $($value),+ })? })+
    };
}

/// The counters of a label's values; of a kind without a label, nothing.
macro_rules! by_label {
    ($Kind:ident) => {};
    ($Kind:ident { $($value:ident),+ }) => {
        #[derive(Clone, Debug)]
        pub struct $Kind {
            all: prometheus::IntCounterVec,
            $(pub $value: prometheus::IntCounter,)+
        }

        impl From<prometheus::IntCounterVec> for $Kind {
            fn from(all: prometheus::IntCounterVec) -> Self {
                Self {
                    $($value: all.with_label_values(&[stringify!($value)]),)+
                    all,
                }
            }
        }

        impl prometheus::core::Collector for $Kind {
            fn desc(&self) -> Vec<&prometheus::core::Desc> {
                self.all.desc()
            }

            fn collect(&self) -> Vec<prometheus::proto::MetricFamily> {
                self.all.collect()
            }
        }
    };
}

pub(crate) use {by_label, metrics};

/// A count of events.
pub fn counter(name: &str, help: &str) -> IntCounter {
    made(IntCounter::new(name, help))
}

/// A count of seconds, in fractions.
pub fn seconds_counter(name: &str, help: &str) -> Counter {
    made(Counter::new(name, help))
}

/// A count of events by a label.
pub fn counters(name: &str, help: &str, label: &str) -> IntCounterVec {
    made(IntCounterVec::new(Opts::new(name, help), &[label]))
}

/// What there is now.
pub fn gauge(name: &str, help: &str) -> Gauge {
    made(Gauge::new(name, help))
}

/// What there is now, by the values of a label.
pub fn gauges(name: &str, help: &str, label: &str) -> Gauges {
    made(Gauges::new(Opts::new(name, help), &[label]))
}

/// A histogram of sizes.
pub fn sizes(name: &str, help: &str) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(COUNTS.to_vec());
    made(Histogram::with_opts(options))
}

/// A histogram of durations.
pub fn seconds(name: &str, help: &str) -> Histogram {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    made(Histogram::with_opts(options))
}

/// Histograms of durations by labels.
pub fn seconds_by(name: &str, help: &str, labels: &[&str]) -> HistogramVec {
    let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
    made(HistogramVec::new(options, labels))
}

fn made<T>(metric: prometheus::Result<T>) -> T {
    metric.unwrap_or_else(|error| unreachable!("a metric's names are constant: {error}"))
}
