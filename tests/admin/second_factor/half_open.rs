//! A session that awaits its code, attacked on every route that the panel's source registers.

use std::fs;
use std::path::Path;

use reqwest::Method;
use reqwest::header::ORIGIN;

use super::authenticator::{App, first_step, later, second_step};
use crate::admin::{Admin, Browser, SESSION, STAFF, form};

/// What has no use for a session, or ends it.
const OPEN: [&str; 5] = [
    "/admin/sign-in/",
    "/admin/sign-out/",
    "/admin/second-factor/",
    "/admin/language/",
    "/admin/theme/",
];

/// Every address of the panel, with something in place of what varies.
fn addresses() -> Vec<String> {
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/admin");
    collect(&source, &mut found);
    found.sort();
    found.dedup();
    assert!(found.len() > 30, "{found:?}");
    for known in ["/admin/account/", "/admin/users/1/edit/", "/admin/audit/"] {
        assert!(found.iter().any(|address| address == known), "{known}");
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            // Whatever a route is registered by, its address is text that begins with a slash and is an argument.
            for by in ["resource(", "form("] {
                for rest in text.split(by).skip(1) {
                    let Some(address) = rest.trim_start().strip_prefix("\"/") else {
                        continue;
                    };
                    let address = address.split('"').next().unwrap();
                    found.push(format!("/admin/{}", filled(address)));
                }
            }
        }
    }
}

fn filled(address: &str) -> String {
    let parts = address.split('/').map(|part| match part {
        "{wallet}" | "{webhook}" => "00000000-0000-4000-8000-000000000000".to_owned(),
        _ => match part.split_once('{') {
            Some((before, _)) => format!("{before}1"),
            None => part.to_owned(),
        },
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn sent(browser: &Browser, admin: &Admin, path: &str) -> u16 {
    let csrf = browser.csrf.borrow().clone();
    let request = browser.request(Method::POST, path);
    let request = request.header(ORIGIN, admin.app.url(""));
    browser.send(form(request, &[("csrf", &csrf)])).await.status
}

#[actix_web::test]
async fn it_reaches_no_page_and_no_form() {
    let admin = Admin::spawn().await;
    App::enrol(&admin, &admin).await;
    let half = admin.other_browser();
    first_step(&half).await;
    let (mut pages, mut forms) = (0, 0);
    for path in addresses() {
        if OPEN.contains(&path.as_str()) {
            continue;
        }
        let answer = half.get(&path).await;
        match answer.status {
            303 => {
                let to = answer.location();
                assert!(
                    to.starts_with("/admin/second-factor/?next="),
                    "{path}: {to}"
                );
                pages += 1;
            }
            404 | 405 => {}
            status => panic!("{path}: {status}"),
        }
        match sent(&half, &admin, &path).await {
            403 => forms += 1,
            // Fields are missing, or nothing has such a form.
            400 | 404 | 405 => {}
            status => panic!("POST {path}: {status}"),
        }
    }
    assert!(pages > 20, "{pages}");
    assert!(forms > 10, "{forms}");
    assert_eq!(half.get("/admin/second-factor/").await.status, 200);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn it_lasts_ten_minutes_and_is_over_when_its_user_says_so() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let half = admin.other_browser();
    first_step(&half).await;
    admin
        .execute("UPDATE admin_sessions SET created_at = now() - interval '10 minutes' WHERE verified_at IS NULL")
        .await;
    let code = app.code(&admin).await;
    let answer = second_step(&half, &code).await;
    assert!(answer.location().starts_with("/admin/sign-in/?next="));
    assert_eq!(half.get("/admin/").await.status, 303);

    first_step(&half).await;
    assert_eq!(
        half.get("/admin/sign-in/").await.status,
        200,
        "it may begin anew"
    );
    let out = half.post("/admin/sign-out/", &[]).await;
    assert_eq!(out.location(), "/admin/sign-in/");
    let page = half.get("/admin/second-factor/").await;
    assert!(page.location().starts_with("/admin/sign-in/"));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_code_from_another_site_or_of_another_session_opens_nothing() {
    let admin = Admin::spawn().await;
    let app = App::enrol(&admin, &admin).await;
    later(&admin).await;
    let code = app.code(&admin).await;
    let half = admin.other_browser();
    first_step(&half).await;
    let own = half.csrf.borrow().clone();
    let foreign = admin.csrf.borrow().clone();
    for (csrf, origin) in [
        (foreign.as_str(), admin.app.url("")),
        ("", admin.app.url("")),
        (own.as_str(), "https://evil.example".to_owned()),
    ] {
        let request = half.request(Method::POST, "/admin/second-factor/");
        let request = request.header(ORIGIN, origin);
        let fields = [("csrf", csrf), ("code", code.as_str())];
        assert_eq!(half.send(form(request, &fields)).await.status, 403);
    }
    assert_eq!(half.get("/admin/users/").await.status, 303);
    // The token of the half-open session is no cookie of another one's.
    let evil = [("code", code.as_str()), ("next", "//evil.example")];
    half.get("/admin/second-factor/").await;
    let answer = half.post("/admin/second-factor/", &evil).await;
    assert_eq!(answer.location(), "/admin/");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_session_of_an_engine_that_knew_no_factor_is_half_open() {
    let admin = Admin::spawn().await;
    App::enrol(&admin, &admin).await;
    let half = admin.other_browser();
    first_step(&half).await;
    // As an engine of before version 19 would have written it.
    admin
        .execute("UPDATE admin_sessions SET address = NULL, agent = NULL WHERE verified_at IS NULL")
        .await;
    let answer = half.get("/admin/users/").await;
    assert!(answer.location().starts_with("/admin/second-factor/"));
    let list = admin.get("/admin/account/").await;
    assert_eq!(list.body.matches("badge--bad").count(), 1, "{}", list.body);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wrong_password_says_nothing_about_the_factor() {
    let admin = Admin::spawn().await;
    let before = admin.other_browser().try_sign_in(STAFF, "wrong").await;
    App::enrol(&admin, &admin).await;
    let other = admin.other_browser();
    let after = other.try_sign_in(STAFF, "wrong").await;
    assert_eq!((before.status, after.status), (422, 422));
    let bare = |body: &str| {
        let mut parts = body.split("name=\"csrf\" value=\"");
        let first = parts.next().unwrap().to_owned();
        first + &parts.map(|part| &part[64..]).collect::<String>()
    };
    assert_eq!(bare(&before.body), bare(&after.body));
    // And a new password ends what was half open.
    first_step(&other).await;
    let cookie = other.cookies.borrow()[SESSION].clone();
    admin.app.wallet("other").await;
    admin
        .execute("UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE username = 'other') WHERE username <> 'other'")
        .await;
    assert_eq!(other.cookies.borrow()[SESSION], cookie);
    let answer = other.get("/admin/second-factor/").await;
    assert!(answer.location().starts_with("/admin/sign-in/"));
    admin.app.stop().await.unwrap();
}
