//! Users: found, changed with a record, and given a password that holds.

use serde_json::json;

use crate::panel::Panel;

const LONG: &str = "long enough for staff";

async fn register(panel: &Panel, username: &str) {
    let body = json!({"username": username, "email": format!("user{}@example.com", username.len()), "password": "secret"});
    let url = format!("{}/api/register/", panel.engine.url);
    let sent = reqwest::Client::new().post(url).json(&body).send();
    assert_eq!(sent.await.unwrap().status(), 201);
}

#[actix_rt::test]
async fn staff_find_a_user_change_them_and_see_the_record() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    for name in ["alice", "Виктория", "<b>o'neil</b>", &"long".repeat(37)] {
        register(&panel, name).await;
    }
    panel.open("/admin/users/").await;
    browser.text_with(".table", "<b>o'neil</b>").await;
    panel.screens("users").await;
    browser.write("#q", "Alic").await;
    browser.follow(".filters .button--primary").await;
    browser.text_with(".filters", "Reset").await;
    panel.screens("users-found").await;
    browser.follow(".table a").await;
    browser.text_with("h1", "alice").await;

    browser.rewrite("#email", "nonsense").await;
    browser.click("#role option[value=supervisor]").await;
    browser.write("#staff-password", "too short").await;
    browser.write("#staff-repeated", "too short").await;
    browser.follow("form[action$=\"/edit/\"] button").await;
    browser.text_with("#email-error", "not an e-mail").await;
    browser
        .text_with("#staff-password-error", "at least 12 characters")
        .await;
    panel.screens("user-refused").await;
    // The page of the refusal was a 422, which the browser noted.
    browser.complaints().await;
    browser.rewrite("#email", "new@example.com").await;
    browser.write("#staff-password", LONG).await;
    browser.write("#staff-repeated", LONG).await;
    browser.follow("form[action$=\"/edit/\"] button").await;
    browser.text_with(".notice--good", "saved").await;
    browser.text_with("#changes", "new@example.com").await;
    panel.screens("user").await;

    browser.write("#password", "a new one, as long").await;
    browser.write("#repeated", "a new one, as long").await;
    browser.follow("form[action$=\"/password/\"] button").await;
    browser.text_with(".notice--good", "new password").await;
    browser.text_with("#changes", "Password").await;
    browser.follow(".who button").await;
    browser.arrives("/admin/sign-in/").await;
    panel.sign_in("alice", "a new one, as long").await;
    browser.arrives("/admin/").await;
    browser.text_with(".who", "alice").await;
    panel.end().await;
}
