//! The overview, which brings itself up to date.

use serde_json::{Value, json};

use crate::panel::Panel;

/// A new user's wallet, as a client of the API gets it.
async fn wallet(panel: &Panel, username: &str) -> String {
    let user = json!({"username": username, "email": format!("{username}@example.com"), "password": "secret"});
    let register = format!("{}/api/register/", panel.engine.url);
    let answer = reqwest::Client::new().post(register).json(&user).send();
    answer.await.unwrap().headers()["location"]
        .to_str()
        .unwrap()
        .to_owned()
}

async fn operate(panel: &Panel, wallet: &str, kind: &str, amount: &str) {
    let url = format!("{}{wallet}operation/", panel.engine.url);
    let operation: Value = json!({"operationType": kind, "amount": amount});
    let sent = reqwest::Client::new().post(url).json(&operation).send();
    sent.await.unwrap();
}

#[actix_rt::test]
async fn the_overview_shows_what_happens_without_being_reloaded() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    panel.open("/admin/").await;
    browser.text_with("[data-live-state=on]", "Refreshes").await;
    browser.run("window.neverReloaded = true", &[]).await;
    let wallet = wallet(&panel, "busy").await;
    for _ in 0..30 {
        operate(&panel, &wallet, "DEPOSIT", "12.50").await;
    }
    operate(&panel, &wallet, "WITHDRAW", "9000").await;

    let id = wallet.split('/').nth(3).unwrap();
    browser.text_with(".table a", id).await;
    browser.text_with(".table .amount", "375.00").await;
    // Samples are taken, and in the end it is quiet.
    browser.text_with(".chart__key", "committed 0").await;
    let reloaded = browser
        .run("return window.neverReloaded === true", &[])
        .await;
    assert_eq!(reloaded, true, "the page is the one that was opened");
    panel.screens("overview").await;
    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("h1", "Обзор").await;
    browser
        .text_with("[data-live-state=on]", "Обновляется")
        .await;
    panel.screens("overview-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn an_overview_whose_session_is_over_says_so_and_leads_to_sign_in() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    panel.open("/admin/").await;
    browser.text_with("[data-live-state=on]", "Refreshes").await;
    let signed_out = "return fetch('/admin/sign-out/', {method: 'POST', redirect: 'manual',
        body: new URLSearchParams(new FormData(document.querySelector('.who')))}).then(() => true)";
    browser.run(signed_out, &[]).await;
    browser
        .text_with("[data-live-state=out]", "Your session has ended")
        .await;
    browser.follow("[data-live-state=out] a").await;
    browser.arrives("/admin/sign-in/?next=%2Fadmin%2F").await;
    panel.end().await;
}
