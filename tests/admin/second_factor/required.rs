//! Where a second factor is required.

use wallet_engine::config::{Config, SecondFactor};

use super::authenticator::{App, offer};
use crate::admin::{Admin, Browser, PASSWORD, STAFF};
use crate::app::TestApp;

fn required(config: &mut Config) {
    config.server.second_factor = SecondFactor::Required;
}

#[actix_web::test]
async fn staff_without_one_reach_nothing_but_the_page_that_sets_it_up() {
    let admin = Admin::spawn_signed_out_with(required).await;
    let signed_in = admin.try_sign_in(STAFF, PASSWORD).await;
    assert_eq!(signed_in.location(), "/admin/");
    for path in [
        "/admin/",
        "/admin/users/",
        "/admin/wallets/",
        "/admin/audit/",
    ] {
        assert_eq!(
            admin.get(path).await.location(),
            "/admin/account/",
            "{path}"
        );
    }
    admin.get("/admin/account/").await;
    for path in [
        "/admin/audit/",
        "/admin/users/1/tokens/",
        "/admin/users/1/sessions/",
    ] {
        let answer = admin.post(path, &[]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    let page = admin.get("/admin/account/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("notice--warn"), "{}", page.body);
    // What only begins like the account's address is not it.
    assert_eq!(admin.get("/admin/account/../users/").await.status, 303);

    let app = App::enrol(&admin, &admin).await;
    assert_eq!(app.recovery.len(), 10);
    assert_eq!(admin.get("/admin/users/").await.status, 200);
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn sessions_of_before_it_was_required_are_led_there_as_well() {
    let admin = Admin::spawn().await;
    assert_eq!(admin.get("/admin/users/").await.status, 200);
    let strict = TestApp::spawn_on(admin.app.database.clone(), required).await;
    let browser = Browser::new(&strict);
    *browser.cookies.borrow_mut() = admin.cookies.borrow().clone();
    let answer = browser.get("/admin/users/").await;
    assert_eq!(answer.location(), "/admin/account/");
    let shown = offer(&browser).await;
    assert_eq!(shown.status, 200);
    browser.get("/admin/account/").await;
    let out = browser.post("/admin/sign-out/", &[]).await;
    assert_eq!(out.location(), "/admin/sign-in/");
    strict.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}
