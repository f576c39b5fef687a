//! An audit, begun with a button; its page finds out by itself how it went.

use crate::panel::Panel;

#[actix_rt::test]
async fn staff_begin_an_audit_and_see_what_it_found() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    panel.open("/admin/audit/").await;
    browser.text_with("main", "No audits yet.").await;
    panel.screens("audit-never").await;
    browser.follow(".head button").await;
    browser.text_with(".badge", "Everything agrees").await;
    panel.screens("audit").await;
    panel.end().await;
}
