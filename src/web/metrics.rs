//! How long requests take, by route and status.
//!
//! A pair's histogram is made when the pair is first seen; from then on it is found without a lock. A route is a
//! template, and statuses are those that are ever answered, so there is an end to pairs.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::StatusCode;
use prometheus::core::Collector;
use prometheus::{Histogram, HistogramVec};

use crate::telemetry::metrics::seconds_by;

/// Statuses that are answered. Any other is told as 0.
const STATUSES: [u16; 16] = [
    0, 200, 201, 301, 308, 400, 404, 405, 408, 413, 415, 422, 429, 500, 501, 503,
];

/// The times of requests; a clone is of the same.
#[derive(Clone)]
pub struct HttpMetrics(std::sync::Arc<Inner>);

struct Inner {
    all: HistogramVec,
    /// Every route's template.
    templates: &'static [&'static str],
    /// By template, then by status.
    pairs: Vec<[OnceLock<Histogram>; STATUSES.len()]>,
}

impl HttpMetrics {
    /// Of the routes with these templates; requests of any other count as the first's.
    #[must_use]
    pub fn new(templates: &'static [&'static str]) -> Self {
        let all = seconds_by(
            "wallet_engine_http_request_seconds",
            "Duration of HTTP requests in seconds, by route and status.",
            &["route", "status"],
        );
        let pairs = templates
            .iter()
            .map(|_| std::array::from_fn(|_| OnceLock::new()));
        Self(std::sync::Arc::new(Inner {
            all,
            templates,
            pairs: pairs.collect(),
        }))
    }

    /// Everything, to be registered.
    #[must_use]
    pub fn collector(&self) -> Box<dyn Collector> {
        Box::new(self.0.all.clone())
    }

    /// Records the answer to a request of the route with that template.
    pub fn answered(&self, route: &str, status: StatusCode, took: Duration) {
        let Inner {
            all,
            templates,
            pairs,
        } = &*self.0;
        let known = STATUSES.iter().position(|known| *known == status.as_u16());
        let route = templates.iter().position(|known| *known == route);
        let (route, status) = (route.unwrap_or(0), known.unwrap_or(0));
        let pair = pairs[route][status].get_or_init(|| {
            let status = STATUSES[status].to_string();
            all.with_label_values(&[templates[route], &status])
        });
        pair.observe(took.as_secs_f64());
    }
}
