//! What OpenTelemetry's own environment variables mean to an engine.

use std::net::TcpListener;
use std::path::Path;

use nix::sys::signal::Signal;

use super::collector::{Collector, Span};
use super::{CALLER, TRACE, deposit, lines, traced};

/// Serves with these variables for a deposit that its caller traces, one that it does not, and one whose caller does not
/// say; gives the spans of requests by those names, and the log.
async fn spans_of(data: &Path, variables: &[(&str, &str)]) -> (Vec<Span>, String) {
    let collector = Collector::start();
    let engine = traced(data, collector.address, variables);
    let wallet = engine.register(&format!("user-{}", engine.pid())).await;
    for (id, flags) in [("traced", "01"), ("untraced", "00")] {
        let traceparent = format!("00-{TRACE}-{CALLER}-{flags}");
        assert_eq!(deposit(&engine, &wallet, Some(&traceparent), id).await, 200);
    }
    assert_eq!(deposit(&engine, &wallet, None, "silent").await, 200);
    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success(), "{log}");
    let mut spans = collector.spans();
    collector.stop().await;
    spans.retain(|span| !span.attribute("request.id").is_empty());
    (spans, log)
}

/// Of the three deposits, those that were traced.
fn traced_of(spans: &[Span]) -> Vec<String> {
    let ids = spans.iter().map(|span| span.attribute("request.id"));
    ids.filter(|id| ["traced", "untraced", "silent"].contains(&id.as_str()))
        .collect()
}

#[actix_web::test]
async fn who_sends_is_what_the_environment_says_and_its_service_name_is_the_service_s_own_variable()
{
    let data = tempfile::tempdir().unwrap();
    let list = "service.name=of-the-list,service.version=7,team=%D0%BA%D0%B0%D1%81%D1%81%D0%B0,\
                a%2Cb=c%3Dd,telemetry.sdk.language=cobol";
    for (name, list, service, version, team, warned) in [
        ("till-1", list, "till-1", "7", "касса", false),
        ("", list, "of-the-list", "7", "касса", false),
        ("till-1", "", "till-1", env!("CARGO_PKG_VERSION"), "", false),
        // An escape that is none: nothing of the list counts.
        (
            "",
            "service.name=x,team=%zz",
            "wallet-engine",
            env!("CARGO_PKG_VERSION"),
            "",
            true,
        ),
    ] {
        let variables = [
            ("OTEL_SERVICE_NAME", name),
            ("OTEL_RESOURCE_ATTRIBUTES", list),
        ];
        let (spans, log) = spans_of(data.path(), &variables).await;
        assert!(!spans.is_empty());
        for span in &spans {
            assert_eq!(span.resource("service.name"), service, "{name}; {list}");
            assert_eq!(span.resource("service.version"), version, "{name}; {list}");
            assert_eq!(span.resource("team"), team, "{name}; {list}");
            let escaped = if team.is_empty() { "" } else { "c=d" };
            assert_eq!(span.resource("a,b"), escaped, "{name}; {list}");
            assert_eq!(span.resource("telemetry.sdk.language"), "rust");
        }
        let warning = "OTEL_RESOURCE_ATTRIBUTES is no list of key=value";
        assert_eq!(log.contains(warning), warned, "{log}");
    }
}

#[actix_web::test]
async fn what_turns_traces_off_leaves_no_trace_of_them() {
    let data = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("OTEL_SDK_DISABLED", "TRUE"),
        ("OTEL_TRACES_EXPORTER", "none"),
    ] {
        let (spans, log) = spans_of(data.path(), &[(name, text)]).await;
        assert_eq!(spans.len(), 0, "{name}");
        assert!(!log.contains("trace_id"), "{log}");
        let off = format!("exporting no traces: {name} turns them off");
        assert_eq!(lines(&log, &off).len(), 1, "{log}");
    }
}

#[actix_web::test]
async fn the_sampler_decides_what_is_traced_as_the_specification_says() {
    let data = tempfile::tempdir().unwrap();
    for (variables, traced, warning) in [
        (
            &[("OTEL_TRACES_SAMPLER", "always_on")][..],
            &["traced", "untraced", "silent"][..],
            "",
        ),
        (&[("OTEL_TRACES_SAMPLER", "always_off")], &[], ""),
        (
            &[
                ("OTEL_TRACES_SAMPLER", "traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", "0"),
            ],
            &[],
            "",
        ),
        (
            &[("OTEL_TRACES_SAMPLER", "parentbased_always_off")],
            &["traced"],
            "",
        ),
        (
            &[
                ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
                ("OTEL_TRACES_SAMPLER_ARG", "one"),
            ],
            &["traced", "silent"],
            "OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1",
        ),
        (
            &[("OTEL_TRACES_SAMPLER", "xray")],
            &["traced", "silent"],
            "OTEL_TRACES_SAMPLER is no sampler of this program's",
        ),
        (
            &[
                ("OTEL_TRACES_SAMPLER", "always_on"),
                ("WALLET_TRACE_RATIO", "0"),
            ],
            &["traced"],
            "WALLET_TRACE_RATIO is set: OTEL_TRACES_SAMPLER does not count",
        ),
    ] {
        let (spans, log) = spans_of(data.path(), variables).await;
        assert_eq!(traced_of(&spans), traced, "{variables:?}");
        let warned = log
            .lines()
            .any(|line| line.contains("\"WARN\"") && line.contains("OTEL_TRACES_SAMPLER"));
        assert_eq!(warned, !warning.is_empty(), "{log}");
        assert!(log.contains(warning), "{log}");
    }
}

#[actix_web::test]
async fn headers_reach_the_collector_decoded_and_an_empty_variable_hides_no_other() {
    let data = tempfile::tempdir().unwrap();
    let all = (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "authorization=Basic%20hush,x-tenant=till",
    );
    let (spans, log) = spans_of(
        data.path(),
        &[all, ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "")],
    )
    .await;
    assert!(!spans.is_empty());
    for span in &spans {
        assert_eq!(span.header("authorization"), "Basic hush");
        assert_eq!(span.header("x-tenant"), "till");
    }
    assert!(!log.contains("hush"), "{log}");

    let of_traces = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=other,hush");
    let (spans, log) = spans_of(data.path(), &[all, of_traces]).await;
    assert!(!spans.is_empty());
    for span in &spans {
        assert_eq!(span.header("authorization"), "");
        assert_eq!(span.header("x-tenant"), "other");
    }
    assert!(
        log.contains("OTEL_EXPORTER_OTLP_TRACES_HEADERS has 1 entries"),
        "{log}"
    );
    assert!(!log.contains("hush"), "{log}");
}

#[actix_web::test]
async fn a_silent_collector_is_waited_for_as_long_as_the_environment_says() {
    let data = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let timeout = [("OTEL_EXPORTER_OTLP_TIMEOUT", "50")];
    let engine = traced(data.path(), silent.local_addr().unwrap(), &timeout);
    engine.register("alice").await;
    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success(), "{log}");
    let away = "exporting traces failed; spans are dropped until it succeeds";
    assert_eq!(lines(&log, away).len(), 1, "{log}");
    assert_eq!(lines(&log, "the last spans may be lost").len(), 0, "{log}");
}
