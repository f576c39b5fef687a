//! A second factor: turned on with an app, used to sign in, and turned off; and the sessions beside it.

use crate::panel::{PASSWORD, Panel, STAFF};

/// The code of the secret, so many steps from now, as the browser itself computes it.
async fn code(panel: &Panel, secret: &str, steps: i32) -> String {
    let script = "
        const [secret, steps] = arguments;
        const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
        const bits = [...secret.replaceAll(' ', '')].map(c => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
        const bytes = Uint8Array.from(bits.match(/.{8}/g), byte => parseInt(byte, 2));
        const counter = new DataView(new ArrayBuffer(8));
        counter.setUint32(4, Math.floor(Date.now() / 30000) + steps);
        return crypto.subtle.importKey('raw', bytes, {name: 'HMAC', hash: 'SHA-1'}, false, ['sign'])
            .then(key => crypto.subtle.sign('HMAC', key, counter.buffer))
            .then(signed => {
                const hash = new DataView(signed);
                const four = hash.getUint32(hash.getUint8(19) & 15) & 0x7fffffff;
                return String(four % 1000000).padStart(6, '0');
            })";
    let arguments = [secret.into(), steps.into()];
    let code = panel.browser.run(script, &arguments).await;
    code.as_str().unwrap().to_owned()
}

#[actix_rt::test]
async fn staff_turn_it_on_sign_in_with_a_code_and_turn_it_off() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.follow(".who a").await;
    browser.text_with("h1", "My access").await;
    browser.text_with("#sessions", "this one").await;
    panel.screens("account").await;

    browser
        .follow("form[action$='/second-factor/'] button")
        .await;
    browser.text_with("h1", "Turn on the second factor").await;
    panel.screens("account-enrol").await;
    // A click marks all of it.
    browser.click("#secret").await;
    let marked = "const k = document.querySelector('#secret'); return k.value.slice(k.selectionStart, k.selectionEnd)";
    let secret = browser.run(marked, &[]).await;
    let secret = secret.as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 39, "{secret}");
    // The code of the step before counts until this one is over, which must not be while it is typed.
    browser.holds("return Date.now() / 1000 % 30 < 15").await;
    let first = code(&panel, &secret, -1).await;
    browser.write("#code", &first).await;
    browser.follow(".card .button--primary").await;
    browser
        .text_with(".notice--good", "Store these codes")
        .await;
    panel.screens("account-codes").await;
    browser.follow(".card .button--primary").await;
    browser.text_with("#codes-left", "10").await;
    panel.screens("account-on").await;

    browser.follow(".who button").await;
    browser.arrives("/admin/sign-in/").await;
    panel.sign_in(STAFF, PASSWORD).await;
    browser
        .arrives("/admin/second-factor/?next=%2Fadmin%2F")
        .await;
    browser.text_with("h1", "Second step").await;
    panel.screens("second-step").await;
    panel.open("/admin/users/").await;
    browser
        .arrives("/admin/second-factor/?next=%2Fadmin%2Fusers%2F")
        .await;
    // The code that turned it on.
    browser.write("#code", &first).await;
    browser.follow(".button--primary").await;
    browser.text_with("[role=alert]", "was used already").await;
    panel.screens("second-step-refused").await;
    browser.follow("button[value=ru]").await;
    browser.text_with("h1", "Второй шаг").await;
    panel.screens("second-step-ru").await;
    browser.follow("button[value=en]").await;
    // The page of the refusal was a 422, which the browser noted.
    browser.complaints().await;
    let second = code(&panel, &secret, 0).await;
    browser.write("#code", &second).await;
    browser.follow(".button--primary").await;
    browser.arrives("/admin/users/").await;

    panel.open("/admin/account/").await;
    browser.write("#off-password", "wrong").await;
    browser.write("#off-code", "000000").await;
    browser.follow(".button--danger").await;
    browser.text_with("#off-error", "is wrong").await;
    panel.screens("account-refused").await;
    // That was a 422 as well.
    browser.complaints().await;
    browser.follow("button[value=ru]").await;
    browser.text_with("h1", "Мой доступ").await;
    panel.screens("account-on-ru").await;
    browser.write("#off-password", PASSWORD).await;
    let third = code(&panel, &secret, 1).await;
    browser.write("#off-code", &third).await;
    browser.follow(".button--danger").await;
    browser
        .text_with(".notice--good", "Второй фактор отключён")
        .await;
    panel.screens("account-ru").await;
    panel.end().await;
}
