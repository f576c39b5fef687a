//! The server's processes: away, frozen, ended one by one.

use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;
use tokio::time::timeout;

use super::{AWAY, Bank, WAIT, processes, signal};
use crate::postgres;

/// The longest wait, and what a busy machine adds to it.
const IN_TIME: Duration = Duration::from_secs(WAIT.as_secs() + 7);

#[actix_web::test]
async fn a_restart_under_load_costs_errors_in_time_and_nothing_else() {
    let mut bank = Bank::open().await;
    let cold = bank.app.wallet("cold").await;
    let data = bank.data.path().to_owned();
    let running = bank.postgres.take().unwrap();
    let mut again = None;
    bank.through(async {
        bank.until_acknowledged(50).await;
        bank.until_ready_is(200).await;
        running.stop().await.unwrap();

        bank.until_ready_is(503).await;
        let why = json!({"status": "unavailable", "reason": "the database does not answer"});
        assert_eq!(bank.app.get("/readyz").await, (503, why));
        assert_eq!(
            bank.app.get("/livez").await,
            (200, json!({"status": "ok"})),
            "no restart of the engine would help"
        );
        let refused = timeout(IN_TIME, bank.app.get(&cold)).await.unwrap();
        assert_eq!(refused, (503, json!({"detail": AWAY})));
        bank.until_refused(20).await;

        again = Some(postgres::private(&data).await);
        bank.until_ready_is(200).await;
    })
    .await;
    assert_eq!(bank.app.balance(&cold).await, "0.00");
    bank.postgres = again;
    bank.close().await;
}

#[actix_web::test]
async fn a_frozen_server_costs_errors_in_time_and_is_used_again_when_it_thaws() {
    let bank = Bank::open().await;
    bank.through(async {
        for _ in 0..2 {
            bank.until_acknowledged(50).await;
            let frozen = processes(bank.data.path());
            assert!(frozen.len() > 3, "the server has sessions: {frozen:?}");
            // The server itself first, which would notice an end.
            signal(&frozen, Signal::SIGSTOP);
            bank.until_ready_is(503).await;
            let refused = bank.until_refused(1);
            timeout(IN_TIME, refused).await.unwrap();
            signal(&frozen, Signal::SIGCONT);
        }
    })
    .await;
    bank.close().await;
}

/// Ends every session of the engine.
const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE 'wallet-engine%'";

#[actix_web::test]
async fn sessions_that_somebody_ends_are_opened_again_and_nothing_is_lost() {
    let bank = Bank::open().await;
    let administrator = bank.administrator().await;
    bank.through(async {
        for _ in 0..25 {
            bank.until_acknowledged(10).await;
            // What was acknowledged last may have been so by sessions that the last round ended.
            while administrator.query(END, &[]).await.unwrap().is_empty() {
                bank.until_acknowledged(1).await;
            }
        }
    })
    .await;
    bank.close().await;
}
