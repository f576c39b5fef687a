//! Samples of this engine's counters every few seconds, for the last minutes, in a ring buffer.
//!
//! A sample copies the counters that metrics have anyway, so it costs operations nothing, and it waits for nothing: the
//! database may be away.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::counters::{Counters, Sample};
use crate::engine::{Engine, Totals};
use crate::telemetry::metrics::Distribution;

/// From one sample to the next.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// How far back the samples go.
pub const HISTORY: Duration = Duration::from_secs(15 * 60);
/// Samples in the buffer: one more than there are intervals.
pub const SAMPLES: usize = 181;

/// The requests whose duration is shown: operations that succeeded.
const ROUTE: &str = "/api/wallets/{wallet}/operation/";
const STATUS: &str = "200";

/// The samples of the last minutes.
pub struct Samples {
    ring: Mutex<VecDeque<(Sample, Totals)>>,
    /// How many were taken, and when the last one was.
    taken: watch::Sender<(usize, Instant)>,
}

/// Takes samples until it is dropped.
pub struct Sampler(JoinHandle<()>);

impl Sampler {
    /// Starts on this thread's runtime. `http` has the durations of requests.
    pub fn start(engine: Engine, http: Box<dyn Collector>, samples: Arc<Samples>) -> Self {
        Self(tokio::spawn(async move {
            let begun = Instant::now();
            let mut ticks = interval(INTERVAL);
            // A missed sample is a gap, so none is taken later in its place.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let totals = engine.totals();
                let counters = Counters {
                    running_s: begun.elapsed().as_secs_f64(),
                    committed: totals.committed,
                    refused: totals.refused.iter().sum(),
                    request_seconds: request_seconds(&*http),
                    group_operations: totals.group_operations.clone(),
                };
                let at = OffsetDateTime::now_utc();
                samples.push(Sample { at, counters }, totals);
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
    pub fn new() -> Self {
        Self {
            ring: Mutex::default(),
            taken: watch::Sender::new((0, Instant::now())),
        }
    }

    /// Returns all samples, oldest first.
    pub fn all(&self) -> Vec<Sample> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.iter().map(|(sample, _)| sample.clone()).collect()
    }

    /// Returns the newest sample.
    pub fn newest(&self) -> Option<Sample> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.back().map(|(sample, _)| sample.clone())
    }

    /// Returns the totals at the oldest sample.
    pub fn oldest_totals(&self) -> Option<Totals> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.front().map(|(_, totals)| totals.clone())
    }

    /// Returns a receiver that each sample notifies: how many were taken, and when.
    pub fn taken(&self) -> watch::Receiver<(usize, Instant)> {
        self.taken.subscribe()
    }

    fn push(&self, sample: Sample, totals: Totals) {
        {
            let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
            if ring.len() == SAMPLES {
                ring.pop_front();
            }
            ring.push_back((sample, totals));
        }
        self.taken
            .send_modify(|(taken, at)| (*taken, *at) = (*taken + 1, Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_sample_makes_room() {
        let samples = Samples::new();
        for second in 0..1_000 {
            let at = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second);
            let counters = Counters::default();
            samples.push(Sample { at, counters }, Totals::default());
        }
        let all = samples.all();
        assert_eq!(all.len(), SAMPLES);
        assert_eq!(all[SAMPLES - 1].at.unix_timestamp(), 999);
        assert_eq!(samples.newest().unwrap().at, all[SAMPLES - 1].at);
        assert_eq!(samples.taken().borrow().0, 1_000);
        assert!(HISTORY.as_secs() == (SAMPLES as u64 - 1) * INTERVAL.as_secs());
    }
}
