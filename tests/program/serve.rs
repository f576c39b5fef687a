//! `serve`: what it keeps through every way of ending, and what it writes down meanwhile.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use serde_json::Value;
use testkit::postgres;
use testkit::raw_http::Connection;

use super::{PATIENCE, Served, postgres_of, program};

#[actix_web::test]
async fn a_stop_and_a_start_lose_nothing() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet, "10.00").await;
    let postgres = postgres_of(data.path());
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    assert_eq!(
        kill(postgres, None),
        Err(Errno::ESRCH),
        "it stops with the engine"
    );

    let engine = Served::start(data.path());
    engine.deposit(&wallet, "0.50").await;
    engine.signal(Signal::SIGINT);
    assert!(engine.end().0.success());

    let engine = Served::start(data.path());
    assert_eq!(engine.balance(&wallet).await, "10.50");
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn killing_engine_and_database_loses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet, "1.00").await;
    engine.signal(Signal::SIGKILL);
    engine.end();

    let engine = Served::start(data.path());
    assert_eq!(
        engine.balance(&wallet).await,
        "1.00",
        "the engine was killed"
    );
    engine.deposit(&wallet, "1.00").await;
    kill(postgres_of(data.path()), Signal::SIGKILL).unwrap();
    engine.signal(Signal::SIGKILL);
    engine.end();

    let engine = Served::start(data.path());
    assert_eq!(engine.balance(&wallet).await, "2.00", "both were killed");
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn an_engine_whose_private_postgresql_dies_says_so_and_ends() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    kill(postgres_of(data.path()), Signal::SIGKILL).unwrap();

    let (status, log) = engine.end();

    assert_eq!(status.code(), Some(1));
    assert!(
        log.contains("the private PostgreSQL ended by itself"),
        "{log}"
    );
}

#[actix_web::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let address = engine.url.trim_start_matches("http://").parse().unwrap();
    let mut idle = Connection::open(address).await.unwrap();
    let request = b"GET /api/unknown/ HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_eq!(idle.ask(request).await.unwrap().status, 404);

    let begun = Instant::now();
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "less than the limit of a stop"
    );
}

#[actix_web::test]
async fn a_stop_ends_in_its_time_even_when_the_database_does_not_answer() {
    let data = tempfile::tempdir().unwrap();
    let mut command = super::program();
    command
        .env("WALLET_DATA_DIR", data.path())
        .env("WALLET_BIND", "127.0.0.1:0");
    command
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_SHUTDOWN_S", "2");
    let engine = Served::start_with(command);
    kill(postgres_of(data.path()), Signal::SIGSTOP).unwrap();

    let begun = Instant::now();
    engine.signal(Signal::SIGTERM);
    engine.end();

    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[actix_web::test]
async fn a_second_engine_on_the_same_data_is_refused_with_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());

    let mut second = super::program();
    second
        .env("WALLET_DATA_DIR", data.path())
        .env("WALLET_BIND", "127.0.0.1:0");
    let second = second.output().unwrap();

    assert_eq!(second.status.code(), Some(1));
    let log = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(log.contains("in use by another engine"), "{log}");
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn a_database_that_may_forget_what_was_answered_is_warned_of_once() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let address = format!("host={} user=wallet dbname=wallet", socket.display());
    for (options, warned) in [("", 0), (" options='-c synchronous_commit=off'", 1)] {
        let mut command = program();
        command
            .env("DATABASE_URL", format!("{address}{options}"))
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_LOG_FORMAT", "json");
        let engine = Served::start_with(command);
        engine.signal(Signal::SIGTERM);
        let (_, log) = engine.end();
        let warnings = log
            .lines()
            .filter(|line| line.contains(r#""level":"WARN""#));
        let warnings: Vec<_> = warnings.collect();
        assert_eq!(warnings.len(), warned, "{log}");
        assert!(
            warnings
                .iter()
                .all(|line| line.contains("synchronous_commit"))
        );
    }
    postgres.stop().await.unwrap();
}

#[actix_web::test]
async fn every_request_is_one_line_and_no_line_has_a_secret() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallet = engine.register("alice").await;
    let named = engine
        .http
        .get(format!("{}{wallet}", engine.url))
        .header("X-Request-Id", "mine-17");
    let answer = named.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "mine-17");
    engine.signal(Signal::SIGTERM);
    let (_, log) = engine.end();

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let requests: Vec<&Value> = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .collect();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0]["method"], "POST");
    assert_eq!(requests[0]["route"], "/api/register/");
    assert_eq!(requests[0]["status"], 201);
    assert_eq!(requests[1]["request.id"], "mine-17");
    assert!(
        requests[1]["duration_us"].as_u64().unwrap() < u64::try_from(PATIENCE.as_micros()).unwrap()
    );
    assert!(!log.contains("hush-hush"));
    assert!(!log.contains("alice"));
}
