//! A wallet is found, its history read, an adjustment made with a reason, and seen.

use serde_json::{Value, json};

use crate::panel::Panel;

/// Registers a user who deposits some times; gives the path of their wallet.
pub async fn wallet(panel: &Panel, username: &str, deposits: &[&str]) -> String {
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", panel.engine.url);
    let user = json!({"username": username, "email": format!("{username}@example.com"), "password": "secret"});
    let answer = http.post(url("/api/register/")).json(&user).send().await;
    let answer = answer.unwrap();
    let wallet = answer.headers()["location"].to_str().unwrap().to_owned();
    for amount in deposits {
        let deposit = json!({"operationType": "DEPOSIT", "amount": amount});
        let sent = http
            .post(url(&format!("{wallet}operation/")))
            .json(&deposit)
            .send();
        assert_eq!(sent.await.unwrap().status(), 200);
    }
    wallet
}

pub async fn balance(panel: &Panel, wallet: &str) -> String {
    let answer = reqwest::get(format!("{}{wallet}", panel.engine.url)).await;
    let body: Value = answer.unwrap().json().await.unwrap();
    body["balance"].as_str().unwrap().to_owned()
}

#[actix_rt::test]
async fn a_wallet_is_found_adjusted_with_a_reason_and_exported() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00", "250.50", "49.50"]).await;
    for name in ["bob", "carol", "dave"] {
        wallet(&panel, name, &["10.00"]).await;
    }
    panel.open("/admin/wallets/").await;
    browser.text_with("table", "dave").await;
    panel.screens("wallets").await;
    browser.rewrite("#q", "ALI").await;
    browser.follow("[role=search] .button--primary").await;
    browser.text_with("table", "alice@example.com").await;
    browser.follow("table .mono a").await;
    let page = alice.replace("/api/", "/admin/");
    browser.arrives(&page).await;

    browser.click("input[value=DEPOSIT]").await;
    browser.write("#amount", "1 234.50").await;
    browser
        .write("#reason", "The fee of 12 November was taken twice")
        .await;
    browser.follow("main .button--primary").await;
    let asked = browser.text_with("#confirmation", "Balance after").await;
    assert!(
        asked.contains("400.00") && asked.contains("1\u{202f}634.50") && asked.contains("alice"),
        "{asked}"
    );
    panel.screens("wallet-confirm").await;
    // The other button leads back to everything entered.
    browser.follow("button[name=edit]").await;
    let entered = browser.run("return amount.value", &[]).await;
    assert_eq!(entered, "1 234.50");
    browser.follow("main .button--primary").await;
    panel.confirm().await;
    browser
        .text_with(".notice--good", "The adjustment was applied")
        .await;
    browser.text_with("#balance", "1\u{202f}634.50").await;
    let ledger = browser.text_with("#ledger", "was taken twice").await;
    assert!(
        ledger.contains("+1\u{202f}234.50") && ledger.contains("Adjustment by operator"),
        "{ledger}"
    );
    let seen = browser
        .run(
            "return document.querySelector('.chart desc').textContent",
            &[],
        )
        .await;
    assert!(
        seen.as_str().unwrap().contains("Now: 1\u{202f}634.50"),
        "{seen}"
    );
    assert_eq!(balance(&panel, &alice).await, "1634.50");

    browser.click("input[value=WITHDRAW]").await;
    browser.write("#amount", "5000").await;
    browser.write("#reason", "More than there is").await;
    browser.follow("main .button--primary").await;
    browser.text_with("#after", "not possible").await;
    panel.confirm().await;
    browser
        .text_with("[role=alert]", "Insufficient funds")
        .await;
    let kept =
        "return [amount.value, reason.value, document.querySelector('[value=WITHDRAW]').checked]";
    assert_eq!(
        browser.run(kept, &[]).await,
        json!(["5000", "More than there is", true])
    );
    // The refusal's status, which the browser mentions.
    let complaints = browser.complaints().await;
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    panel.screens("wallet-refused").await;
    browser.follow("main > p a").await;
    browser.arrives(&page).await;
    browser.text_with("main", "Adjustments not applied").await;
    panel.screens("wallet").await;
    assert_eq!(balance(&panel, &alice).await, "1634.50");

    let export =
        "return fetch(document.querySelector('a[download]').href).then(file => file.text())";
    let file = browser.run(export, &[]).await;
    let file = file.as_str().unwrap();
    assert_eq!(file.lines().count(), 1 + 4, "{file}");
    assert!(
        file.contains("\"The fee of 12 November was taken twice\",\"operator\""),
        "{file}"
    );

    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("h1", "Кошелёк alice").await;
    browser.text_with("#balance", "1\u{202f}634,50").await;
    browser.follow("main a[href$='/actor/']").await;
    // It has an actor, or rests by now.
    browser.text_with("h1", "Актор").await;
    panel.screens("wallet-actor-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn money_moves_to_another_wallet_and_each_ledger_leads_to_the_other() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00"]).await;
    let bob = wallet(&panel, "bob", &[]).await;
    let id = |wallet: &str| wallet.split('/').nth(3).unwrap().to_owned();
    // A client's reference may be one word of 140 letters.
    let transfer = json!({"to": id(&bob), "amount": "1.00", "reference": "R".repeat(140)});
    let url = format!("{}{alice}transfers/", panel.engine.url);
    let sent = reqwest::Client::new().post(url).json(&transfer).send();
    assert_eq!(sent.await.unwrap().status(), 201);

    panel.open(&alice.replace("/api/", "/admin/")).await;
    let receiver = "return document.querySelector('#to').checkVisibility()";
    assert_eq!(browser.run(receiver, &[]).await, false);
    browser.click("input[value=TRANSFER_OUT]").await;
    assert_eq!(browser.run(receiver, &[]).await, true);
    panel.screens("wallet-transfer").await;
    browser.write("#to", &id(&bob)).await;
    browser.write("#amount", "40").await;
    browser.write("#reason", "Paid to the wrong wallet").await;
    browser.follow("main .button--primary").await;
    browser.text_with("#confirmation", "Other wallet").await;
    panel.screens("wallet-confirm-transfer").await;
    panel.confirm().await;
    browser
        .text_with(".notice--good", "The adjustment was applied")
        .await;
    browser.text_with("#balance", "59.00").await;
    assert_eq!(balance(&panel, &alice).await, "59.00");
    assert_eq!(balance(&panel, &bob).await, "41.00");

    browser.follow("#ledger tbody tr:first-child .mono").await;
    let theirs = browser
        .text_with("#ledger", "Paid to the wrong wallet")
        .await;
    assert!(theirs.contains("Transfer in"), "{theirs}");
    panel.screens("wallet-received").await;
    browser.follow("#ledger tbody tr:first-child .mono").await;
    browser.text_with("#ledger", "Transfer out").await;
    panel.end().await;
}

#[actix_rt::test]
async fn a_mistake_of_a_filter_is_told_beside_it() {
    let panel = Panel::signed_in().await;
    panel.open("/admin/wallets/?from=abc").await;
    panel
        .browser
        .text_with("#from-error", "Enter an amount")
        .await;
    panel.screens("wallets-mistake").await;
    panel.open("/admin/wallets/?from=1&q=nobody").await;
    panel.browser.text_with(".empty", "No wallets found").await;
    panel.end().await;
}
