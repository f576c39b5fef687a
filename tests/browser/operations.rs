//! An operation is found by what a customer knows of it: an amount, and a day.

use serde_json::json;

use crate::panel::Panel;
use crate::wallets::wallet;

#[actix_rt::test]
async fn an_operation_is_found_by_its_amount_and_day() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00", "19.99", "250.50"]).await;
    let bob = wallet(&panel, "bob", &["19.99"]).await;
    let to = bob.split('/').nth(3).unwrap();
    let transfer = json!({"to": to, "amount": "19.99", "reference": "Invoice 2026-117"});
    let url = format!("{}{alice}transfers/", panel.engine.url);
    let sent = reqwest::Client::new().post(url).json(&transfer).send();
    assert_eq!(sent.await.unwrap().status(), 201);

    browser.follow(".menu a[href='/admin/operations/']").await;
    browser.text_with("h1", "Operations").await;
    browser.text_with("#count", "6 operations").await;
    panel.screens("operations").await;
    // A day as the address has it: how a field for days is typed into depends on the browser's language.
    let today = "return document.querySelector('#found time').dateTime.slice(0, 10)";
    let today = browser.run(today, &[]).await;
    browser.write("#amount", "19.99").await;
    browser.run("day.value = arguments[0]", &[today]).await;
    browser.follow(".filters .button--primary").await;
    browser.text_with("#count", "4 operations").await;
    let found = browser.text_with("#found", "Invoice 2026-117").await;
    assert!(!found.contains("250.50"), "{found}");
    browser.write("#user", "lic").await;
    browser.follow(".filters .button--primary").await;
    browser.text_with("#count", "2 operations").await;
    panel.screens("operations-found").await;
    let export = "return fetch(document.querySelector('#file').href).then(file => file.text())";
    let file = browser.run(export, &[]).await;
    assert_eq!(file.as_str().unwrap().lines().count(), 3, "{file}");
    browser
        .follow("#found tbody tr:first-child .number a")
        .await;
    browser.text_with("main", "19.99").await;

    panel
        .open("/admin/operations/?amount=x&least=2&most=1&other=7")
        .await;
    browser.text_with("#amount-error", "Enter an amount").await;
    browser.text_with("#other-error", "cannot be right").await;
    panel.screens("operations-mistakes").await;
    browser.follow("button[name=choice][value=ru]").await;
    panel.open("/admin/operations/?amount=19,99").await;
    browser.text_with("#count", "4 операции").await;
    browser.text_with("#found", "Исходящий перевод").await;
    panel.screens("operations-ru").await;
    panel.open("/admin/users/?q=li").await;
    browser.text_with("#reach", "три буквы").await;
    panel.screens("users-reach-ru").await;
    panel.end().await;
}
