//! From the making of a key to its end.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Guarded, count, deposit, form_in, id_of, key_in, made, make, numbers, on, read};
use crate::app::TestApp;
use crate::postgres;

/// Nothing takes as long when it works: an engine learns of it within a second, and what it knows is otherwise believed for minutes.
const REVOKED_MAX: Duration = Duration::from_secs(15);

#[actix_web::test]
async fn a_key_works_at_once_and_is_refused_everywhere_after_its_revocation() {
    let guarded = Guarded::spawn().await;
    let other = TestApp::spawn_on(guarded.app.database.clone(), on).await;
    let wallet = guarded.open.app.wallet("alice").await;
    let key = made(&guarded.browser, "shop", &["wallets:read"], "").await;
    let credential = format!("Bearer {key}");
    let engines = [&guarded.app, &other];
    for app in engines {
        assert_eq!(read(app, &wallet, &credential).await, 200);
        assert_eq!(deposit(app, &wallet, &key).await, 403);
        assert_eq!(read(app, &wallet, "Bearer wk_").await, 401);
    }

    let list = guarded.browser.get("/admin/keys/").await.body;
    for shown in [
        "shop",
        "no. 1",
        "operator",
        "Live",
        "<code>wallets:read</code>",
    ] {
        assert!(list.contains(shown), "{shown}\n{list}");
    }
    assert!(!list.contains("have no effect"), "{list}");
    let digits = &key[3..];
    assert!(!list.contains(digits), "it is shown once");
    let database = postgres::connect(&guarded.app.database).await;
    let stored = "SELECT concat(array(SELECT k::text FROM api_keys k), array(SELECT s::text FROM admin_sessions s))";
    let stored: String = database.query_one(stored, &[]).await.unwrap().get(0);
    assert!(!stored.contains(digits), "{stored}");

    let asks = guarded.browser.get("/admin/keys/1/revoke/").await;
    assert!(asks.body.contains("Revoke the key shop?"), "{}", asks.body);
    assert_eq!(read(&guarded.app, &wallet, &credential).await, 200);
    let revoked = guarded
        .browser
        .post("/admin/keys/1/revoke/confirm/", &[])
        .await;
    let since = Instant::now();
    assert_eq!(revoked.location(), "/admin/keys/");
    for app in engines {
        while read(app, &wallet, &credential).await != 401 {
            assert!(since.elapsed() < REVOKED_MAX, "it is still taken");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let list = guarded.browser.get("/admin/keys/").await.body;
    assert!(list.contains("The key shop (no. 1) was revoked."), "{list}");
    assert!(list.contains("Revoked"), "{list}");
    let by = "SELECT u.username FROM api_keys k JOIN users u ON u.id = k.revoked_by";
    let by: String = database.query_one(by, &[]).await.unwrap().get(0);
    assert_eq!(by, "operator");

    let again = guarded
        .browser
        .post("/admin/keys/1/revoke/confirm/", &[])
        .await;
    assert_eq!(again.status, 409);
    assert!(
        again.body.contains("is not live any more"),
        "{}",
        again.body
    );
    let rotate = guarded.browser.get("/admin/keys/1/rotate/").await;
    assert_eq!(rotate.status, 409);
    let form = [
        ("form", "0b9d4dd4-5ac6-4b6e-9d2e-1f1c5b7f7c11"),
        ("days", ""),
    ];
    let rotated = guarded
        .browser
        .post("/admin/keys/1/rotate/make/", &form)
        .await;
    assert_eq!(rotated.status, 409);
    assert_eq!(count(&guarded.app).await, 1);
    other.stop().await.unwrap();
    guarded.stop().await;
}

#[actix_web::test]
async fn a_key_is_rotated_into_another_like_it_and_there_is_no_third() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let [own, others] = ["alice", "bob"].map(|name| guarded.open.app.wallet(name));
    let (own, others) = (own.await, others.await);
    let fields = [
        ("name", "shop"),
        ("scope", "wallets:read"),
        ("scope", "operations:write"),
        ("wallets", id_of(&own)),
        ("days", "30"),
    ];
    let first = key_in(&make(browser, &fields).await);
    let page = browser.get("/admin/keys/1/rotate/").await;
    assert!(
        page.body.contains(r#"name="days" value="30""#),
        "{}",
        page.body
    );
    let wrong = [("form", form_in(&page)), ("days", "0".to_owned())];
    let wrong = wrong
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let refused = browser.post("/admin/keys/1/rotate/make/", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(r#"name="days" value="0""#));

    let rotate = async || {
        let form = form_in(&browser.get("/admin/keys/1/rotate/").await);
        let fields = [("form", form.as_str()), ("days", "30")];
        browser.post("/admin/keys/1/rotate/make/", &fields).await
    };
    let answer = rotate().await;
    assert!(
        answer.body.contains("/admin/keys/1/revoke/"),
        "{}",
        answer.body
    );
    let second = key_in(&answer);
    for key in [&first, &second] {
        let credential = format!("Bearer {key}");
        assert_eq!(read(&guarded.app, &own, &credential).await, 200);
        assert_eq!(deposit(&guarded.app, &own, key).await, 200);
        assert_eq!(read(&guarded.app, &others, &credential).await, 404);
    }
    let database = postgres::connect(&guarded.app.database).await;
    let alike = "SELECT count(DISTINCT (scopes, wallets, (expires_at - created_at))) FROM api_keys";
    let alike: i64 = database.query_one(alike, &[]).await.unwrap().get(0);
    assert_eq!(alike, 1);

    for third in [rotate().await, make(browser, &fields).await] {
        assert_eq!(third.status, 409, "{}", third.body);
        assert!(third.body.contains("Two keys named shop are live already."));
        for number in [1, 2] {
            let link = format!("/admin/keys/{number}/revoke/");
            assert!(third.body.contains(&link), "{}", third.body);
        }
    }
    browser.get("/admin/keys/1/revoke/").await;
    browser.post("/admin/keys/1/revoke/confirm/", &[]).await;
    key_in(&make(browser, &fields).await);
    assert_eq!(numbers(&guarded.app, "shop").await.len(), 3);
    guarded.stop().await;
}

#[actix_web::test]
async fn of_five_that_make_a_key_of_a_name_at_once_two_do() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let fields = [("name", "shop"), ("scope", "wallets:read")];
    let answers = join_all((0..5).map(|_| make(browser, &fields))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 409, 409, 409]);
    assert_eq!(numbers(&guarded.app, "shop").await.len(), 2);
    guarded.stop().await;
}

#[actix_web::test]
async fn a_key_that_has_expired_makes_room_and_is_shown_as_such() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    let wallet = guarded.open.app.wallet("alice").await;
    for _ in 0..2 {
        made(browser, "shop", &["wallets:read"], "").await;
    }
    let expire = "UPDATE api_keys SET created_at = now() - interval '2 days', expires_at = now() - interval '1 day'";
    guarded.open.execute(expire).await;
    let list = browser.get("/admin/keys/").await.body;
    assert_eq!(list.matches("badge--warn").count(), 2, "{list}");
    let key = made(browser, "shop", &["wallets:read"], "").await;
    let credential = format!("Bearer {key}");
    assert_eq!(read(&guarded.app, &wallet, &credential).await, 200);
    let list = browser.get("/admin/keys/").await.body;
    assert_eq!(
        list.matches("badge--warn").count(),
        2,
        "nobody revoked them"
    );
    assert_eq!(list.matches("badge--good").count(), 1);
    guarded.stop().await;
}
