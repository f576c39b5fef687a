//! How a start ends: with lines that say where everything is.

use std::net::TcpListener;
use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::{Served, program};

/// An engine with these settings.
fn served(data: &Path, settings: &[(&str, &str)]) -> Served {
    let mut command = program();
    command.env_remove("WALLET_METRICS_BIND");
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json")
        .envs(settings.iter().copied());
    Served::start_with(command)
}

/// Stops it; gives the lines that its start ended with.
fn startup_lines(engine: Served) -> Vec<Value> {
    let base = engine.url.clone();
    engine.signal(Signal::SIGTERM);
    let (status, log) = engine.end();
    assert!(status.success(), "{log}");
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = lines.skip_while(|line: &Value| line["message"] != "serving");
    let lines: Vec<Value> = lines.take(4).collect();
    assert_eq!(lines.len(), 4, "{log}");
    assert_eq!(lines[1]["api"], base.as_str());
    assert_eq!(lines[1]["docs"], format!("{base}/api/docs/"));
    assert_eq!(lines[2]["panel"], format!("{base}/admin/"));
    lines
}

#[actix_web::test]
async fn a_start_ends_with_the_addresses_of_all_that_it_serves() {
    let data = tempfile::tempdir().unwrap();
    let engine = served(data.path(), &[("WALLET_METRICS_BIND", "127.0.0.1:0")]);
    for path in ["/api/docs/", "/admin/"] {
        let url = format!("{}{path}", engine.url);
        let answer = engine.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let lines = startup_lines(engine);
    assert_eq!(lines[3]["level"], "INFO");
    assert_eq!(lines[3]["message"], "serving metrics");
    let metrics = lines[3]["metrics"].as_str().unwrap();
    assert!(metrics.starts_with("http://127.0.0.1:") && metrics.ends_with("/metrics"));
    assert!(!metrics.contains(":0/"), "{metrics}");

    let engine = served(data.path(), &[("WALLET_METRICS_BIND", "off")]);
    let lines = startup_lines(engine);
    assert_eq!(lines[3]["level"], "INFO");
    let off = "serving no metrics: WALLET_METRICS_BIND is off";
    assert_eq!(lines[3]["message"], off);
}

#[actix_web::test]
async fn metrics_whose_usual_port_is_taken_are_served_on_another_and_the_last_line_says_so() {
    // Unless another program has it already.
    let _taken = TcpListener::bind("127.0.0.1:9464");
    let data = tempfile::tempdir().unwrap();
    let lines = startup_lines(served(data.path(), &[]));
    assert_eq!(lines[3]["level"], "WARN");
    let message = lines[3]["message"].as_str().unwrap();
    let taken = "serving metrics on another port: 127.0.0.1:9464 is another program's";
    assert!(message.starts_with(taken), "{message}");
    assert!(message.contains("WALLET_METRICS_BIND"), "{message}");
    let metrics = lines[3]["metrics"].as_str().unwrap();
    let port = metrics.trim_start_matches("http://127.0.0.1:");
    let port: u16 = port.trim_end_matches("/metrics").parse().unwrap();
    assert_ne!(port, 9464);
}

#[actix_web::test]
async fn an_engine_on_every_address_is_shown_on_loopback() {
    let data = tempfile::tempdir().unwrap();
    let settings = [
        ("WALLET_BIND", "0.0.0.0:0"),
        ("WALLET_METRICS_BIND", "off"),
        ("WALLET_AUTH", "off"),
    ];
    let mut engine = served(data.path(), &settings);
    engine.url = engine.url.replace("0.0.0.0", "127.0.0.1");
    startup_lines(engine);
}

#[actix_web::test]
async fn the_log_says_who_may_use_the_api_and_warns_where_that_is_whoever_reaches_it() {
    let data = tempfile::tempdir().unwrap();
    for (bind, auth, level, said) in [
        ("127.0.0.1:0", None, "INFO", "WALLET_AUTH is off"),
        ("127.0.0.1:0", Some("on"), "INFO", "WALLET_AUTH is on"),
        ("0.0.0.0:0", Some("on"), "INFO", "WALLET_AUTH is on"),
        ("0.0.0.0:0", Some("off"), "WARN", "WALLET_AUTH is off"),
    ] {
        let mut settings = vec![("WALLET_BIND", bind), ("WALLET_METRICS_BIND", "off")];
        settings.extend(auth.map(|auth| ("WALLET_AUTH", auth)));
        let engine = served(data.path(), &settings);
        engine.signal(Signal::SIGTERM);
        let (status, log) = engine.end();
        assert!(status.success(), "{log}");
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        let of_auth = |line: &Value| line["message"].as_str().unwrap().starts_with("WALLET_AUTH");
        let lines: Vec<Value> = lines.filter(of_auth).collect();
        let [line] = &lines[..] else {
            panic!("{bind} {auth:?}: {log}");
        };
        assert_eq!(line["level"], level, "{line}");
        assert!(
            line["message"].as_str().unwrap().starts_with(said),
            "{line}"
        );
    }
}
