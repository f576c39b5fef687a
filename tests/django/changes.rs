//! What changes in Django between two passes.

use testkit::app::TestApp;

use crate::command::Import;
use crate::source::{Source, fill, wallet_of};
use crate::target::{assert_audited, assert_equal, number, openings, texts, users};

const PAGE: &[&str] = &["--batch", "5"];

#[actix_web::test]
async fn a_later_pass_takes_what_changed_and_writes_nothing_else() {
    let source = Source::with(20).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    let before = rows_written(&import).await;
    import.run(PAGE).await.assert_done();
    assert_eq!(
        rows_written(&import).await,
        before,
        "what is equal is only read"
    );

    fill(&source.client, 21, 23).await;
    source
        .execute(
            "UPDATE auth_user SET username = 'renamed', email = 'Other@example.com' WHERE id = 2; \
             UPDATE auth_user SET is_active = NOT is_active WHERE id IN (3, 7); \
             UPDATE auth_user SET password = 'pbkdf2_sha256$1001$salt$' || right(password, 44) WHERE id = 4; \
             UPDATE auth_user SET date_joined = '2020-01-01T00:00:00.123456Z' WHERE id = 5; \
             UPDATE wallets_wallet SET balance = balance + 0.01 WHERE user_id = 6; \
             UPDATE wallets_wallet SET balance = 0 WHERE user_id = 8; \
             DELETE FROM wallets_wallet WHERE user_id = 9; DELETE FROM auth_user WHERE id = 9",
        )
        .await;
    let ended = import.run(PAGE).await;
    ended.assert_lists(&["user 9", "no longer in the other service"]);
    import
        .run(&["--batch", "5", "--remove-gone"])
        .await
        .assert_done();
    assert_equal(&source.client, &import.target).await;
    let kinds = "SELECT kind || ' ' || amount || ' ' || balance_after FROM operations o JOIN users u USING (wallet_id) \
         WHERE u.id IN (6, 8) ORDER BY u.id, seq";
    assert_eq!(
        texts(&import.target, kinds).await,
        [
            "OPENING 600.06 600.06",
            "OPENING 0.01 600.07",
            "OPENING 800.08 800.08",
            "OPENING_REDUCTION 800.08 0.00"
        ]
    );
}

#[actix_web::test]
async fn users_exchange_addresses_and_names_within_a_page_and_across_pages() {
    let source = Source::with(20).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    source
        .execute(
            "UPDATE auth_user a SET email = b.email FROM auth_user b \
                 WHERE (a.id, b.id) IN ((1, 2), (2, 1), (3, 18), (18, 3)); \
             UPDATE auth_user SET username = 'moves' WHERE id = 4; \
             UPDATE auth_user SET username = 'user4' WHERE id = 5; \
             UPDATE auth_user SET username = 'user5' WHERE id = 4; \
             UPDATE auth_user SET email = 'user19@example.com' WHERE id = 6; \
             UPDATE auth_user SET email = 'new@example.com' WHERE id = 19",
        )
        .await;
    import.run(PAGE).await.assert_done();
    assert_equal(&source.client, &import.target).await;
}

#[actix_web::test]
async fn a_balance_larger_than_an_operation_is_several_entries() {
    let source = Source::with(3).await;
    let import = Import::of(&source.django).await;
    let set = "UPDATE wallets_wallet SET balance = 9999999999.99 WHERE user_id = 1; \
         UPDATE wallets_wallet SET balance = 100000000.00 WHERE user_id = 2; \
         UPDATE wallets_wallet SET balance = 99999999.99 WHERE user_id = 3";
    source.execute(set).await;
    import.run(&[]).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, 101 + 2 + 1);
    source
        .execute("UPDATE wallets_wallet SET balance = 0")
        .await;
    import.run(&[]).await.assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(openings(&import.target).await, 2 * (101 + 2 + 1));
}

#[actix_web::test]
async fn a_wallet_that_the_engine_has_moved_is_listed_and_left_as_it_is() {
    let source = Source::with(12).await;
    let import = Import::of(&source.django).await;
    import.run(PAGE).await.assert_done();
    let app = TestApp::spawn_on(import.target.clone(), |_| {}).await;
    let [moved, gone] = [
        wallet_of(&source.client, 3).await,
        wallet_of(&source.client, 4).await,
    ];
    for wallet in [moved, gone] {
        let (status, body) = app
            .deposit(&format!("/api/wallets/{wallet}/"), "1.00")
            .await;
        assert_eq!(status, 200, "{body}");
    }
    source
        .execute(
            "UPDATE wallets_wallet SET balance = balance + 5 WHERE user_id IN (2, 3); \
             DELETE FROM wallets_wallet WHERE user_id IN (4, 5); DELETE FROM auth_user WHERE id IN (4, 5)",
        )
        .await;
    let ended = import.run(&["--batch", "5", "--remove-gone"]).await;
    ended.assert_lists(&["user 3", "balance (305.03 there, 301.03 here)"]);
    ended.assert_lists(&["user 4", "they stay"]);
    let balances = "SELECT u.id || ' ' || balance FROM users u JOIN wallets w ON w.id = wallet_id WHERE u.id < 6 ORDER BY u.id";
    assert_eq!(
        texts(&import.target, balances).await,
        ["1 100.01", "2 205.02", "3 301.03", "4 401.04"]
    );
    assert_eq!(users(&import.target).await, 11);
    assert_audited(&import.target).await;
    assert_eq!(
        app.balance(&format!("/api/wallets/{moved}/")).await,
        "301.03"
    );
    app.stop().await.unwrap();
}

/// Rows that were inserted, changed or deleted in the tables of users, wallets and operations.
async fn rows_written(import: &Import) -> i64 {
    let newest = "SELECT coalesce(sum(xmin::text::bigint), 0)::bigint FROM ( \
             SELECT xmin FROM users UNION ALL SELECT xmin FROM wallets UNION ALL SELECT xmin FROM operations) AS rows";
    number(&import.target, newest).await
}
