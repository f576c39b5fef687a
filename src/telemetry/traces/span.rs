//! Spans, and the tracer that begins them.

use std::future::Future;
use std::sync::OnceLock;

use opentelemetry::context::FutureExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceContextExt, TraceId, Tracer};
use opentelemetry::{Context, ContextGuard, KeyValue, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracer;

/// Set once there is a collector.
pub(super) static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// A span, or nothing, if nothing is traced. A clone is the same span. It ends by [`Span::end`], at the latest with its last
/// clone.
#[derive(Clone, Debug, Default)]
pub struct Span(Option<Context>);

/// The trace context of a request's headers.
#[derive(Clone, Copy, Default)]
pub struct Caller<'a> {
    pub traceparent: Option<&'a str>,
    pub tracestate: Option<&'a str>,
}

impl Span {
    /// That of a request.
    pub fn of_request<'a>(caller: impl FnOnce() -> Caller<'a>) -> Self {
        let Some(tracer) = TRACER.get() else {
            return Self(None);
        };
        // Of a caller that is wrong or absent nothing is taken, and a trace begins.
        let caller = TraceContextPropagator::new().extract_with_context(&Context::new(), &caller());
        Self::begin(tracer, "request", SpanKind::Server, &caller)
    }

    /// A part of what is done now.
    pub fn within_current(name: &'static str) -> Self {
        match TRACER.get() {
            None => Self(None),
            Some(tracer) => Self::begin(tracer, name, SpanKind::Internal, &Context::current()),
        }
    }

    /// A thing that is done once for several others: a part of the first, linked with the rest.
    pub fn of_several<'a>(name: &'static str, several: impl IntoIterator<Item = &'a Self>) -> Self {
        let Some(tracer) = TRACER.get() else {
            return Self(None);
        };
        let mut several = several.into_iter().filter_map(Self::recorded);
        let Some(first) = several.next() else {
            return Self(None);
        };
        let span = Self::begin(tracer, name, SpanKind::Internal, first);
        if let Some(this) = &span.0 {
            for other in several {
                link(this, other);
                link(other, this);
            }
        }
        span
    }

    /// That of what is done now.
    pub fn current() -> Self {
        Self(TRACER.get().map(|_| Context::current()))
    }

    fn begin(tracer: &SdkTracer, name: &'static str, kind: SpanKind, parent: &Context) -> Self {
        let span = tracer.span_builder(name).with_kind(kind);
        let span = tracer.build_with_context(span, parent);
        Self(Some(parent.with_span(span)))
    }

    /// Whether its attributes will be exported; checked before costly ones are made.
    pub fn is_recorded(&self) -> bool {
        self.recorded().is_some()
    }

    pub fn rename(&self, name: String) {
        if let Some(context) = &self.0 {
            context.span().update_name(name);
        }
    }

    pub fn set(&self, name: &'static str, value: impl Into<Value>) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(name, value));
        }
    }

    /// Notes that this happened now.
    pub fn event(&self, name: &'static str) {
        if let Some(context) = &self.0 {
            context.span().add_event(name, Vec::new());
        }
    }

    /// What it is of did not succeed, by a fault that is not the client's.
    pub fn fail(&self, error: &impl ToString) {
        if let Some(context) = self.recorded() {
            context.span().set_status(Status::error(error.to_string()));
        }
    }

    pub fn end(&self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }

    /// Does it as what this span is of.
    pub async fn around<F: Future>(&self, work: F) -> F::Output {
        match &self.0 {
            None => work.await,
            Some(context) => work.with_context(context.clone()).await,
        }
    }

    /// What is done until the guard is dropped is what this span is of.
    #[must_use]
    pub fn enter(&self) -> Option<ContextGuard> {
        self.0.clone().map(Context::attach)
    }

    fn recorded(&self) -> Option<&Context> {
        self.0
            .as_ref()
            .filter(|context| context.span().is_recording())
    }
}

/// Points from one span to another.
fn link(from: &Context, to: &Context) {
    let to = to.span().span_context().clone();
    from.span().add_link(to, Vec::new());
}

/// The trace and the span of what is done now.
pub fn current_ids() -> Option<(TraceId, SpanId)> {
    TRACER.get()?;
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| (ids.trace_id(), ids.span_id()))
    })
}

impl Extractor for Caller<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        match name {
            "traceparent" => self.traceparent,
            "tracestate" => self.tracestate,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}
