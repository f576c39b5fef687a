//! The duration of requests by route and status.
//!
//! A pair's histogram is created by its first request; from then on it is found without a lock. Routes are templates and
//! statuses are listed, so the number of pairs is bounded.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Histogram, HistogramVec};

use crate::telemetry::metrics::{PerThread, seconds_by};

/// Every status that is answered; another one would count as 0.
const STATUSES: [u16; 23] = [
    0, 200, 201, 202, 204, 301, 302, 304, 308, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422,
    429, 500, 501, 503,
];

/// The durations of requests; a clone shares them.
#[derive(Clone)]
pub struct HttpMetrics {
    /// Every route's template.
    templates: &'static [&'static str],
    durations: Arc<PerThread<Durations>>,
}

struct Durations {
    all: HistogramVec,
    /// By template, then by status.
    pairs: Vec<[OnceLock<Histogram>; STATUSES.len()]>,
}

impl HttpMetrics {
    /// Metrics of the routes with these templates; requests of any other route count as the first's.
    #[must_use]
    pub fn new(templates: &'static [&'static str]) -> Self {
        let durations = PerThread::new(|| Durations {
            all: seconds_by(
                "wallet_engine_http_request_seconds",
                "Duration of HTTP requests in seconds, by route and status.",
                &["route", "status"],
            ),
            pairs: templates
                .iter()
                .map(|_| std::array::from_fn(|_| OnceLock::new()))
                .collect(),
        });
        Self {
            templates,
            durations: Arc::new(durations),
        }
    }

    /// The histograms, to be registered.
    #[must_use]
    pub fn collector(&self) -> Box<dyn Collector> {
        Box::new(self.clone())
    }

    /// Records the response to a request of the route with that template.
    pub fn answered(&self, route: &str, status: StatusCode, took: Duration) {
        let known = STATUSES.iter().position(|known| *known == status.as_u16());
        debug_assert!(known.is_some(), "{status} is missing from STATUSES");
        let route = self.templates.iter().position(|known| *known == route);
        let (route, status) = (route.unwrap_or(0), known.unwrap_or(0));
        let Durations { all, pairs } = self.durations.here();
        let pair = pairs[route][status].get_or_init(|| {
            let status = STATUSES[status].to_string();
            all.with_label_values(&[self.templates[route], &status])
        });
        pair.observe(took.as_secs_f64());
    }
}

impl Collector for HttpMetrics {
    fn desc(&self) -> Vec<&Desc> {
        self.durations.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.durations.collect()
    }
}

impl Collector for Durations {
    fn desc(&self) -> Vec<&Desc> {
        self.all.desc()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        self.all.collect()
    }
}
