//! How many requests were admitted and refused, by the kind of who asked.

use std::sync::Arc;

use prometheus::core::Collector;
use prometheus::{IntCounter, IntCounterVec, Opts};

use crate::auth::Subject;

/// What became of a request at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Admitted,
    Unauthenticated,
    Forbidden,
    RateLimited,
}

const OUTCOMES: [&str; 4] = ["admitted", "unauthenticated", "forbidden", "rate_limited"];
const KINDS: [&str; 3] = ["none", "key", "owner"];

/// The counts; a clone shares them.
#[derive(Clone)]
pub struct AccessMetrics(Arc<Inner>);

struct Inner {
    all: IntCounterVec,
    /// By kind, then by outcome.
    counters: [[IntCounter; OUTCOMES.len()]; KINDS.len()],
}

impl Default for AccessMetrics {
    fn default() -> Self {
        let options = Opts::new(
            "wallet_engine_access_total",
            "Requests that take a key or a token, by the kind of who asked and by outcome; none if WALLET_AUTH is off.",
        );
        let all = IntCounterVec::new(options, &["kind", "outcome"])
            .unwrap_or_else(|error| unreachable!("a metric's names are constant: {error}"));
        let counters =
            KINDS.map(|kind| OUTCOMES.map(|outcome| all.with_label_values(&[kind, outcome])));
        Self(Arc::new(Inner { all, counters }))
    }
}

impl AccessMetrics {
    /// The counter, to be registered.
    #[must_use]
    pub fn collector(&self) -> Box<dyn Collector> {
        Box::new(self.0.all.clone())
    }

    /// Counts a request. `None`: nobody is known to have sent it.
    pub fn count(&self, subject: Option<Subject>, outcome: Outcome) {
        let kind = match subject {
            None => 0,
            Some(Subject::Key(_)) => 1,
            Some(Subject::Owner(_)) => 2,
        };
        self.0.counters[kind][outcome as usize].inc();
    }
}
