//! The journal of the staff, and what a viewer sees of the panel.

use crate::panel::{PASSWORD, Panel, STAFF};

#[actix_rt::test]
async fn what_staff_did_is_read_and_searched() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.follow(".menu a[href='/admin/keys/']").await;
    browser.follow(".head .button--primary").await;
    browser.write("#name", "shop").await;
    browser.click("input[value='wallets:read']").await;
    browser.follow(".card .button--primary").await;
    browser.text_with(".notice--good", "Copy it now").await;
    panel.open("/admin/audit/").await;
    browser.follow(".head .button--primary").await;
    browser.text_with("h1", "Audit").await;

    panel.open("/admin/journal/").await;
    let table = browser.text_with(".table", "audit started").await;
    for what in ["key made", "made staff", "command line", STAFF, "127.0.0.1"] {
        assert!(table.contains(what), "{what}: {table}");
    }
    browser.text_with("main", "no number is missing").await;
    panel.screens("journal").await;

    browser.click("#action option[value=key_made]").await;
    browser.write("#who", "OPERATOR").await;
    browser.follow(".filters .button--primary").await;
    let found = browser.text_with(".table", "key made").await;
    assert!(!found.contains("audit started"), "{found}");
    panel.screens("journal-found").await;

    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("h1", "Журнал").await;
    panel.screens("journal-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn a_viewer_reads_and_is_offered_nothing_else() {
    let panel = Panel::start().await;
    panel.engine.create_staff("guest", PASSWORD, "viewer");
    let browser = &panel.browser;
    panel.open("/admin/").await;
    panel.sign_in("guest", PASSWORD).await;
    browser.arrives("/admin/").await;
    browser.follow("button[name=choice][value=en]").await;
    browser.text_with("h1", "Overview").await;
    for page in [
        "/admin/users/1/",
        "/admin/keys/",
        "/admin/webhooks/",
        "/admin/audit/",
    ] {
        panel.open(page).await;
        let forms = "return document.querySelectorAll('main form[method=post]').length";
        assert_eq!(browser.run(forms, &[]).await, 0, "{page}");
    }
    panel.open("/admin/journal/").await;
    browser
        .text_with("main", "takes the role of supervisor")
        .await;
    panel.screens("not-permitted").await;
    // The page of the refusal was a 403, which the browser noted.
    browser.complaints().await;
    panel.end().await;
}
