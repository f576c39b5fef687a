//! Signing in and out, in both languages.

use crate::panel::{PASSWORD, Panel, STAFF};

#[actix_rt::test]
async fn staff_sign_in_to_the_page_that_they_asked_for_and_out_again() {
    let panel = Panel::start().await;
    let browser = &panel.browser;
    panel.open("/admin/users/?q=bob").await;
    browser
        .arrives("/admin/sign-in/?next=%2Fadmin%2Fusers%2F%3Fq%3Dbob")
        .await;
    panel.screens("sign-in").await;

    panel.sign_in(STAFF, "wrong").await;
    browser.text_with("[role=alert]", "is wrong").await;
    panel.screens("sign-in-refused").await;

    panel.sign_in(STAFF, PASSWORD).await;
    browser.arrives("/admin/users/?q=bob").await;
    let cookie = browser.cookie("wallet_admin").await;
    assert_eq!(cookie.http_only(), Some(true));
    assert!(
        cookie
            .same_site()
            .is_some_and(|same_site| same_site.is_lax())
    );
    assert_eq!(cookie.path(), Some("/admin/"));

    browser.follow("button[value=ru]").await;
    browser.text_with("h1", "Пользователи").await;
    browser.follow("button[value=en]").await;
    browser.text_with("h1", "Users").await;
    browser.follow("button[value=dark]").await;
    browser.text_with("h1", "Users").await;

    browser.follow(".who button").await;
    browser.arrives("/admin/sign-in/").await;
    panel.open("/admin/users/").await;
    browser
        .arrives("/admin/sign-in/?next=%2Fadmin%2Fusers%2F")
        .await;
    // The page of the refusal was a 422, which the browser noted.
    panel.browser.complaints().await;
    panel.end().await;
}

#[actix_rt::test]
async fn errors_have_pages_too() {
    let panel = Panel::signed_in().await;
    panel.open("/admin/nothing/").await;
    panel.browser.text_with("h1", "Page not found").await;
    panel.screens("not-found").await;
    // The 404 itself.
    panel.browser.complaints().await;
    panel.end().await;
}

#[actix_rt::test]
async fn the_sixth_attempt_is_told_when_to_come_again() {
    let panel = Panel::start().await;
    panel.open("/admin/").await;
    panel.browser.follow("button[value=en]").await;
    panel.browser.text_with("h1", "Sign in").await;
    for _ in 1..=5 {
        panel.sign_in(STAFF, "wrong").await;
        panel.browser.text_with("[role=alert]", "is wrong").await;
    }
    panel.sign_in(STAFF, PASSWORD).await;
    panel.browser.text_with("h1", "Too many attempts").await;
    panel.browser.text_with("main", "UTC").await;
    panel.screens("too-many-attempts").await;
    // The refusals themselves.
    panel.browser.complaints().await;
    panel.end().await;
}
