//! Wallets under many clients at once.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;

use crate::app::TestApp;
use crate::postgres;

#[actix_web::test]
async fn two_hundred_withdrawals_at_once_take_a_hundred_from_a_hundred() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "100.00").await;

    let answers = join_all((0..200).map(|_| app.withdraw(&wallet, "1.00"))).await;

    let mut balances = HashSet::new();
    let mut refused = 0;
    for (status, body) in answers {
        match status {
            200 => assert!(balances.insert(body["balance"].as_str().unwrap().to_owned())),
            400 => {
                assert_eq!(
                    body,
                    json!({"status": "error", "message": "Недостаточно средств"})
                );
                refused += 1;
            }
            other => panic!("{other} {body}"),
        }
    }
    assert_eq!((balances.len(), refused), (100, 100));
    assert_eq!(app.balance(&wallet).await, "0.00");
    assert_eq!(app.audited_operations().await, 101);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_on_one_database_never_lose_an_update() {
    let first = TestApp::spawn().await;
    let second = TestApp::spawn_on(first.database.clone(), |_| {}).await;
    let wallets = join_all((0..3).map(|n| {
        let app = if n % 2 == 0 { &first } else { &second };
        async move { app.wallet(&format!("user{n}")).await }
    }))
    .await;

    let sent = (0..300).map(|n| {
        let (app, wallet) = (if n % 2 == 0 { &first } else { &second }, &wallets[n % 3]);
        async move {
            let (status, _) = if n % 4 == 3 {
                app.withdraw(wallet, "0.50").await
            } else {
                app.deposit(wallet, "1.00").await
            };
            i64::from(status == 200)
        }
    });
    let done: i64 = join_all(sent).await.into_iter().sum();

    assert_eq!(first.audited_operations().await, done);
    first.stop().await.unwrap();
    second.stop().await.unwrap();
}

#[actix_web::test]
async fn a_balance_survives_a_restart() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "12.34").await;
    let database = app.database.clone();
    app.stop().await.unwrap();

    let app = TestApp::spawn_on(database, |_| {}).await;
    assert_eq!(app.balance(&wallet).await, "12.34");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_operation_and_its_ledger_row_stand_or_fall_together() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    app.deposit(&wallet, "5.00").await;
    let database = postgres::connect(&app.database).await;
    let no_rows = "ALTER TABLE operations ADD CONSTRAINT planted CHECK (amount <> 6.66)";
    database.batch_execute(no_rows).await.unwrap();

    let (status, body) = app.deposit(&wallet, "6.66").await;

    assert_eq!(status, 500);
    assert_eq!(
        body,
        json!({"detail": "Ошибка при обработке операции кошелька"})
    );
    assert_eq!(app.balance(&wallet).await, "5.00");
    let (status, _) = app.deposit(&wallet, "6.67").await;
    assert_eq!(status, 200);
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_stop_under_load_answers_what_it_accepted() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let url = app.url(&format!("{wallet}operation/"));
    let (http, database) = (app.http.clone(), app.database.clone());
    let clients: Vec<_> = (0..32)
        .map(|_| {
            let (http, url) = (http.clone(), url.clone());
            actix_web::rt::spawn(async move {
                let mut done = 0;
                loop {
                    let body = json!({"operationType": "DEPOSIT", "amount": "0.01"});
                    match http.post(&url).json(&body).send().await {
                        Ok(answer) if answer.status() == 200 => done += 1,
                        Ok(answer) => {
                            assert_eq!(answer.status(), 503);
                            return done;
                        }
                        // Refused while connecting, or an idle connection closed: nothing was accepted.
                        Err(error) => {
                            assert!(error.is_connect() || error.is_request(), "{error:?}");
                            return done;
                        }
                    }
                }
            })
        })
        .collect();
    // Under load: some operations are behind us, and more are on their way.
    while app.balance(&wallet).await.as_str() < "1.00" {}

    app.stop().await.unwrap();

    let mut acknowledged = 0;
    for client in clients {
        acknowledged += client.await.unwrap();
    }
    let app = TestApp::spawn_on(database, |_| {}).await;
    let recorded = app.audited_operations().await;
    assert!(acknowledged > 100);
    // An answer may be cut off on its way; it is never given for nothing.
    assert!(
        (acknowledged..=acknowledged + 32).contains(&recorded),
        "{acknowledged} {recorded}"
    );
    app.stop().await.unwrap();
}
