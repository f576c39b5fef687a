//! Addresses that the Internet does not reach.

use testkit::app::TestApp;

use crate::hook::Hook;
use crate::receiver::Receiver;

/// What is stored as the failure of a webhook to this URL, on an engine with the default settings.
async fn failure(url: &str) -> String {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let hook = Hook::make(&app.database, url).await;
    app.deposit(&alice, "1.00").await;
    let row = hook
        .wait_for("a failure", |row| {
            row.get::<_, Option<&str>>("last_failure").is_some()
        })
        .await;
    app.stop().await.unwrap();
    row.get("last_failure")
}

#[actix_web::test]
async fn a_name_of_a_private_address_is_not_connected_to() {
    let receiver = Receiver::start().await;
    let port = receiver.address.port();
    let failure = failure(&format!("https://localhost:{port}/")).await;
    assert_eq!(failure, "address_refused");
    assert_eq!(receiver.connections(), 0);
}

#[actix_web::test]
async fn a_url_that_is_stored_but_no_longer_allowed_is_not_connected_to() {
    let receiver = Receiver::start().await;
    assert_eq!(failure(&receiver.url()).await, "url");
    assert_eq!(receiver.connections(), 0);
}

#[actix_web::test]
async fn a_name_that_does_not_exist_and_a_port_without_a_server_are_failures() {
    assert_eq!(failure("https://receiver.invalid/").await, "dns");
    let app = crate::hook::engine().await;
    let alice = app.wallet("alice").await;
    let hook = Hook::make(&app.database, "http://127.0.0.1:1/").await;
    app.deposit(&alice, "1.00").await;
    hook.wait_for("a failure", |row| {
        row.get::<_, Option<&str>>("last_failure") == Some("connect")
    })
    .await;
    app.stop().await.unwrap();
}
