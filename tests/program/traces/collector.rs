//! A collector of the test's own: takes spans in OTLP, and lets a test wait for them.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::http::header::HeaderMap;
use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::PATIENCE;

/// A span as it was received.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    pub kind: SpanKind,
    pub failed: bool,
    /// Spans that it is linked with.
    pub links: Vec<String>,
    /// Traces of those.
    pub linked_traces: Vec<String>,
    pub events: Vec<String>,
    attributes: Vec<KeyValue>,
    resource: Vec<KeyValue>,
    /// Of the request that brought it.
    headers: HeaderMap,
}

impl Span {
    /// An attribute as text; empty if there is none.
    pub fn attribute(&self, name: &str) -> String {
        text(&self.attributes, name)
    }

    /// An attribute of who sent it.
    pub fn resource(&self, name: &str) -> String {
        text(&self.resource, name)
    }

    /// A header of the request that brought it; empty if there was none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

pub struct Collector {
    pub address: SocketAddr,
    spans: watch::Sender<Vec<Span>>,
    handle: ServerHandle,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (spans, _) = watch::channel(Vec::new());
        let data = web::Data::new(spans.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(64 << 20))
                .route("/v1/traces", web::post().to(take))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            address,
            spans,
            handle,
        }
    }

    /// Everything so far.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.borrow().clone()
    }

    /// Waits until what came is enough.
    pub async fn until(&self, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        let mut spans = self.spans.subscribe();
        let came = timeout(PATIENCE, spans.wait_for(|spans| enough(spans))).await;
        came.expect("the spans come").unwrap().clone()
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

async fn take(
    body: web::Bytes,
    request: actix_web::HttpRequest,
    spans: web::Data<watch::Sender<Vec<Span>>>,
) -> HttpResponse {
    assert_eq!(
        request.headers().get("content-type").unwrap(),
        "application/x-protobuf"
    );
    let sent = ExportTraceServiceRequest::decode(body).unwrap();
    spans.send_modify(|spans| {
        for of_resource in sent.resource_spans {
            let resource = of_resource.resource.unwrap_or_default().attributes;
            for of_scope in of_resource.scope_spans {
                spans.extend(of_scope.spans.into_iter().map(|span| Span {
                    trace: hex(&span.trace_id),
                    id: hex(&span.span_id),
                    parent: hex(&span.parent_span_id),
                    kind: span.kind(),
                    failed: span.status.unwrap_or_default().code() == StatusCode::Error,
                    links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
                    linked_traces: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
                    events: span.events.into_iter().map(|event| event.name).collect(),
                    name: span.name,
                    attributes: span.attributes,
                    resource: resource.clone(),
                    headers: request.headers().clone(),
                }));
            }
        }
    });
    HttpResponse::Ok()
        .content_type("application/x-protobuf")
        .body(ExportTraceServiceResponse::default().encode_to_vec())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn text(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == name);
    match found.and_then(|found| found.value.as_ref()) {
        Some(AnyValue { value: Some(value) }) => match value {
            Value::StringValue(text) => text.clone(),
            Value::IntValue(number) => number.to_string(),
            Value::BoolValue(truth) => truth.to_string(),
            other => format!("{other:?}"),
        },
        _ => String::new(),
    }
}
