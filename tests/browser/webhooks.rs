//! Webhooks: made, their secret shown once, paused, rotated and deleted.

use crate::panel::Panel;

/// The secret that the page shows.
async fn shown(panel: &Panel) -> String {
    let browser = &panel.browser;
    browser.text_with(".notice--good", "Copy it now").await;
    // A click marks all of it.
    browser.click("#secret").await;
    let marked = "const s = document.querySelector('#secret'); return s.value.slice(s.selectionStart, s.selectionEnd)";
    let secret = browser.run(marked, &[]).await;
    let secret = secret.as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    secret
}

#[actix_rt::test]
async fn staff_make_a_webhook_pause_it_rotate_its_secret_and_delete_it() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.follow(".menu a[href='/admin/webhooks/']").await;
    browser
        .text_with("main", "There are no webhooks yet.")
        .await;
    panel.screens("webhooks-none").await;
    browser.follow(".head .button--primary").await;
    browser.text_with("h1", "New webhook").await;
    panel.screens("webhook-new").await;

    browser.write("#url", "http://hooks.example.com/").await;
    browser.write("#wallet", "7").await;
    browser.click("input[value='operation.deposit']").await;
    browser.follow(".card .button--primary").await;
    browser.text_with("#url-error", "https://").await;
    browser.text_with("#wallet-error", "not a wallet ID").await;
    panel.screens("webhook-refused").await;
    // The page of the refusal was a 422, which the browser noted.
    browser.complaints().await;

    browser
        .rewrite("#url", "https://hooks.example.com/wallets?token=7")
        .await;
    browser.rewrite("#wallet", "").await;
    browser.follow(".card .button--primary").await;
    let first = shown(&panel).await;
    panel.screens("webhook-made").await;
    browser.follow(".card .button").await;
    browser.text_with("h1", "Webhook").await;
    let page = browser.text_with("main", "operation.deposit").await;
    assert!(!page.contains(&first), "{page}");
    panel.screens("webhook").await;
    browser.follow("form[action$='/switch/'] .button").await;
    browser.text_with(".notice--good", "is paused").await;
    browser.text_with(".badge", "Paused").await;

    browser.follow("a[href$='/rotate/']").await;
    browser.text_with("h1", "Rotate the secret").await;
    panel.screens("webhook-rotate").await;
    browser.follow(".card .button--primary").await;
    assert_ne!(shown(&panel).await, first);
    browser.follow(".card .button").await;
    browser.follow("a[href$='/set-aside/']").await;
    browser.text_with("main", "Nothing was set aside.").await;
    panel.screens("webhook-set-aside").await;
    panel.open("/admin/webhooks/").await;
    browser
        .text_with(".table", "https://hooks.example.com/wallets")
        .await;
    panel.screens("webhooks").await;
    browser.follow("button[value=ru]").await;
    browser.text_with("h1", "Вебхуки").await;
    panel.screens("webhooks-ru").await;
    browser.follow(".table a").await;
    panel.screens("webhook-ru").await;
    browser.follow("a[href$='/delete/']").await;
    panel.screens("webhook-delete-ru").await;
    browser.follow(".card .button--danger").await;
    browser.text_with(".notice--good", "удалён").await;
    panel.open("/admin/webhooks/new/").await;
    panel.screens("webhook-new-ru").await;
    panel.end().await;
}
