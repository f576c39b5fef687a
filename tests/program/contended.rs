//! An engine that stops or dies with the lock of a row that another one writes as well.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{join_all, select};
use nix::sys::signal::Signal;
use serde_json::json;
use testkit::postgres;
use tokio_postgres::Client;

use super::{Served, program};

/// Longer than the server lets an engine keep a lock without writing.
const PATIENCE: Duration = Duration::from_secs(20);

fn engine(socket: &str) -> Served {
    let mut command = program();
    command
        .env(
            "DATABASE_URL",
            format!("host={socket} user=wallet dbname=wallet"),
        )
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_SHARED", "true")
        .env("WALLET_LOG_FORMAT", "json");
    Served::start_with(command)
}

/// Deposits for ever. Counts what was acknowledged.
async fn deposits(engine: &Served, wallet: &str, acknowledged: &std::cell::Cell<i64>) {
    let url = format!("{}{wallet}operation/", engine.url);
    let body = json!({"operationType": "DEPOSIT", "amount": "0.01"});
    loop {
        match engine.http.post(&url).json(&body).send().await {
            Ok(answer) if answer.status() == 200 => acknowledged.set(acknowledged.get() + 1),
            Ok(answer) => assert!([500, 503].contains(&answer.status().as_u16())),
            Err(_) => return std::future::pending().await,
        }
    }
}

async fn operations(database: &Client) -> i64 {
    let count = "SELECT count(*) FROM operations";
    database.query_one(count, &[]).await.unwrap().get(0)
}

async fn has_lock(database: &Client) -> bool {
    let held = "SELECT count(*) FROM pg_stat_activity
        WHERE state = 'idle in transaction' AND application_name = 'wallet-engine'";
    let held: i64 = database.query_one(held, &[]).await.unwrap().get(0);
    held > 0
}

#[actix_web::test]
async fn an_engine_that_freezes_or_dies_with_the_lock_keeps_it_for_seconds_at_most() {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres").display().to_string();
    let survivor = engine(&socket);
    let wallet = survivor.register("alice").await;
    let database = postgres::connect(&postgres.connection()).await;
    let acknowledged = std::cell::Cell::new(0);

    for last in [Signal::SIGCONT, Signal::SIGKILL] {
        let other = engine(&socket);
        let load = async {
            let engines = [&survivor, &other];
            let clients = engines.iter().flat_map(|engine| [engine; 8]);
            join_all(clients.map(|engine| deposits(engine, &wallet, &acknowledged))).await;
        };
        let freeze = async {
            let begun = Instant::now();
            loop {
                other.signal(Signal::SIGSTOP);
                // What is sent is answered, so a transaction that is still idle is the frozen engine's, or the other one's for a moment.
                let mut is_held = true;
                for _ in 0..20 {
                    is_held &= has_lock(&database).await;
                }
                if is_held {
                    break;
                }
                other.signal(Signal::SIGCONT);
                assert!(begun.elapsed() < PATIENCE, "it never has the lock");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let (begun, written) = (Instant::now(), operations(&database).await);
            if last == Signal::SIGKILL {
                other.signal(last);
            }
            // The server takes the lock from it, and the survivor goes on.
            while operations(&database).await < written + 100 {
                assert!(begun.elapsed() < PATIENCE, "the survivor does not go on");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if last == Signal::SIGCONT {
                other.signal(last);
                let (begun, written) = (Instant::now(), operations(&database).await);
                while operations(&database).await < written + 100 {
                    assert!(begun.elapsed() < PATIENCE, "they do not go on");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        select(load.boxed_local(), freeze.boxed_local()).await;
        if last == Signal::SIGCONT {
            other.signal(Signal::SIGTERM);
        }
        other.end();
    }
    assert!(operations(&database).await >= acknowledged.get());
    survivor.signal(Signal::SIGTERM);
    survivor.end();
    let audit = postgres::audit(&postgres.connection()).await;
    assert!(audit.breaches.is_empty(), "{:?}", audit.breaches);
    assert!(audit.operations >= acknowledged.get());
    drop(database);
    postgres.stop().await.unwrap();
}
