//! Keys: made, shown once, rotated and revoked.

use crate::panel::Panel;

/// The status of the API to this key.
async fn status(panel: &Panel, key: &str) -> u16 {
    let wallet = "00000000-0000-4000-8000-000000000000";
    let url = format!("{}/api/wallets/{wallet}/", panel.engine.url);
    let request = reqwest::Client::new().get(url).bearer_auth(key);
    request.send().await.unwrap().status().as_u16()
}

/// The key that the page shows.
async fn shown(panel: &Panel) -> String {
    panel
        .browser
        .text_with(".notice--good", "Copy it now")
        .await;
    // A click marks all of it.
    panel.browser.click("#key").await;
    let marked = "const k = document.querySelector('#key'); return k.value.slice(k.selectionStart, k.selectionEnd)";
    let key = panel.browser.run(marked, &[]).await;
    let key = key.as_str().unwrap().to_owned();
    assert_eq!((key.len(), &key[..3]), (67, "wk_"));
    key
}

#[actix_rt::test]
async fn staff_make_a_key_rotate_it_and_revoke_the_old_one() {
    let panel = Panel::guarded().await;
    let browser = &panel.browser;
    browser.follow(".menu a[href='/admin/keys/']").await;
    browser.text_with("main", "There are no keys yet.").await;
    panel.screens("keys-none").await;
    browser.follow(".head .button--primary").await;
    browser.text_with("h1", "New key").await;
    panel.screens("key-new").await;

    browser.write("#name", "my shop").await;
    browser.click("input[value='users:write']").await;
    browser
        .write("#wallets", "00000000-0000-4000-8000-000000000000")
        .await;
    browser.rewrite("#days", "0").await;
    browser.follow(".card .button--primary").await;
    browser.text_with("#name-error", "Latin letters").await;
    browser.text_with("#scopes-error", "users:write").await;
    browser.text_with("#days-error", "whole number").await;
    panel.screens("key-refused").await;
    // The page of the refusal was a 422, which the browser noted.
    browser.complaints().await;

    browser.rewrite("#name", "shop").await;
    browser.click("input[value='users:write']").await;
    browser.click("input[value='wallets:read']").await;
    browser.rewrite("#wallets", "").await;
    browser.rewrite("#days", "90").await;
    browser.follow(".card .button--primary").await;
    let first = shown(&panel).await;
    panel.screens("key-made").await;
    assert_eq!(status(&panel, &first).await, 404, "it may ask");

    browser.follow(".card .button").await;
    browser.text_with(".table", "shop").await;
    assert!(
        !browser
            .text_with("main", "shop")
            .await
            .contains(&first[3..])
    );
    browser.follow(".table a[href$='/rotate/']").await;
    browser.text_with("h1", "Rotate the key shop").await;
    panel.screens("key-rotate").await;
    browser.follow(".card .button--primary").await;
    let second = shown(&panel).await;
    panel.screens("key-rotated").await;
    assert_eq!(status(&panel, &second).await, 404);

    panel.open("/admin/keys/2/rotate/").await;
    browser.follow(".card .button--primary").await;
    browser.text_with("[role=alert]", "are live already").await;
    panel.screens("key-third").await;
    // That was a 409.
    browser.complaints().await;
    browser.follow("[role=alert] a[href$='/1/revoke/']").await;
    browser.text_with("h1", "Revoke the key shop?").await;
    panel.screens("key-revoke").await;
    browser.follow(".card .button--danger").await;
    browser.text_with(".notice--good", "was revoked").await;
    panel.screens("keys").await;
    browser.follow("button[value=ru]").await;
    browser.text_with("h1", "Ключи").await;
    panel.screens("keys-ru").await;
    panel.open("/admin/keys/new/").await;
    panel.screens("key-new-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn staff_are_told_where_keys_have_no_effect() {
    let panel = Panel::signed_in().await;
    panel.open("/admin/keys/").await;
    panel
        .browser
        .text_with(".notice--warn", "WALLET_AUTH is off")
        .await;
    panel.screens("keys-off").await;
    panel.end().await;
}
