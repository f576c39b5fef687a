//! Traces, as a collector receives them.

mod collector;
mod environment;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};

use super::{PATIENCE, Served, free_address, postgres_of, program};
use collector::{Collector, Span};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// An engine that sends its traces there.
fn traced(data: &Path, collector: SocketAddr, settings: &[(&str, &str)]) -> Served {
    let mut command = program();
    command.env("WALLET_DATA_DIR", data);
    command.env("WALLET_BIND", "127.0.0.1:0");
    command.env("WALLET_LOG_FORMAT", "json");
    command.env("WALLET_OTLP_ENDPOINT", format!("http://{collector}"));
    for (name, text) in settings {
        command.env(name, text);
    }
    Served::start_with(command)
}

/// A deposit that is part of that trace; gives its status.
async fn deposit(engine: &Served, wallet: &str, traceparent: Option<&str>, id: &str) -> u16 {
    let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let url = format!("{}{wallet}operation/", engine.url);
    let mut request = engine.http.post(url).json(&body);
    request = request.header("x-request-id", id);
    if let Some(traceparent) = traceparent {
        request = request.header("traceparent", traceparent);
    }
    request.send().await.unwrap().status().as_u16()
}

fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

/// The lines of the log with that message.
fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| line["message"] == message)
        .collect()
}

#[actix_web::test]
async fn a_caller_s_trace_goes_on_from_http_to_the_operation_to_the_commit_and_into_the_log() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(data.path(), collector.address, &[]);
    let wallet = engine.register("alice").await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let status = deposit(&engine, &wallet, Some(&traceparent), "of-the-test").await;
    assert_eq!(status, 200);

    let of_trace = |spans: &[Span]| -> Vec<Span> {
        let ours = spans.iter().filter(|span| span.trace == TRACE);
        ours.cloned().collect()
    };
    let spans = collector.until(|spans| of_trace(spans).len() == 3).await;
    let spans = of_trace(&spans);
    let [request] = named(&spans, "POST /api/wallets/{wallet}/operation/")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(request.parent, CALLER);
    assert_eq!(request.kind, SpanKind::Server);
    assert!(!request.failed);
    for (name, value) in [
        ("request.id", "of-the-test"),
        ("http.request.method", "POST"),
        ("http.route", "/api/wallets/{wallet}/operation/"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(request.attribute(name), value);
    }
    let [operation] = named(&spans, "operation")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(operation.parent, request.id);
    assert_eq!(operation.events, ["decided"]);
    assert_eq!(operation.attribute("operation.kind"), "DEPOSIT");
    assert!(wallet.contains(&operation.attribute("wallet.id")));
    let [commit] = named(&spans, "commit")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(commit.parent, operation.id);
    assert_eq!(commit.attribute("commit.operations"), "1");
    for span in &spans {
        assert_eq!(span.resource("service.name"), "wallet-engine");
        let version = span.resource("service.version");
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
    }

    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success());
    let requests = lines(&log, "request");
    let line = requests
        .iter()
        .find(|line| line["request.id"] == "of-the-test")
        .unwrap();
    assert_eq!(line["trace_id"], TRACE);
    assert_eq!(line["span_id"], request.id);
    collector.stop().await;
}

#[actix_web::test]
async fn a_transfer_is_one_operation_of_two_wallets_in_its_caller_s_trace() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(data.path(), collector.address, &[]);
    let (alice, bob) = (engine.register("alice").await, engine.register("bob").await);
    assert_eq!(deposit(&engine, &alice, None, "before").await, 200);
    let body = json!({"to": bob.split('/').nth(3), "amount": "1.00"});
    let url = format!("{}{alice}transfers/", engine.url);
    let request = engine.http.post(url).json(&body);
    let request = request.header("traceparent", format!("00-{TRACE}-{CALLER}-01"));
    assert_eq!(request.send().await.unwrap().status(), 201);

    let is_ours = |span: &&Span| span.trace == TRACE;
    let spans = collector
        .until(|spans| spans.iter().filter(is_ours).count() == 3)
        .await;
    let spans: Vec<_> = spans.into_iter().filter(|span| is_ours(&span)).collect();
    let [operation] = named(&spans, "operation")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(operation.events, ["decided"]);
    assert_eq!(operation.attribute("operation.kind"), "TRANSFER_OUT");
    assert_eq!(operation.attribute("operation.wallets"), "2");
    assert!(alice.contains(&operation.attribute("wallet.id")));
    let [commit] = named(&spans, "commit")[..] else {
        panic!("{spans:?}")
    };
    assert_eq!(commit.parent, operation.id);
    assert_eq!(commit.attribute("commit.wallets"), "2");
    collector.stop().await;
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn a_commit_for_several_is_part_of_one_s_trace_and_linked_with_the_others_both_ways() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(data.path(), collector.address, &[]);
    let wallet = engine.register("alice").await;
    let mut asked = 0;
    loop {
        let deposits = (0..50).map(|_| deposit(&engine, &wallet, None, "one-of-many"));
        assert!(join_all(deposits).await.iter().all(|status| *status == 200));
        asked += 50;
        let spans = collector.until(|spans| named(spans, "operation").len() == asked);
        let spans = spans.await;
        if named(&spans, "commit")
            .iter()
            .any(|commit| !commit.links.is_empty())
        {
            break;
        }
    }
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());

    let spans = collector.spans();
    let by_id: HashMap<_, _> = spans.iter().map(|span| (&span.id, span)).collect();
    let mut committed = 0;
    for commit in named(&spans, "commit") {
        let first = by_id[&commit.parent];
        assert_eq!(
            (first.name.as_str(), &first.trace),
            ("operation", &commit.trace)
        );
        committed += 1 + commit.links.len();
        let operations = committed_by(commit);
        assert_eq!(operations, 1 + commit.links.len());
        for (other, trace) in commit.links.iter().zip(&commit.linked_traces) {
            let other = by_id[other];
            assert_eq!((other.name.as_str(), &other.trace), ("operation", trace));
            assert_ne!(other.trace, commit.trace, "a request of its own");
            assert_eq!(other.links, std::slice::from_ref(&commit.id));
        }
    }
    assert_eq!(committed, asked);
    collector.stop().await;
}

fn committed_by(commit: &Span) -> usize {
    commit.attribute("commit.operations").parse().unwrap()
}

#[actix_web::test]
async fn what_fails_for_want_of_the_database_is_an_error_in_every_span() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(data.path(), collector.address, &[("WALLET_WAIT_S", "1")]);
    let wallet = engine.register("alice").await;
    assert_eq!(deposit(&engine, &wallet, None, "before").await, 200);
    let postgres = processes_of_postgres(data.path());
    signal_all(&postgres, Signal::SIGSTOP);
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let status = deposit(&engine, &wallet, Some(&traceparent), "meanwhile").await;
    signal_all(&postgres, Signal::SIGCONT);
    assert_eq!(status, 500);

    let ours = |spans: &[Span]| spans.iter().filter(|span| span.trace == TRACE).count();
    let spans = collector.until(|spans| ours(spans) == 3).await;
    let spans: Vec<_> = spans.iter().filter(|span| span.trace == TRACE).collect();
    let of = |name: &str| {
        spans
            .iter()
            .find(|span| span.name.starts_with(name))
            .unwrap()
    };
    assert!(of("POST ").failed);
    assert_eq!(of("POST ").attribute("http.response.status_code"), "500");
    assert!(of("commit").failed);

    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    let told = "outcome of a group commit unknown; settling it";
    assert_eq!(lines(&log, told)[0]["trace_id"], TRACE);
    assert_eq!(lines(&log, told)[0]["span_id"], of("commit").id);
    assert_eq!(lines(&log, "request failed")[0]["trace_id"], TRACE);
    collector.stop().await;
}

/// The server and its children.
fn processes_of_postgres(data: &Path) -> Vec<Pid> {
    let server = postgres_of(data);
    let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"));
    let children = children.unwrap();
    let children = children.split_whitespace();
    let children = children.map(|pid| Pid::from_raw(pid.parse().unwrap()));
    std::iter::once(server).chain(children).collect()
}

fn signal_all(processes: &[Pid], signal: Signal) {
    for process in processes {
        kill(*process, signal).unwrap();
    }
}

#[actix_web::test]
async fn the_last_spans_are_sent_at_a_stop() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(data.path(), collector.address, &[]);
    let wallet = engine.register("alice").await;
    assert_eq!(deposit(&engine, &wallet, None, "the-last").await, 200);
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    let spans = collector.spans();
    let last = spans
        .iter()
        .find(|span| span.attribute("request.id") == "the-last");
    let trace = &last.unwrap().trace;
    assert_eq!(spans.iter().filter(|span| &span.trace == trace).count(), 3);
    collector.stop().await;
}

#[actix_web::test]
async fn the_caller_decides_what_is_traced_and_the_ratio_where_it_does_not() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let engine = traced(
        data.path(),
        collector.address,
        &[("WALLET_TRACE_RATIO", "0")],
    );
    let wallet = engine.register("alice").await;
    for (traceparent, id) in [
        (None, "of-nobody"),
        (Some(format!("00-{TRACE}-{CALLER}-00")), "not-traced"),
        (Some(format!("00-{TRACE}-{CALLER}-01")), "traced"),
        (Some("not a trace".to_owned()), "nonsense"),
    ] {
        assert_eq!(
            deposit(&engine, &wallet, traceparent.as_deref(), id).await,
            200
        );
    }
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    let spans = collector.spans();
    assert_eq!(spans.len(), 3);
    assert!(
        spans
            .iter()
            .any(|span| span.attribute("request.id") == "traced")
    );
    let requests = lines(&log, "request");
    let untraced = requests
        .iter()
        .find(|line| line["request.id"] == "not-traced");
    assert_eq!(
        untraced.unwrap()["trace_id"],
        TRACE,
        "the log can be searched all the same"
    );
    collector.stop().await;
}

#[actix_web::test]
async fn nothing_is_sent_or_traced_until_a_collector_is_set() {
    let data = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let other = format!("http://{}", collector.address);
    // What libraries look at is no setting of ours.
    let settings = [
        ("WALLET_OTLP_ENDPOINT", ""),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", other.as_str()),
    ];
    let engine = traced(data.path(), collector.address, &settings);
    let wallet = engine.register("alice").await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    assert_eq!(
        deposit(&engine, &wallet, Some(&traceparent), "x").await,
        200
    );
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();
    assert!(collector.spans().is_empty());
    assert!(!log.contains("trace_id"), "{log}");
    collector.stop().await;
}

#[actix_web::test]
async fn spans_that_the_collector_does_not_take_are_counted() {
    let data = tempfile::tempdir().unwrap();
    let metrics = free_address();
    let bind = metrics.to_string();
    let settings = [("WALLET_METRICS_BIND", bind.as_str())];
    let engine = traced(data.path(), free_address(), &settings);
    engine.register("alice").await;
    let lost = async {
        loop {
            let url = format!("http://{metrics}/metrics");
            let told = engine.http.get(url).send().await.unwrap();
            let told = told.text().await.unwrap();
            if told.contains(r#"wallet_engine_spans_total{outcome="not_taken"} 1"#) {
                break;
            }
        }
    };
    let lost = tokio::time::timeout(PATIENCE, lost).await;
    lost.expect("the span is counted");
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn a_collector_that_is_away_or_silent_costs_traces_and_no_request() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    for (collector, told) in [
        (
            free_address(),
            "exporting traces failed; spans are dropped until it succeeds",
        ),
        (silent.local_addr().unwrap(), "the last spans may be lost"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let engine = traced(data.path(), collector, &[]);
        let wallet = engine.register("alice").await;
        let deposits = (0..50).map(|_| deposit(&engine, &wallet, None, "x"));
        assert!(join_all(deposits).await.iter().all(|status| *status == 200));
        assert_eq!(engine.balance(&wallet).await, "50.00");
        engine.signal(Signal::SIGTERM);
        let (status, log) = engine.end();
        assert!(status.success(), "{log}");
        assert!(!lines(&log, told).is_empty(), "{log}");
    }
}
