//! A stop under load: whatever was accepted is answered, whatever was not leaves no trace.

use std::cell::Cell;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use nix::sys::signal::{Signal, kill};
use serde_json::{Value, json};
use testkit::postgres;
use tokio_postgres::{Client, NoTls};

use super::{PATIENCE, Served, postgres_of, program};

/// Clients at once.
const CLIENTS: usize = 64;

/// The outcomes of deposits of 1.00 into one wallet.
#[derive(Default)]
struct Tally {
    acknowledged: Cell<usize>,
    refused: Cell<usize>,
    /// The connection was refused, or closed without an answer.
    unanswered: Cell<usize>,
}

impl Tally {
    fn count(which: &Cell<usize>) {
        which.set(which.get() + 1);
    }

    /// Deposits once.
    async fn deposit(&self, http: &reqwest::Client, url: &str, wallet: &str) {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let url = format!("{url}{wallet}operation/");
        let sent = http.post(url).json(&body).timeout(PATIENCE).send().await;
        match sent.map(|answer| answer.status().as_u16()) {
            Ok(200) => Self::count(&self.acknowledged),
            Ok(503) => Self::count(&self.refused),
            Ok(status) => panic!("a deposit was answered with {status}"),
            Err(error) => {
                assert!(!error.is_timeout(), "{error:?}");
                Self::count(&self.unanswered);
            }
        }
    }

    async fn until_acknowledged(&self, count: usize) {
        while self.acknowledged.get() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn command(data: &Path) -> Command {
    let mut command = program();
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json");
    command
}

fn assert_orderly(status: ExitStatus, log: &str) {
    assert!(status.success(), "{log}");
    assert!(!log.contains(r#""level":"ERROR""#), "{log}");
}

/// Waits for the end, while clients go on.
async fn ended(engine: Served) -> (ExitStatus, String) {
    let ended = actix_web::rt::task::spawn_blocking(|| engine.end());
    ended.await.unwrap()
}

#[actix_web::test]
async fn a_stop_under_full_load_answers_what_was_accepted_and_nothing_else_happens() {
    let data = tempfile::tempdir().unwrap();
    let engine = Served::start(data.path());
    let wallet = engine.register("alice").await;
    let (url, http) = (engine.url.clone(), engine.http.clone());
    let tally = Tally::default();
    let over = Cell::new(false);

    let clients = join_all((0..CLIENTS).map(|_| async {
        while !over.get() {
            tally.deposit(&http, &url, &wallet).await;
        }
    }));
    let stop = async {
        tally.until_acknowledged(1_000).await;
        engine.signal(Signal::SIGTERM);
        let (status, log) = ended(engine).await;
        assert_orderly(status, &log);
        over.set(true);
    };
    join(clients, stop).await;

    let engine = Served::start(data.path());
    let balance = engine.balance(&wallet).await;
    let acknowledged = tally.acknowledged.get();
    assert_eq!(balance, format!("{acknowledged}.00"));
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn a_stop_of_an_idle_engine_is_no_error() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let engine = Served::start(data.path());
        engine.signal(Signal::SIGTERM);
        let (status, log) = ended(engine).await;
        assert_orderly(status, &log);
    }
}

#[actix_web::test]
async fn a_rolling_restart_loses_nothing_that_was_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let database = format!("host={} user=wallet dbname=wallet", socket.display());
    let serve = |address: &str| {
        let mut command = command(data.path());
        command
            .env("DATABASE_URL", &database)
            .env("WALLET_BIND", address);
        Served::start_with(command)
    };
    let mut engines = vec![serve("127.0.0.1:0"), serve("127.0.0.1:0")];
    let wallet = engines[0].register("alice").await;
    let urls: Vec<String> = engines.iter().map(|engine| engine.url.clone()).collect();
    let http = engines[0].http.clone();
    let tally = Tally::default();
    let over = Cell::new(false);

    let clients = join_all((0..CLIENTS / 4).map(|client| {
        let (tally, http, urls, wallet, over) = (&tally, &http, &urls, &wallet, &over);
        async move {
            for turn in client.. {
                if over.get() {
                    return;
                }
                tally.deposit(http, &urls[turn % urls.len()], wallet).await;
            }
        }
    }));
    let restarts = async {
        for n in [0, 1, 0, 1] {
            tally
                .until_acknowledged(tally.acknowledged.get() + 100)
                .await;
            let engine = engines.remove(n);
            let address = engine.url.trim_start_matches("http://").to_owned();
            engine.signal(Signal::SIGTERM);
            let (status, log) = ended(engine).await;
            assert_orderly(status, &log);
            // The other one goes on alone.
            tally
                .until_acknowledged(tally.acknowledged.get() + 50)
                .await;
            engines.insert(n, serve(&address));
        }
        tally
            .until_acknowledged(tally.acknowledged.get() + 100)
            .await;
        over.set(true);
    };
    join(clients, restarts).await;

    for engine in engines {
        engine.signal(Signal::SIGTERM);
        assert!(engine.end().0.success());
    }
    let engine = serve("127.0.0.1:0");
    let acknowledged = tally.acknowledged.get();
    assert_eq!(engine.balance(&wallet).await, format!("{acknowledged}.00"));
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
    postgres.stop().await.unwrap();
}

/// An engine that has three deposits inside, which wait for a locked table.
async fn stuck(data: &Path, shutdown_s: &str) -> (Served, Client) {
    let mut command = command(data);
    command
        .env("WALLET_INFLIGHT_MAX", "3")
        .env("WALLET_WAIT_S", "60")
        .env("WALLET_SHUTDOWN_S", shutdown_s);
    let engine = Served::start_with(command);
    let wallet = engine.register("alice").await;
    engine.deposit(&wallet, "1.00").await;
    let socket = data.join("postgres");
    let database = format!("host={} user=wallet dbname=wallet", socket.display());
    let (locker, connection) = tokio_postgres::connect(&database, NoTls).await.unwrap();
    actix_web::rt::spawn(connection);
    let lock = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";
    locker.batch_execute(lock).await.unwrap();

    // The first who is turned away shows that three are inside.
    let turned_away = Rc::new(Cell::new(false));
    while !turned_away.get() {
        let tally = Tally::default();
        let (http, url, wallet) = (engine.http.clone(), engine.url.clone(), wallet.clone());
        let turned_away = Rc::clone(&turned_away);
        actix_web::rt::spawn(async move {
            tally.deposit(&http, &url, &wallet).await;
            turned_away.set(turned_away.get() || tally.refused.get() > 0);
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (engine, locker)
}

fn line_of<'l>(log: &'l str, message: &str) -> &'l str {
    let found = log.lines().find(|line| line.contains(message));
    found.unwrap_or_else(|| panic!("{message} is not in {log}"))
}

#[actix_web::test]
async fn a_stop_that_runs_out_of_time_ends_with_1_and_says_what_was_pending() {
    let data = tempfile::tempdir().unwrap();
    let (engine, _locker) = stuck(data.path(), "1").await;

    engine.signal(Signal::SIGTERM);
    let (status, log) = ended(engine).await;

    assert_eq!(status.code(), Some(1));
    line_of(
        &log,
        "3 operations on 1 wallets were still under way when the time for stopping was over",
    );
}

#[actix_web::test]
async fn a_later_signal_ends_at_once_with_1_and_says_what_was_pending() {
    let data = tempfile::tempdir().unwrap();
    let (engine, _locker) = stuck(data.path(), "60").await;
    let (pid, postgres) = (engine.pid(), postgres_of(data.path()));

    let ended = actix_web::rt::spawn(ended(engine));
    let begun = Instant::now();
    // One that comes within a second of the first is part of it.
    while !ended.is_finished() {
        let _ = kill(pid, Signal::SIGTERM);
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let (status, log) = ended.await.unwrap();

    assert_eq!(status.code(), Some(1));
    let line = line_of(&log, "signalled again");
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["operations"], &line["wallets"]),
        (&json!(3), &json!(1))
    );
    // It is not waited for, but it does not stay.
    while kill(postgres, None).is_ok() {
        assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not end");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
