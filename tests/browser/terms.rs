//! A hold is voided, an operation given back, and a wallet frozen, with the reasons in its ledger.

use serde_json::{Value, json};

use crate::panel::Panel;
use crate::wallets::{balance, wallet};

/// Places a hold; gives the path of its page.
async fn hold(panel: &Panel, wallet: &str, amount: &str, reference: &str) -> String {
    let url = format!("{}{wallet}holds/", panel.engine.url);
    let body = json!({"amount": amount, "reference": reference});
    let sent = reqwest::Client::new().post(url).json(&body).send();
    let answer = sent.await.unwrap();
    assert_eq!(answer.status(), 201);
    let hold: Value = answer.json().await.unwrap();
    format!(
        "{}holds/{}/",
        wallet.replace("/api/", "/admin/"),
        hold["id"]
    )
}

async fn speak(panel: &Panel, lang: &str) {
    let button = format!("button[name=choice][value={lang}]");
    panel.browser.follow(&button).await;
}

#[actix_rt::test]
async fn a_hold_is_voided_with_a_reason() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00"]).await;
    let page = alice.replace("/api/", "/admin/");
    let first = hold(&panel, &alice, "30.00", "order 7").await;
    hold(&panel, &alice, "1.00", &"R".repeat(140)).await;

    panel.open(&page).await;
    browser.text_with("#held", "31.00").await;
    browser.text_with("#available", "69.00").await;
    browser.text_with("#state", "Holds").await;
    browser.text_with("#holds", "order 7").await;
    panel.screens("wallet-holds").await;
    browser.follow(".head .buttons a:first-child").await;
    browser.text_with("h1", "Holds").await;
    panel.screens("holds").await;
    browser.follow("tbody tr:last-child .button").await;
    browser.arrives(&first).await;
    panel.screens("hold").await;
    browser.write("#reason", "The order was cancelled").await;
    browser.follow("main .button--danger").await;
    panel.confirm().await;
    browser
        .text_with(".notice--good", "The hold was voided")
        .await;
    browser.text_with("#rows", "The order was cancelled").await;
    browser.text_with("#status", "Voided").await;
    speak(&panel, "ru").await;
    browser.text_with("#status", "Отменён").await;
    panel.screens("hold-voided").await;
    browser.follow(".head .button").await;
    browser.text_with("h1", "Холды").await;
    panel.screens("holds-ru").await;
    browser.follow(".above a").await;
    browser.text_with("#available", "99,00").await;
    browser
        .text_with("#ledger", "The order was cancelled")
        .await;
    panel.screens("wallet-holds-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn an_operation_is_given_back_in_part() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00"]).await;
    panel.open(&alice.replace("/api/", "/admin/")).await;
    browser.follow("#ledger tbody .button").await;
    browser.text_with("h1", "Operation 1").await;
    let shown = browser.run("return amount.value", &[]).await;
    assert_eq!(shown, "100.00");
    panel.screens("operation").await;
    browser.rewrite("#amount", "40").await;
    browser.write("#reason", "Paid twice").await;
    browser.follow("main .button--danger").await;
    panel.confirm().await;
    browser
        .text_with(".notice--good", "The operation was reversed")
        .await;
    let ledger = browser.text_with("#ledger", "Paid twice").await;
    assert!(
        ledger.contains("reversed by 2") && ledger.contains("reverses 1"),
        "{ledger}"
    );
    panel.screens("wallet-reversed").await;
    assert_eq!(balance(&panel, &alice).await, "60.00");

    speak(&panel, "ru").await;
    browser.follow("#ledger tbody .button").await;
    browser.text_with("#reversed", "40,00").await;
    panel.screens("operation-ru").await;
    browser.rewrite("#amount", "60.01").await;
    browser.write("#reason", "Слишком много").await;
    browser.follow("main .button--danger").await;
    panel.confirm().await;
    browser
        .text_with("[role=alert]", "Больше, чем осталось")
        .await;
    // The refusal's status, which the browser mentions.
    let complaints = browser.complaints().await;
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    panel.screens("operation-refused").await;
    assert_eq!(balance(&panel, &alice).await, "60.00");
    panel.end().await;
}

#[actix_rt::test]
async fn a_wallet_is_frozen_with_a_reason_and_found_by_its_state() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00"]).await;
    wallet(&panel, "bob", &[]).await;
    let page = alice.replace("/api/", "/admin/");
    panel.open(&format!("{page}rules/")).await;
    browser.text_with("#history", "never changed").await;
    panel.screens("rules").await;
    browser.click("#debits option[value=frozen]").await;
    browser.write("#daily-out-max", "1 500.50").await;
    browser.write("#reason", "Suspicion of fraud").await;
    browser.follow("main .button--primary").await;
    browser.text_with("#confirmation", "open → frozen").await;
    panel.screens("rules-confirm").await;
    panel.confirm().await;
    browser
        .text_with(".notice--good", "The rules were changed")
        .await;
    let history = browser.text_with("#history", "Suspicion of fraud").await;
    assert!(history.contains("Debits: open → frozen"), "{history}");
    browser.text_with("#today", "1\u{202f}500.50").await;
    panel.screens("rules-frozen").await;
    browser.write("#operation-max", "none").await;
    browser.write("#reason", "A").await;
    browser.click("textarea").await;
    let no_limits = "reason.minLength = 0";
    browser.run(no_limits, &[]).await;
    browser.follow("main .button--primary").await;
    browser
        .text_with("#operation-max-error", "Enter an amount")
        .await;
    let complaints = browser.complaints().await;
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    panel.screens("rules-mistake").await;

    panel.open(&page).await;
    browser.text_with("#state", "Debits frozen").await;
    browser.click("input[value=WITHDRAW]").await;
    browser.write("#amount", "1").await;
    browser.write("#reason", "Not now").await;
    browser.follow("main .button--primary").await;
    panel.confirm().await;
    browser
        .text_with("[role=alert]", "The wallet is frozen")
        .await;
    assert_eq!(browser.complaints().await.len(), 1);
    panel.open("/admin/wallets/?state=frozen").await;
    let list = browser.text_with("table", "alice").await;
    assert!(
        !list.contains("bob") && list.contains("Debits frozen"),
        "{list}"
    );
    panel.screens("wallets-frozen").await;
    speak(&panel, "ru").await;
    browser.text_with("table", "Списания заморожены").await;
    panel.screens("wallets-frozen-ru").await;
    panel.open(&format!("{page}rules/")).await;
    browser
        .text_with("#history", "Списания: открыты → заморожены")
        .await;
    panel.screens("rules-ru").await;
    panel.end().await;
}
