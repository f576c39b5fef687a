//! `--final` and `--dry-run`.

use serde_json::{Value, json};
use testkit::app::TestApp;

use crate::command::{Import, observer};
use crate::source::{Source, fill, wallet_of};
use crate::target::{assert_equal, number, openings, users};

/// The test's own session is there, and writes nothing meanwhile.
const FINAL: &[&str] = &["--final", "--ignore-sessions"];

#[actix_web::test]
async fn a_dry_run_says_what_it_would_do_and_writes_nothing() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    let set = "UPDATE wallets_wallet SET balance = -1 WHERE user_id = 3";
    source.execute(set).await;
    let ended = import.run(&["--dry-run"]).await;
    ended.assert_lists(&["user 3", "below zero"]);
    assert!(
        ended.stdout.contains("9 would be new, 0 would be changed"),
        "{ended:#?}"
    );
    assert_eq!(
        (users(&import.target).await, openings(&import.target).await),
        (0, 0)
    );

    source
        .execute("UPDATE wallets_wallet SET balance = 1 WHERE user_id = 3")
        .await;
    import.run(&["--dry-run"]).await.assert_done();
    assert_eq!(users(&import.target).await, 0);
    import.run(&[]).await.assert_done();
    source
        .execute("UPDATE auth_user SET username = 'other' WHERE id = 3")
        .await;
    import.run(&["--dry-run"]).await.assert_done();
    let other = "SELECT count(*) FROM users WHERE username = 'other'";
    assert_eq!(number(&import.target, other).await, 0);
}

#[actix_web::test]
async fn the_last_pass_begins_when_nobody_is_connected_to_djangos_database() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    let ended = import.run(&["--final"]).await;
    ended.assert_lists(&["postgres", "test"]);
    assert!(ended.stdout.contains("Not begun"), "{ended:#?}");
    assert_eq!(users(&import.target).await, 0);

    let django = source.leave(&import).await;
    import.run(&["--final"]).await.assert_done();
    let client = observer(django.database()).await;
    assert_equal(&client, &import.target).await;
}

#[actix_web::test]
async fn after_the_first_operation_of_the_engine_nothing_is_changed_any_more() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    import.run(FINAL).await.assert_done();
    let report = std::fs::read_to_string(import.file("import-django-report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["agrees"], true);
    for side in ["from", "to"] {
        let compared = &report["compared"][side];
        assert_eq!(
            (&compared["users"], &compared["wallets"]),
            (&json!(10), &json!(10))
        );
        assert_eq!(compared["balances"], "4500.45");
    }
    assert_eq!(
        report["compared"]["sample"],
        json!({"users": 10, "differ": 0})
    );

    let app = TestApp::spawn_on(import.target.clone(), |_| {}).await;
    let wallet = wallet_of(&source.client, 3).await;
    app.deposit(&format!("/api/wallets/{wallet}/"), "1.00")
        .await;
    fill(&source.client, 11, 12).await;
    let changes = "UPDATE wallets_wallet SET balance = balance + 1 WHERE user_id = 4; \
         UPDATE auth_user SET username = 'other' WHERE id = 5; \
         DELETE FROM wallets_wallet WHERE user_id = 6; DELETE FROM auth_user WHERE id = 6";
    source.execute(changes).await;
    let ended = import.run(&["--remove-gone"]).await;
    for user in [
        "user 3 ", "user 4 ", "user 5 ", "user 6 ", "user 11 ", "user 12 ",
    ] {
        ended.assert_lists(&[user]);
    }
    assert_eq!(
        (users(&import.target).await, openings(&import.target).await),
        (10, 9)
    );
    let other = "SELECT count(*) FROM users WHERE username = 'other'";
    assert_eq!(number(&import.target, other).await, 0);
    app.stop().await.unwrap();
}
