//! Engines on one database that are not set to share it.

use nix::sys::signal::Signal;
use serde_json::json;
use testkit::postgres;

use super::{Served, program};

/// What each of two engines logs as warnings of the other, after each has changed two wallets in turns.
async fn warnings(shared: &str) -> [usize; 2] {
    let data = tempfile::tempdir().unwrap();
    let postgres = postgres::private(data.path()).await;
    let socket = data.path().join("postgres");
    let engines = [(); 2].map(|()| {
        let mut command = program();
        command
            .env(
                "DATABASE_URL",
                format!("host={} user=wallet dbname=wallet", socket.display()),
            )
            .env("WALLET_BIND", "127.0.0.1:0")
            .env("WALLET_SHARED", shared)
            .env("WALLET_LOG_FORMAT", "json");
        Served::start_with(command)
    });
    for name in ["alice", "bob"] {
        let wallet = engines[0].register(name).await;
        for turn in 1..=6 {
            let engine = &engines[turn % 2];
            let url = format!("{}{wallet}operation/", engine.url);
            let deposit = json!({"operationType": "DEPOSIT", "amount": "1.00"});
            let answer = engine.http.post(url).json(&deposit).send().await.unwrap();
            let body = answer.text().await.unwrap();
            let expected = format!(r#"{{"status":"success","balance":"{turn}.00"}}"#);
            assert_eq!(body, expected);
        }
    }
    let warned = engines.map(|engine| {
        engine.signal(Signal::SIGTERM);
        let (_, log) = engine.end();
        log.lines()
            .filter(|line| line.contains(r#""level":"WARN""#) && line.contains("WALLET_SHARED"))
            .count()
    });
    postgres.stop().await.unwrap();
    warned
}

#[actix_web::test]
async fn an_engine_warns_once_of_another_that_it_does_not_know_of() {
    assert_eq!(warnings("false").await, [1, 1]);
}

#[actix_web::test]
async fn engines_that_share_a_database_do_not_warn_of_each_other() {
    assert_eq!(warnings("true").await, [0, 0]);
}
