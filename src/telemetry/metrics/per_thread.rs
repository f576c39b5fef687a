//! Histograms that each thread observes in a copy of its own, which are added up when they are read. In one that all threads share,
//! an observation is four writes to memory that another core has just written.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{Metric, MetricFamily};

/// So many copies of a collector of histograms as there are cores.
pub struct PerThread<C>(Vec<C>);

impl<C> PerThread<C> {
    /// Makes the copies.
    pub fn new(copy: impl Fn() -> C) -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        Self((0..threads).map(|_| copy()).collect())
    }

    /// Returns the copy of this thread. If there are more threads than cores, some have the same.
    pub fn here(&self) -> &C {
        thread_local! {
            static NUMBER: Cell<usize> = {
                static THREADS: AtomicUsize = AtomicUsize::new(0);
                Cell::new(THREADS.fetch_add(1, Ordering::Relaxed))
            };
        }
        &self.0[NUMBER.get() % self.0.len()]
    }
}

impl<C: Collector> Collector for PerThread<C> {
    fn desc(&self) -> Vec<&Desc> {
        self.0[0].desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let mut all = self.0[0].collect();
        for copy in &self.0[1..] {
            for (family, other) in all.iter_mut().zip(copy.collect()) {
                for metric in other.get_metric() {
                    add(family.mut_metric(), metric);
                }
            }
        }
        all
    }
}

fn add(all: &mut Vec<Metric>, metric: &Metric) {
    let same = |other: &&mut Metric| other.get_label() == metric.get_label();
    let Some(sum) = all.iter_mut().find(same) else {
        all.push(metric.clone());
        return;
    };
    let added = metric.get_histogram();
    let mut both = sum.get_histogram().clone();
    let mut buckets = both.get_bucket().to_vec();
    for (bucket, added) in buckets.iter_mut().zip(added.get_bucket()) {
        bucket.set_cumulative_count(bucket.cumulative_count() + added.cumulative_count());
    }
    both.set_bucket(buckets);
    both.set_sample_count(both.get_sample_count() + added.get_sample_count());
    both.set_sample_sum(both.get_sample_sum() + added.get_sample_sum());
    sum.set_histogram(both);
}

#[cfg(test)]
mod tests {
    use prometheus::HistogramVec;

    use super::super::{Distribution, seconds_by};
    use super::*;

    #[test]
    fn what_all_threads_observed_is_added_up_by_labels() {
        let histograms = PerThread::new(|| seconds_by("requests", "Requests", &["route"]));
        let observe = |histograms: &PerThread<HistogramVec>| {
            for (route, seconds) in [("a", 0.004), ("b", 1e9)] {
                histograms
                    .here()
                    .with_label_values(&[route])
                    .observe(seconds);
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| observe(&histograms));
            }
        });
        histograms.0[0].with_label_values(&["c"]).observe(1.0);
        let families = histograms.collect();
        assert_eq!((families.len(), families[0].get_metric().len()), (1, 3));
        let of = |route: &str| {
            Distribution::of(&histograms, |labels| {
                labels.iter().all(|label| label.value() == route)
            })
        };
        assert_eq!(of("a").count, 100);
        assert!((of("a").sum - 0.4).abs() < 1e-9);
        assert!(
            of("a")
                .quantile(1.0)
                .is_some_and(|most| (most - 0.005).abs() < 1e-9)
        );
        assert_eq!((of("b").count, of("c").count), (100, 1));
    }

    #[test]
    fn a_thread_always_has_the_same_copy() {
        let copies = PerThread::new(|| seconds_by("requests", "Requests", &["route"]));
        assert!(std::ptr::eq(copies.here(), copies.here()));
    }
}
