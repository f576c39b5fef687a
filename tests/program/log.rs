//! Standard error that cannot be written, or that nothing reads: no request, no commit and no stop depends on it.

use std::fs::{File, OpenOptions};
use std::io::{Read, pipe};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use nix::sys::signal::Signal;
use serde_json::Value;
use testkit::raw_http::{Then, talk};
use tokio_postgres::NoTls;
use wallet_engine::config::{Config, Source};
use wallet_engine::telemetry;

use super::{PATIENCE, Running, Served, free_address, program};

/// Well below `WALLET_SHUTDOWN_S`.
const STOP_MAX: Duration = Duration::from_secs(20);
/// More lines than a pipe and the engine's queue hold.
const REQUESTS: usize = 20_000;

/// An engine whose log goes there, once it is ready, and the address of its metrics.
async fn served(data: &Path, log: Stdio, settings: &[(&str, &str)]) -> (Served, SocketAddr) {
    let (address, metrics) = (free_address(), free_address());
    let mut command = program();
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", address.to_string())
        .env("WALLET_METRICS_BIND", metrics.to_string())
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stderr(log);
    let engine = Served {
        child: Running(command.spawn().unwrap()),
        log: std::thread::spawn(String::new),
        url: format!("http://{address}"),
        http: reqwest::Client::new(),
    };
    until(async || {
        let answer = engine
            .http
            .get(format!("{}/readyz", engine.url))
            .send()
            .await;
        answer.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    (engine, metrics)
}

async fn until(mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(Instant::now() < deadline, "it never came true");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The number of a metric, all labels together.
async fn metric(engine: &Served, metrics: SocketAddr, name: &str) -> u64 {
    let answer = engine.http.get(format!("http://{metrics}/metrics")).send();
    let text = answer.await.unwrap().text().await.unwrap();
    let lines = text.lines().filter(|line| line.starts_with(name));
    let numbers = lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
    numbers.sum()
}

async fn dropped(engine: &Served, metrics: SocketAddr) -> u64 {
    metric(engine, metrics, "wallet_engine_log_lines_dropped_total").await
}

/// Stops it, and sees that it stopped in order and in time.
fn assert_stops(engine: Served) {
    let begun = Instant::now();
    engine.signal(Signal::SIGTERM);
    let (status, _) = engine.end();
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < STOP_MAX, "{:?}", begun.elapsed());
}

/// Deposits from several clients at once, each answered with 200, and counted by the wallet.
async fn assert_deposits(engine: &Served, wallet: &str, clients: usize, each: usize) {
    join_all((0..clients).map(|_| async {
        for _ in 0..each {
            engine.deposit(wallet, "1.00").await;
        }
    }))
    .await;
    assert_eq!(
        engine.balance(wallet).await,
        format!("{}.00", clients * each)
    );
}

#[actix_web::test]
async fn a_log_whose_reader_left_costs_no_answer_and_no_stop() {
    for log in [closed_pipe(), full_disk()] {
        let data = tempfile::tempdir().unwrap();
        let (engine, metrics) = served(data.path(), log, &[]).await;
        let wallet = engine.register("alice").await;
        assert_deposits(&engine, &wallet, 10, 10).await;
        until(async || dropped(&engine, metrics).await >= 100).await;
        assert_stops(engine);
    }
}

#[actix_web::test]
async fn a_reader_that_leaves_in_the_middle_costs_no_answer_and_no_stop() {
    let data = tempfile::tempdir().unwrap();
    let (reader, writer) = pipe().unwrap();
    let (engine, metrics) = served(data.path(), writer.into(), &[]).await;
    let wallet = engine.register("alice").await;
    drop(reader);
    assert_deposits(&engine, &wallet, 10, 10).await;
    until(async || dropped(&engine, metrics).await >= 100).await;
    assert_stops(engine);
}

#[actix_web::test]
async fn a_log_that_nobody_reads_holds_no_request_and_no_stop() {
    let data = tempfile::tempdir().unwrap();
    let (mut reader, writer) = pipe().unwrap();
    let (engine, metrics) = served(data.path(), writer.into(), &[]).await;
    let wallet = engine.register("alice").await;
    assert_deposits(&engine, &wallet, 16, 100).await;

    let address = engine.url.trim_start_matches("http://");
    send_many(address, REQUESTS).await;
    until(async || dropped(&engine, metrics).await > 0).await;
    assert_deposits(&engine, &engine.register("bob").await, 4, 10).await;
    assert_stops(engine);

    // What did fit into the pipe is there, in whole lines.
    let mut log = String::new();
    reader.read_to_string(&mut log).unwrap();
    assert!(log.ends_with('\n'));
    assert!(log.lines().count() > 100);
    assert!(log.lines().all(|line| line.starts_with("20")));
}

#[actix_web::test]
async fn a_log_says_itself_how_much_is_missing_once_it_is_read_again() {
    let data = tempfile::tempdir().unwrap();
    let (mut reader, writer) = pipe().unwrap();
    let settings = [("WALLET_LOG_FORMAT", "json")];
    let (engine, metrics) = served(data.path(), writer.into(), &settings).await;
    let address = engine.url.trim_start_matches("http://");
    send_many(address, REQUESTS).await;
    until(async || dropped(&engine, metrics).await > 0).await;

    let reading = std::thread::spawn(move || {
        let mut log = String::new();
        reader.read_to_string(&mut log).unwrap();
        log
    });
    // Once there is room, a line gets in again.
    until(async || {
        let before = dropped(&engine, metrics).await;
        send_many(address, 1).await;
        dropped(&engine, metrics).await == before
    })
    .await;
    let missing = dropped(&engine, metrics).await;
    assert_stops(engine);

    let log = reading.join().unwrap();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let said = lines
        .iter()
        .filter(|line| line["message"] == "log lines were dropped");
    let said: u64 = said.map(|line| line["lines"].as_u64().unwrap()).sum();
    assert_eq!(said, missing);
    assert_eq!(lines.last().unwrap()["message"], "stopped");
}

#[actix_web::test]
async fn an_unknown_outcome_is_settled_where_its_warning_cannot_be_written() {
    let data = tempfile::tempdir().unwrap();
    let settings = [("WALLET_LOG", "warn")];
    let (engine, metrics) = served(data.path(), closed_pipe(), &settings).await;
    let wallet = engine.register("alice").await;
    let socket = data.path().join("postgres");
    let database = format!("host={} user=wallet dbname=wallet", socket.display());
    let (client, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
    actix_web::rt::spawn(connection);

    // The sessions end while a commit is in flight on one of them.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND datname = 'wallet' AND state = 'active'";
    until(async || {
        let deposits = join_all((0..8).map(|_| deposit(&engine, &wallet)));
        let (_, ended) = tokio::join!(deposits, client.execute(end, &[]));
        ended.unwrap();
        metric(&engine, metrics, "wallet_engine_settled_total").await > 0
    })
    .await;

    until(async || deposit(&engine, &wallet).await == 200).await;
    assert!(dropped(&engine, metrics).await > 0);
    assert_stops(engine);
}

#[actix_web::test]
async fn a_panic_is_a_line_of_the_log_and_waits_for_no_reader() {
    let (mut reader, writer) = pipe().unwrap();
    let mut child = panicking(writer.into(), 0);
    let mut log = String::new();
    reader.read_to_string(&mut log).unwrap();
    assert!(ended(&mut child).success());
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["message"], "panicked");
    assert_eq!(line["level"], "ERROR");
    assert_eq!(line["error"], "as planned");
    assert_eq!(line["thread"], "unlucky");
    assert!(line["location"].as_str().unwrap().contains("log.rs:"));

    let (_reader, writer) = pipe().unwrap();
    let mut child = panicking(writer.into(), REQUESTS);
    assert!(ended(&mut child).success());
}

/// Names how many lines [`logs_and_panics`] writes before it panics.
const LINES: &str = "TEST_LOG_LINES";

/// This program again, as [`logs_and_panics`].
fn panicking(log: Stdio, lines: usize) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "log::logs_and_panics", "--nocapture"])
        .env(LINES, lines.to_string())
        .stdout(Stdio::null())
        .stderr(log);
    command.spawn().unwrap()
}

/// Not a test by itself: the body of [`panicking`].
#[test]
fn logs_and_panics() {
    let Some(lines) = std::env::var_os(LINES) else {
        return;
    };
    let source = Source::of(&[("WALLET_LOG_FORMAT", "json")]);
    telemetry::start(&Config::read(&source).unwrap().log);
    for line in 0..lines.to_str().unwrap().parse().unwrap() {
        tracing::info!(line, "one of many");
    }
    let unlucky = std::thread::Builder::new().name("unlucky".to_owned());
    let unlucky = unlucky.spawn(|| panic!("as planned")).unwrap();
    assert!(unlucky.join().is_err());
    telemetry::flush();
}

fn ended(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < STOP_MAX, "it does not end");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// A pipe without a reader.
fn closed_pipe() -> Stdio {
    pipe().unwrap().1.into()
}

/// A file that takes nothing, as on a disk without room.
fn full_disk() -> Stdio {
    let full: File = OpenOptions::new().write(true).open("/dev/full").unwrap();
    full.into()
}

/// The status of a deposit, or 0 if there was no answer.
async fn deposit(engine: &Served, wallet: &str) -> u16 {
    let body = serde_json::json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let url = format!("{}{wallet}operation/", engine.url);
    let answer = engine.http.post(url).json(&body).send().await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

/// Sends as many requests on one connection, and reads their answers meanwhile.
async fn send_many(address: &str, count: usize) {
    let request = "GET /api/unknown/ HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /api/unknown/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let requests = request.repeat(count - 1) + last;
    let address = address.parse().unwrap();
    let all = tokio::time::timeout(PATIENCE, talk(address, requests.as_bytes(), Then::Wait));
    let answers = all.await.expect("they are answered");
    let answered = String::from_utf8_lossy(&answers)
        .matches("HTTP/1.1 404 ")
        .count();
    assert_eq!(answered, count);
}
