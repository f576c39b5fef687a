//! The export of spans: ended spans are queued, up to [`WAITING_MAX`], for a thread that sends them in batches.
//!
//! No request waits for the collector. While it is unavailable or slow, spans are dropped and counted: those that find the queue
//! full, and those of a batch that the export failed for. The log reports when that begins and ends. At a stop the queue is
//! exported, within a limit.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, Span, SpanData,
    SpanExporter, SpanProcessor,
};
use prometheus::core::Collector;
use reqwest::redirect::Policy;
use tokio::time::Instant;
use tracing::{info, warn};

use super::span::TRACER;
use crate::config::{Sampling, TracesConfig};
use crate::telemetry::error_text::chain;
use crate::telemetry::metrics::{counters, metrics};

/// Spans that ended and were not sent, the batch that is being sent among them; some megabytes.
const WAITING_MAX: usize = 16_384;
/// Spans that are sent at once, at most.
const BATCH_MAX: usize = 1_024;
/// How long a span waits for others before it is sent.
const DELAY: Duration = Duration::from_secs(1);
/// The limit of the last export at a stop.
const STOP_MAX: Duration = Duration::from_secs(3);
/// Operations that a group commit is linked with; those beyond are only counted, by the collector's rules.
const LINKS_MAX: u32 = 1_024;

/// Set once there is a collector.
static EXPORT: OnceLock<Export> = OnceLock::new();

struct Export {
    provider: SdkTracerProvider,
    counts: Arc<Counts>,
}

#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    #[error("could not make the HTTP client for WALLET_OTLP_ENDPOINT")]
    Client(#[source] reqwest::Error),
    #[error("could not make the exporter for WALLET_OTLP_ENDPOINT")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    #[error("the thread that makes the HTTP client for WALLET_OTLP_ENDPOINT died")]
    Died,
}

/// Starts tracing, if there is a collector. Only the first start of a process has an effect.
///
/// # Errors
/// [`TracesError`]. An unavailable collector is none.
pub fn start(config: &TracesConfig) -> Result<(), TracesError> {
    for warning in &config.warnings {
        warn!("{warning}");
    }
    let Some(endpoint) = &config.endpoint else {
        return Ok(());
    };
    if let Some(variable) = config.turned_off_by {
        info!(endpoint, "exporting no traces: {variable} turns them off");
        return Ok(());
    }
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(client(config.timeout)?)
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(config.timeout)
        .with_headers(config.headers.0.iter().cloned().collect())
        .with_endpoint(endpoint)
        .build()
        .map_err(TracesError::Exporter)?;
    let counts = Arc::new(Counts::new());
    let provider = provider(exporter, config, &counts);
    let tracer = provider.tracer("wallet-engine");
    if EXPORT.set(Export { provider, counts }).is_ok() {
        let _ = TRACER.set(tracer);
        let Sampling {
            ratio,
            follows_caller,
        } = config.sampling;
        info!(endpoint, ratio, follows_caller, "exporting traces");
    }
    Ok(())
}

fn provider<E>(exporter: E, config: &TracesConfig, counts: &Arc<Counts>) -> SdkTracerProvider
where
    E: SpanExporter + 'static,
{
    let exporter = Counted {
        inner: exporter,
        counts: Arc::clone(counts),
        failing: AtomicBool::new(false),
    };
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING_MAX)
        .with_max_export_batch_size(BATCH_MAX)
        .with_scheduled_delay(DELAY)
        .build();
    let processor = Bounded {
        inner: BatchSpanProcessor::builder(exporter)
            .with_batch_config(batches)
            .build(),
        counts: Arc::clone(counts),
    };
    let sampler = Sampler::TraceIdRatioBased(config.sampling.ratio);
    let sampler = if config.sampling.follows_caller {
        Sampler::ParentBased(Box::new(sampler))
    } else {
        sampler
    };
    SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(sampler)
        .with_max_links_per_span(LINKS_MAX)
        .with_resource(resource(&config.resource))
        .build()
}

/// Exports what is queued, and ends.
pub async fn stop(deadline: Instant) {
    let Some(Export { provider, .. }) = EXPORT.get() else {
        return;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    let stopped =
        tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(left.min(STOP_MAX)));
    if let Ok(Err(error)) = stopped.await {
        warn!(error = %chain(&error), "the last spans may be lost");
    }
}

/// The metrics, to be registered.
#[must_use]
pub fn collectors() -> Vec<Box<dyn Collector>> {
    let metrics = EXPORT
        .get()
        .map(|export| export.counts.metrics.collectors());
    metrics.unwrap_or_default()
}

/// Builds a client without redirects and proxies, on a thread of its own: reqwest's blocking client must not be built in a
/// runtime.
fn client(timeout: Duration) -> Result<reqwest::blocking::Client, TracesError> {
    let made = thread::spawn(move || {
        reqwest::blocking::Client::builder()
            .timeout(timeout)
            .redirect(Policy::none())
            .no_proxy()
            .build()
    });
    let made = made.join().map_err(|_| TracesError::Died)?;
    made.map_err(TracesError::Client)
}

/// The resource: attributes of the environment, such as the instance's name, override the defaults here.
fn resource(environment: &[(String, String)]) -> Resource {
    let environment = environment.iter();
    let environment = environment.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", "wallet-engine"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attributes(environment)
        .with_detector(Box::new(TelemetryResourceDetector))
        .build()
}

metrics! {
    #[derive(Debug)]
    struct ExportMetrics {
        spans: Spans { sent, not_taken, dropped }
            = counters("wallet_engine_spans_total", "Ended spans by outcome of their export.", "outcome");
    }
}

#[derive(Debug)]
struct Counts {
    waiting: AtomicUsize,
    metrics: ExportMetrics,
}

impl Counts {
    fn new() -> Self {
        Self {
            waiting: AtomicUsize::new(0),
            metrics: ExportMetrics::new(),
        }
    }
}

/// Drops and counts spans that find the queue full. The processor inside would drop them as well, but does not report the count.
#[derive(Debug)]
struct Bounded {
    inner: BatchSpanProcessor,
    counts: Arc<Counts>,
}

impl SpanProcessor for Bounded {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        let Counts { waiting, metrics } = &*self.counts;
        if waiting.fetch_add(1, Ordering::Relaxed) < WAITING_MAX {
            self.inner.on_end(span);
        } else {
            waiting.fetch_sub(1, Ordering::Relaxed);
            metrics.spans.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(limit)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts exported spans, and logs when the export begins to fail and to succeed again.
#[derive(Debug)]
struct Counted<E> {
    inner: E,
    counts: Arc<Counts>,
    /// The last export failed, which is logged.
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.inner.export(batch).await;
        let counts = &self.counts;
        counts.waiting.fetch_sub(spans, Ordering::Relaxed);
        let outcomes = &counts.metrics.spans;
        let counter = if sent.is_ok() {
            &outcomes.sent
        } else {
            &outcomes.not_taken
        };
        counter.inc_by(spans as u64);
        let was_failing = self.failing.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) if !was_failing => {
                warn!(error = %chain(error), "exporting traces failed; spans are dropped until it succeeds");
            }
            Ok(()) if was_failing => info!("exporting traces succeeds again"),
            _ => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(limit)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use opentelemetry::trace::Tracer;

    use super::*;
    use crate::config::{Config, Source};

    /// Takes a batch each time that the test lets it.
    #[derive(Debug)]
    struct Slow(Mutex<Receiver<()>>);

    impl SpanExporter for Slow {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            let _ = self.0.lock().unwrap().recv();
            Ok(())
        }
    }

    #[test]
    fn spans_beyond_the_queue_are_dropped_and_counted_without_waiting() {
        let (go_on, waits) = channel();
        let counts = Arc::new(Counts::new());
        let config = Config::read(&Source::default()).unwrap().traces;
        let provider = provider(Slow(Mutex::new(waits)), &config, &counts);
        let tracer = provider.tracer("test");
        for _ in 0..WAITING_MAX + 10 {
            drop(tracer.start("span"));
        }
        assert_eq!(counts.metrics.spans.dropped.get(), 10);

        drop(go_on);
        provider.shutdown().unwrap();
        assert_eq!(counts.metrics.spans.sent.get(), WAITING_MAX as u64);
        assert_eq!(counts.waiting.load(Ordering::Relaxed), 0);
        assert_eq!(counts.metrics.spans.dropped.get(), 10);
    }
}
