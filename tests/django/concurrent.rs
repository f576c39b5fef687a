//! Two imports at once, and an engine that serves meanwhile.

use testkit::app::TestApp;

use crate::command::{Import, observer};
use crate::source::{Source, wallet_of};
use crate::target::{assert_equal, openings};

const PAGE: &[&str] = &["--batch", "5"];

#[actix_web::test]
async fn a_second_import_at_once_writes_nothing_twice() {
    let source = Source::with(30).await;
    let import = Import::of(&source.django).await;
    let holder = observer(&import.target).await;
    let insert = "BEGIN; INSERT INTO users (id, username, email, password_hash, wallet_id) OVERRIDING SYSTEM VALUE \
         VALUES (17, 'user17', 'user17@example.com', '!', gen_random_uuid())";
    holder.batch_execute(insert).await.unwrap();
    let observer = observer(&import.target).await;
    let mut first = import.start(PAGE);
    first.wait_until_blocked(&observer).await;
    let second = import.run(PAGE).await;
    assert_eq!(second.code, Some(1), "{second:#?}");
    assert!(second.stderr.contains("another import"), "{second:#?}");
    holder.batch_execute("ROLLBACK").await.unwrap();
    first.end().await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, 27);
}

#[actix_web::test]
async fn an_engine_serves_what_is_imported_and_what_is_adjusted_later() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    // Its database is written by others.
    let app = TestApp::spawn_on(import.target.clone(), |config| config.engine.shared = true).await;
    let wallet = wallet_of(&source.client, 3).await;
    let path = format!("/api/wallets/{wallet}/");
    assert_eq!(app.get(&path).await.0, 404);
    import.run(PAGE).await.assert_done();
    assert_eq!(app.balance(&path).await, "300.03");
    // The engine has it in memory, and decides nothing on it.
    let (status, body) = app.withdraw(&path, "300.04").await;
    assert_eq!(status, 400, "{body}");

    source
        .execute("UPDATE wallets_wallet SET balance = balance + 10 WHERE user_id = 3")
        .await;
    import.run(PAGE).await.assert_done();
    let (status, body) = app.withdraw(&path, "310.03").await;
    assert_eq!((status, body["balance"].as_str()), (200, Some("0.00")));
    assert_eq!(app.audited_operations().await, 9 + 1 + 1);
    app.stop().await.unwrap();
}
