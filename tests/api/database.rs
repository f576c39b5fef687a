//! A database in trouble: what it costs, and whom it does not.

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn a_wallet_that_somebody_keeps_locked_makes_no_neighbour_wait() {
    let app = TestApp::spawn().await;
    let mut wallets = Vec::new();
    for n in 0..8 {
        wallets.push(app.wallet(&format!("user{n}")).await);
    }
    let (locked, free) = wallets.split_at(4);
    let somebody = postgres::connect(&app.database).await;
    for wallet in locked {
        let id = wallet
            .trim_start_matches("/api/wallets/")
            .trim_end_matches('/');
        let lock = format!("BEGIN; SELECT FROM wallets WHERE id = '{id}' FOR UPDATE");
        somebody.batch_execute(&lock).await.unwrap();
    }
    let mut waiting = join_all(locked.iter().map(|w| app.deposit(w, "1.00"))).boxed_local();
    assert!(poll!(&mut waiting).is_pending());

    let neighbours = async {
        for _ in 0..50 {
            for (status, _) in join_all(free.iter().map(|w| app.deposit(w, "1.00"))).await {
                assert_eq!(status, 200);
            }
        }
    };
    // Far less than the neighbours of one held lock would wait for it fifty times over.
    tokio::time::timeout(Duration::from_secs(10), neighbours)
        .await
        .unwrap();
    somebody.batch_execute("ROLLBACK").await.unwrap();

    for (status, _) in waiting.await {
        assert_eq!(status, 200);
    }
    assert_eq!(app.audited_operations().await, 4 * 50 + 4);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_session_that_never_answers_is_not_asked_again() {
    let app = TestApp::spawn_with(|config| config.engine.wait = Duration::from_secs(3)).await;
    let mut wallets = Vec::new();
    for n in 0..6 {
        wallets.push(app.wallet(&format!("user{n}")).await);
    }
    let somebody = postgres::connect(&app.database).await;
    let sessions = somebody
        .query(
            "SELECT pid FROM pg_stat_activity
             WHERE application_name = 'wallet-engine' AND datname = current_database()",
            &[],
        )
        .await
        .unwrap();
    let frozen: Vec<Pid> = sessions
        .iter()
        .map(|row| Pid::from_raw(row.get(0)))
        .collect();
    assert!(!frozen.is_empty());
    for session in &frozen {
        kill(*session, Signal::SIGSTOP).unwrap();
    }

    // Each frozen session fails those who ask it once, and then is gone from the pool.
    let mut answered = 0;
    for _ in 0..=frozen.len() {
        for wallet in &wallets {
            answered += usize::from(app.deposit(wallet, "1.00").await.0 == 200);
        }
    }

    for session in &frozen {
        kill(*session, Signal::SIGCONT).unwrap();
    }
    assert!(answered >= wallets.len(), "{answered}");
    assert_eq!(
        app.audited_operations().await,
        i64::try_from(answered).unwrap()
    );
    app.stop().await.unwrap();
}
