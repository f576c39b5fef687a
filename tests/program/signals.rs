//! Signals: one request to stop comes as one or as several of them, to the engine alone or to its whole process group.

use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use actix_web::rt::task::{JoinHandle, spawn_blocking};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use super::{PATIENCE, Served, free_address, postgres_of, program};

/// Deposits in flight.
const CLIENTS: usize = 64;
/// Well below `WALLET_SHUTDOWN_S`.
const STOP_MAX: Duration = Duration::from_secs(15);

fn on(data: &Path, mut command: Command) -> Command {
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_WAIT_S", "60")
        .env("WALLET_LOG_FORMAT", "json");
    command
}

/// The command with the signal as it is by default, also where these tests themselves were started with it ignored.
fn hearing(command: &Command, signal: Signal) -> Command {
    let mut hearing = Command::new("env");
    hearing.arg(format!("--default-signal={}", &signal.as_str()[3..]));
    run_by(&mut hearing, command);
    hearing
}

/// Lets one command run the other, in the other's environment.
fn run_by(runner: &mut Command, command: &Command) {
    runner.arg(command.get_program()).env_clear();
    let variables = command.get_envs();
    runner.envs(variables.filter_map(|(name, value)| Some((name, value?))));
}

async fn ended(engine: Served) -> (ExitStatus, String) {
    spawn_blocking(|| engine.end()).await.unwrap()
}

fn assert_orderly((status, log): (ExitStatus, String)) {
    assert!(status.success(), "{status}: {log}");
    assert!(!log.contains(r#""level":"ERROR""#), "{log}");
}

async fn readyz(engine: &Served) -> (u16, Value) {
    let answer = engine.http.get(format!("{}/readyz", engine.url)).send();
    let answer = answer.await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The status of a deposit.
fn deposit(engine: &Served, wallet: &str) -> JoinHandle<u16> {
    let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
    let sent = engine
        .http
        .post(format!("{}{wallet}operation/", engine.url));
    let sent = sent.json(&body).send();
    actix_web::rt::spawn(async { sent.await.map_or(0, |answer| answer.status().as_u16()) })
}

/// Deposits that the engine has taken, and that wait for a table which the client keeps locked.
async fn in_flight(
    engine: &Served,
    data: &Path,
    metrics: SocketAddr,
) -> (Client, Vec<JoinHandle<u16>>) {
    let wallet = engine.register("alice").await;
    let socket = data.join("postgres");
    let database = format!("host={} user=wallet dbname=wallet", socket.display());
    let (client, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
    actix_web::rt::spawn(connection);
    let lock = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";
    client.batch_execute(lock).await.unwrap();
    let deposits = (0..CLIENTS).map(|_| deposit(engine, &wallet)).collect();
    let begun = Instant::now();
    let all = format!("wallet_engine_waiting {CLIENTS}\n");
    loop {
        let told = engine.http.get(format!("http://{metrics}/metrics")).send();
        if told.await.unwrap().text().await.unwrap().contains(&all) {
            return (client, deposits);
        }
        assert!(begun.elapsed() < PATIENCE, "they do not wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn a_signal_to_the_whole_process_group_costs_no_request_in_flight() {
    for signal in [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
    ] {
        let data = tempfile::tempdir().unwrap();
        let metrics = free_address();
        let mut command = on(data.path(), hearing(&program(), signal));
        command
            .env("WALLET_METRICS_BIND", metrics.to_string())
            .process_group(0);
        let engine = Served::start_with(command);
        let postgres = postgres_of(data.path());
        let (lock, deposits) = in_flight(&engine, data.path(), metrics).await;

        killpg(engine.pid(), signal).unwrap();
        let signalled = Instant::now();
        while TcpStream::connect(engine.url.trim_start_matches("http://")).is_ok() {
            assert!(signalled.elapsed() < PATIENCE, "{signal} stops nothing");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        lock.batch_execute("COMMIT").await.unwrap();
        let begun = Instant::now();
        for deposit in deposits {
            assert_eq!(deposit.await.unwrap(), 200, "{signal}");
        }
        drop(lock);
        let ended = ended(engine).await;
        assert!(
            begun.elapsed() < STOP_MAX,
            "{signal}: {:?}",
            begun.elapsed()
        );
        assert_orderly(ended);
        assert_eq!(kill(postgres, None), Err(Errno::ESRCH), "{signal}");
    }
}

#[actix_web::test]
async fn several_signals_at_once_are_one_request_to_stop() {
    for signals in [
        [Signal::SIGTERM; 3],
        [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGTERM],
        [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT],
    ] {
        let data = tempfile::tempdir().unwrap();
        let metrics = free_address();
        let mut command = on(data.path(), program());
        command.env("WALLET_METRICS_BIND", metrics.to_string());
        let engine = Served::start_with(command);
        let (lock, deposits) = in_flight(&engine, data.path(), metrics).await;
        for signal in signals {
            engine.signal(signal);
        }
        lock.batch_execute("COMMIT").await.unwrap();
        for deposit in deposits {
            assert_eq!(deposit.await.unwrap(), 200);
        }
        drop(lock);
        assert_orderly(ended(engine).await);
    }
}

#[actix_web::test]
async fn an_engine_that_was_started_to_outlive_its_terminal_does() {
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new("nohup");
    run_by(&mut command, &program());
    let engine = Served::start_with(on(data.path(), command));
    engine.signal(Signal::SIGHUP);
    let wallet = engine.register("alice").await;
    assert_eq!(deposit(&engine, &wallet).await.unwrap(), 200);
    assert_eq!(readyz(&engine).await.0, 200);
    engine.signal(Signal::SIGTERM);
    assert_orderly(ended(engine).await);
}

#[actix_web::test]
async fn a_drain_serves_everything_while_it_is_not_ready_and_one_more_signal_ends_it() {
    let data = tempfile::tempdir().unwrap();
    let mut command = on(data.path(), program());
    command.env("WALLET_DRAIN_S", "3600");
    let engine = Served::start_with(command);
    let wallet = engine.register("alice").await;
    assert_eq!(readyz(&engine).await.0, 200);

    engine.signal(Signal::SIGTERM);
    while readyz(&engine).await.0 == 200 {}
    let begun = Instant::now();
    let stopping = json!({"status": "unavailable", "reason": "the engine is stopping"});
    // As long as a signal is part of the one before.
    while begun.elapsed() < Duration::from_secs(1) {
        assert_eq!(readyz(&engine).await, (503, stopping.clone()));
        assert_eq!(deposit(&engine, &wallet).await.unwrap(), 200);
        let new = engine.url.trim_start_matches("http://");
        TcpStream::connect(new).expect("new connections are taken");
    }
    engine.register("bob").await;

    engine.signal(Signal::SIGTERM);
    let ended = ended(engine).await;
    assert_eq!(ended.1.matches(r#""message":"not ready""#).count(), 1);
    assert_orderly(ended);
    assert!(begun.elapsed() < STOP_MAX, "{:?}", begun.elapsed());
}

#[actix_web::test]
async fn a_drain_ends_by_itself_when_its_time_is_over() {
    let data = tempfile::tempdir().unwrap();
    let mut command = on(data.path(), program());
    command
        .env("WALLET_DRAIN_S", "1")
        // The time for stopping begins after it.
        .env("WALLET_SHUTDOWN_S", "1");
    let engine = Served::start_with(command);
    let begun = Instant::now();
    engine.signal(Signal::SIGTERM);
    assert_orderly(ended(engine).await);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(begun.elapsed() < STOP_MAX, "{:?}", begun.elapsed());
}
