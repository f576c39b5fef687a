//! Many at once: a ceiling is not passed, and a proposal is decided and carried out once.

use futures_util::future::{join, join_all, join3};

use super::{decide, deposit, number, propose, stored_balance};
use crate::adjustments::{key_in, page_of, send};
use crate::admin::{Admin, Browser, PASSWORD};
use crate::app::TestApp;

#[actix_web::test]
async fn a_ceiling_is_not_passed_by_adjustments_at_once_on_two_engines() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let one = admin.staff("olga", "operator").await;
    let app = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let two = Browser::new(&app);
    two.sign_in("olga", PASSWORD).await;
    let sent = (0..12).map(|number| {
        let browser = if number % 2 == 0 { &one } else { &two };
        deposit(browser, &wallet, "300")
    });
    let answers = join_all(sent).await;
    let page = page_of(&wallet);
    let applied = answers.iter().filter(|answer| answer.location() == page);
    assert_eq!(applied.count(), 3, "{answers:?}");
    assert_eq!(stored_balance(&admin, &wallet).await, "900.00");
    assert_eq!(number(&admin, "SELECT count(*) FROM approvals").await, 9);

    // One form on both, and at once: it counts once.
    let key = key_in(&one.get(&page).await);
    let fields = ["DEPOSIT", "100", "the rest"];
    let (first, second) = join(
        send(&one, &wallet, &key, fields),
        send(&two, &wallet, &key, fields),
    )
    .await;
    assert_eq!((first.location(), second.location()), (&*page, &*page));
    assert_eq!(stored_balance(&admin, &wallet).await, "1000.00");
    assert_eq!(admin.app.audited_operations().await, 4);
    app.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn fifty_approvals_at_once_carry_it_out_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let proposal = propose(&operator, &wallet, "5000").await;
    let app = TestApp::spawn_on(admin.app.database.clone(), |_| {}).await;
    let other = Browser::new(&app);
    admin.staff("sveta", "supervisor").await;
    other.sign_in("sveta", PASSWORD).await;
    other.get(&proposal).await;
    admin.get(&proposal).await;
    let sent = (0..50).map(|number| {
        let browser = if number % 2 == 0 { &*admin } else { &other };
        decide(browser, &proposal, "approve")
    });
    for answer in join_all(sent).await {
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    assert_eq!(stored_balance(&admin, &wallet).await, "5000.00");
    assert_eq!(admin.app.audited_operations().await, 1);
    let approved = "SELECT count(*) FROM staff_journal WHERE action = 'adjustment_approved'";
    assert_eq!(number(&admin, approved).await, 1);
    app.stop().await.unwrap();
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn of_those_who_approve_decline_and_withdraw_at_once_one_decides() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let operator = admin.staff("olga", "operator").await;
    let supervisor = admin.staff("sveta", "supervisor").await;
    let mut approved = 0;
    for _ in 0..6 {
        let proposal = propose(&operator, &wallet, "2000").await;
        for browser in [&*admin, &supervisor, &operator] {
            browser.get(&proposal).await;
        }
        let (one, two, three) = join3(
            decide(&admin, &proposal, "approve"),
            decide(&supervisor, &proposal, "decline"),
            decide(&operator, &proposal, "withdraw"),
        )
        .await;
        let mut statuses = [one.status, two.status, three.status];
        approved += i64::from(one.status == 303);
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409, 409]);
    }
    let expected = format!("{}.00", approved * 2000);
    assert_eq!(stored_balance(&admin, &wallet).await, expected);
    let decided = "SELECT count(*) FROM approvals WHERE state = 'approved'";
    assert_eq!(number(&admin, decided).await, approved);
    assert_eq!(admin.app.audited_operations().await, approved);
    admin.app.stop().await.unwrap();
}
