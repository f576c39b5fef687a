//! Nobody makes or revokes a key but staff, from a page of their own session.

use reqwest::Method;
use reqwest::header::ORIGIN;

use super::{Guarded, count, form_in, made, make, numbers};
use crate::admin::{Browser, PASSWORD, STAFF, form};

#[actix_web::test]
async fn a_form_of_another_session_or_of_none_changes_no_key() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    made(browser, "shop", &["wallets:read"], "").await;
    let foreign = Browser::new(&guarded.app);
    foreign.sign_in(STAFF, PASSWORD).await;
    let stolen = foreign.csrf.borrow().clone();
    let own_form = form_in(&browser.get("/admin/keys/new/").await);
    let own = browser.csrf.borrow().clone();
    let made_up = "0b9d4dd4-5ac6-4b6e-9d2e-1f1c5b7f7c11";
    for path in [
        "/admin/keys/new/make/",
        "/admin/keys/1/rotate/make/",
        "/admin/keys/1/revoke/confirm/",
    ] {
        for csrf in ["", "x", &stolen] {
            let fields = [
                ("csrf", csrf),
                ("form", &own_form),
                ("name", "evil"),
                ("scope", "wallets:read"),
            ];
            let request = browser.request(Method::POST, path);
            let request = request.header(ORIGIN, guarded.app.url(""));
            let answer = browser.send(form(request, &fields)).await;
            assert_eq!(answer.status, 403, "{path} {csrf}");
        }
        let fields = [("csrf", own.as_str()), ("form", made_up), ("name", "evil")];
        let request = browser.request(Method::POST, path);
        let request = request.header(ORIGIN, "https://evil.example");
        assert_eq!(browser.send(form(request, &fields)).await.status, 403);

        let stranger = Browser::new(&guarded.app);
        stranger.get("/admin/sign-in/").await;
        let answer = stranger.post(path, &fields[1..]).await;
        let (page, _) = path.trim_end_matches('/').rsplit_once('/').unwrap();
        let next = format!("{page}/").replace('/', "%2F");
        assert_eq!(answer.location(), format!("/admin/sign-in/?next={next}"));
    }
    assert_eq!(count(&guarded.app).await, 1);
    let list = browser.get("/admin/keys/").await.body;
    assert_eq!(list.matches("badge--good").count(), 1, "it is live: {list}");
    guarded.stop().await;
}

#[actix_web::test]
async fn a_client_of_the_bank_sees_no_key_and_makes_none() {
    let guarded = Guarded::spawn().await;
    guarded.open.app.wallet("alice").await;
    let staff = "UPDATE users SET is_staff = true, role = 'administrator' WHERE username = 'alice'";
    guarded.open.execute(staff).await;
    let alice = Browser::new(&guarded.app);
    alice.sign_in("alice", PASSWORD).await;
    alice.get("/admin/keys/new/").await;
    guarded.open.execute(&staff.replace("true", "false")).await;
    assert_eq!(alice.get("/admin/keys/").await.status, 403);
    let fields = [
        ("form", "0b9d4dd4-5ac6-4b6e-9d2e-1f1c5b7f7c11"),
        ("name", "evil"),
        ("scope", "wallets:read"),
    ];
    let refused = alice.post("/admin/keys/new/make/", &fields).await;
    assert_eq!(refused.status, 403);
    assert_eq!(count(&guarded.app).await, 0);
    guarded.stop().await;
}

#[actix_web::test]
async fn what_is_no_key_has_no_page_and_html_is_text() {
    let guarded = Guarded::spawn().await;
    let browser = &guarded.browser;
    for key in [
        "0",
        "-1",
        "7",
        "x",
        "%00",
        "99999999999999999999",
        "9223372036854775807",
        "1%2F",
    ] {
        for page in ["rotate/", "revoke/", "rotate/make/", "revoke/confirm/"] {
            let path = format!("/admin/keys/{key}/{page}");
            assert_eq!(browser.get(&path).await.status, 404, "{path}");
        }
        browser.get("/admin/keys/new/").await;
        let revoke = format!("/admin/keys/{key}/revoke/confirm/");
        assert_eq!(browser.post(&revoke, &[]).await.status, 404, "{revoke}");
    }
    let html = "\"><script>alert(1)</script>";
    let fields = [
        ("name", html),
        ("scope", html),
        ("wallets", html),
        ("days", html),
        ("form", html),
    ];
    let refused = make(browser, &fields).await;
    assert_eq!(refused.status, 422);
    assert!(!refused.body.contains("<script>alert"), "{}", refused.body);
    let found = browser
        .get("/admin/keys/?name=%22%3E%3Cscript%3Ealert(1)")
        .await;
    assert!(!found.body.contains("<script>alert"), "{}", found.body);

    // The last of several values counts, and of scopes each does.
    let several = [
        ("name", "first"),
        ("name", "second"),
        ("scope", "wallets:read"),
        ("scope", "wallets:read"),
        ("scope", "holds:write"),
        ("unknown", "x"),
    ];
    assert_eq!(make(browser, &several).await.status, 200);
    assert_eq!(numbers(&guarded.app, "second").await.len(), 1);
    let nul = make(browser, &[("name", "a\0b"), ("scope", "wallets:read")]).await;
    assert_eq!(nul.status, 400);
    guarded.stop().await;
}
