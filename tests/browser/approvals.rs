//! An operator proposes what is above the ceiling, and a supervisor sees it on the overview and approves it; in both languages.

use crate::panel::{PASSWORD, Panel};
use crate::wallets::{balance, wallet};

#[actix_rt::test]
async fn an_adjustment_above_the_ceiling_waits_for_a_second_person() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["100.00"]).await;
    let page = alice.replace("/api/", "/admin/");
    panel.engine.create_staff("olga", PASSWORD, "operator");
    panel.switch_to("olga").await;
    for (amount, reason) in [("2500", "Compensation of May"), ("3000", "A mistake")] {
        panel.open(&page).await;
        browser.click("input[value=DEPOSIT]").await;
        browser.write("#amount", amount).await;
        browser.write("#reason", reason).await;
        browser.follow("main .button--primary").await;
        browser
            .text_with("#confirmation .notice--warn", "supervisor")
            .await;
        panel.screens("approval-confirm").await;
        panel.confirm().await;
        browser.text_with(".notice--good", "supervisor").await;
    }
    panel.screens("approval-own").await;
    browser.follow("#withdraw .button--danger").await;
    browser.text_with("#state", "Withdrawn").await;
    assert_eq!(balance(&panel, &alice).await, "100.00");
    panel.open(&page).await;
    browser.text_with("#proposals", "Compensation of May").await;
    panel.screens("wallet-proposals").await;

    panel.switch_to("operator").await;
    browser.text_with("#waiting", "Compensation of May").await;
    panel.screens("overview-waiting").await;
    browser.follow("#waiting tbody a").await;
    browser.text_with("#after", "2\u{202f}600.00").await;
    panel.screens("approval").await;
    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("#state", "Ждёт").await;
    panel.screens("approval-ru").await;
    browser.follow("#approve .button--primary").await;
    browser
        .text_with(".notice--good", "Корректировка проведена")
        .await;
    browser.text_with("#state", "Проведена").await;
    panel.screens("approval-done-ru").await;
    assert_eq!(balance(&panel, &alice).await, "2600.00");
    panel.open("/admin/approvals/").await;
    browser.text_with("#waiting", "Ничего не ждёт").await;
    panel.screens("approvals-ru").await;
    panel.open(&page).await;
    let ledger = browser.text_with("#ledger", "одобрил").await;
    assert!(
        ledger.contains("olga") && ledger.contains("operator"),
        "{ledger}"
    );
    panel.end().await;
}
