//! What all answers of the panel have in common.

use reqwest::Method;

use crate::admin::{Admin, Answer, PASSWORD, STAFF};

const HEADERS: [(&str, &str); 4] = [
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
];

fn assert_strict(answer: &Answer, what: &str) {
    for (name, value) in HEADERS {
        assert_eq!(answer.header(name), value, "{what}: {name}");
        let all = answer.headers.get_all(name).iter().count();
        assert_eq!(all, 1, "{what}: {name}");
    }
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{what}");
    assert!(!policy.contains("unsafe"), "{what}");
    for inline in ["style=", "<style", "onclick=", "<script>", "javascript:"] {
        assert!(!answer.body.contains(inline), "{what}: {inline}");
    }
}

#[actix_web::test]
async fn every_answer_has_the_strict_headers_and_nothing_inline() {
    let admin = Admin::spawn_signed_out().await;
    for path in ["/admin", "/admin/", "/admin/sign-in/", "/admin/nothing/"] {
        assert_strict(&admin.get(path).await, path);
    }
    let forged = admin
        .send(admin.request(Method::POST, "/admin/sign-in/"))
        .await;
    assert_eq!(forged.status, 403);
    assert_strict(&forged, "a forged form");
    admin.sign_in(STAFF, PASSWORD).await;
    for path in [
        "/admin/",
        "/admin/users/",
        "/admin/wallets/",
        "/admin/operations/",
        "/admin/operations/?amount=%22%3E%3Cscript%3E&day=%00&after=-1",
        "/admin/operations.csv",
        "/admin/audit/",
        "/admin/engine/",
        "/admin/engine/?id=%00%22%3E",
        "/admin/approvals/",
        "/admin/approvals/?after=x",
        "/admin/approvals/%00/",
        "/admin/approvals/9223372036854775807/approve/",
        "/admin/keys/",
        "/admin/keys/?name=%00%22%3E%3Cscript%3E&after=-1",
        "/admin/keys/new/",
        "/admin/keys/new/make/",
        "/admin/keys/1/rotate/",
        "/admin/keys/%00/revoke/",
        "/admin/keys/9223372036854775807/revoke/",
        "/admin/webhooks/",
        "/admin/webhooks/new/",
        "/admin/webhooks/new/make/",
        "/admin/webhooks/%00/",
        "/admin/webhooks/00000000-0000-4000-8000-000000000000/rotate/",
        "/admin/webhooks/00000000-0000-4000-8000-000000000000/set-aside/?after=x",
        "/admin/nothing/",
        "/admin/wallets/%00/statement/",
        "/admin/wallets/00000000-0000-0000-0000-000000000000/statement/?from=%00&to=9999-99-99",
        "/admin/wallets/00000000-0000-0000-0000-000000000000/statement.csv?month=%22%3E%3Cscript%3E",
        "/admin/users/?q=%00",
        "/admin/users/%00/",
        "/admin/sign-out/",
    ] {
        let answer = admin.get(path).await;
        assert_strict(&answer, path);
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn addresses_are_as_elsewhere_and_head_is_get_without_a_body() {
    let admin = Admin::spawn().await;
    let closed = admin.get("/admin").await;
    assert_eq!((closed.status, closed.location()), (301, "/admin/"));
    let closed = admin.get("/admin/users").await;
    assert_eq!((closed.status, closed.location()), (301, "/admin/users/"));
    let head = admin.request(Method::HEAD, "/admin/users/");
    let head = admin.send(head).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let missing = admin.get("/admin/nothing/").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("<html"), "{}", missing.body);
    let answer = admin
        .send(admin.request(Method::DELETE, "/admin/users/"))
        .await;
    assert_eq!(answer.status, 405);
    let beside = admin.get("/administrator/").await;
    assert_eq!(
        (beside.status, beside.body.as_str()),
        (404, r#"{"detail":"Not found."}"#)
    );
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_language_is_the_browser_s_until_another_is_chosen() {
    let admin = Admin::spawn_signed_out().await;
    let in_english = admin
        .request(Method::GET, "/admin/sign-in/")
        .header("accept-language", "en-US,en;q=0.8");
    assert!(admin.send(in_english).await.body.contains("lang=\"en\""));
    let page = admin.get("/admin/sign-in/").await;
    assert!(page.body.contains("<html lang=\"ru\""), "{}", page.body);

    let choice = [
        ("choice", "en"),
        ("next", "/admin/sign-in/?next=%2Fadmin%2Fusers%2F"),
    ];
    let chosen = admin.post("/admin/language/", &choice).await;
    assert_eq!(chosen.location(), choice[1].1);
    let page = admin.get(chosen.location()).await;
    assert!(page.body.contains("<html lang=\"en\""), "{}", page.body);
    let choice = [("choice", "dark"), ("next", "/admin/")];
    admin.post("/admin/theme/", &choice).await;
    let page = admin.get("/admin/sign-in/").await;
    assert!(page.body.contains("data-theme=\"dark\""), "{}", page.body);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn static_files_are_kept_by_browsers_and_asked_for_by_their_version() {
    let admin = Admin::spawn_signed_out().await;
    let page = admin.get("/admin/sign-in/").await;
    for name in ["admin.css", "admin.js"] {
        let (_, address) = page
            .body
            .split_once(&format!("/static/admin/{name}"))
            .unwrap();
        let version = address.split('"').next().unwrap();
        let path = format!("/static/admin/{name}{version}");
        let file = admin.get(&path).await;
        assert_eq!(file.status, 200);
        assert!(file.header("cache-control").contains("max-age"));
        let again = admin.request(Method::GET, &path);
        let again = again.header("if-none-match", file.header("etag"));
        assert_eq!(admin.send(again).await.status, 304);
    }
    assert_eq!(admin.get("/static/admin/").await.status, 404);
    assert_eq!(admin.get("/static/admin/nothing.css").await.status, 404);
    admin.app.stop().await.unwrap();
}
