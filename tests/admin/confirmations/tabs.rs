//! One form in several tabs, and pages that are sent more than once.

use futures_util::future::{join, join_all};

use super::{Form, wallets};
use crate::admin::{Admin, STAFF};
use crate::postgres;

/// Every operation and every change of what staff asked for.
async fn written(admin: &Admin) -> (i64, i64) {
    let database = postgres::connect(&admin.app.database).await;
    let count = "SELECT (SELECT count(*) FROM operations), (SELECT count(*) FROM staff_journal WHERE form IS NOT NULL)";
    let row = database.query_one(count, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[actix_web::test]
async fn a_form_that_is_confirmed_in_two_tabs_at_once_and_once_more_happens_once() {
    let admin = Admin::spawn().await;
    for number in 0..4 {
        let [wallet, other] = wallets(&admin, &format!("user{number}")).await;
        let form = &Form::all(&wallet, &other)[number];
        let rows = if form.typed.contains_key("to") { 2 } else { 1 };
        let fields = form.filled_in(&admin).await;
        // A double click on the first page: two tabs ask, with one key.
        let (one, two) = join(form.asked(&admin, &fields), form.asked(&admin, &fields)).await;
        assert_eq!(one, two, "{}", form.action);
        form.assert_kept(&one, "asked");
        let (operations, entries) = written(&admin).await;
        let sent =
            join_all((0..6).map(|tab| form.send(&admin, if tab % 2 == 0 { &one } else { &two })))
                .await;
        for answer in sent {
            assert_eq!(answer.status, 303, "{}: {}", form.action, answer.body);
        }
        // The button "back" of the browser, and the page that is loaded again.
        let late = form.send(&admin, &one).await;
        assert_eq!(late.status, 303, "{}: {}", form.action, late.body);
        let now = written(&admin).await;
        assert_eq!(now, (operations + rows, entries + 1), "{}", form.action);
    }
    admin.app.audited_operations().await;
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_form_that_goes_back_in_one_tab_and_on_in_another_happens_once() {
    let admin = Admin::spawn().await;
    for number in 0..4 {
        let [wallet, other] = wallets(&admin, &format!("user{number}")).await;
        let form = &Form::all(&wallet, &other)[number];
        let fields = form.filled_in(&admin).await;
        let asked = form.asked(&admin, &fields).await;
        assert_eq!(
            form.send(&admin, &asked).await.status,
            303,
            "{}",
            form.action
        );
        let before = written(&admin).await;

        // In the other tab, the second button: everything is there, under the same key, and sent again it is the same.
        let mut edit = asked.clone();
        edit.insert("edit".to_owned(), "1".to_owned());
        let back = form.send(&admin, &edit).await;
        assert_eq!(back.status, 200, "{}: {}", form.action, back.body);
        let mut again = form.shown(&back).unwrap();
        form.assert_kept(&again, "back");
        assert_eq!(again["key"], asked["key"], "{}", form.action);
        let confirmed = form.asked(&admin, &again).await;
        let same = form.send(&admin, &confirmed).await;
        assert_eq!(same.status, 303, "{}: {}", form.action, same.body);
        assert_eq!(written(&admin).await, before, "{}", form.action);

        // With another reason it is another wish, which the key is not for; nor is what was typed lost.
        again.insert("reason".to_owned(), "something else".to_owned());
        let confirmed = form.asked(&admin, &again).await;
        let other = form.send(&admin, &confirmed).await;
        assert_eq!(other.status, 409, "{}: {}", form.action, other.body);
        let kept = form.shown(&other).unwrap();
        assert_eq!(kept["reason"], "something else", "{}", form.action);
        assert_ne!(kept["key"], asked["key"], "{}", form.action);
        assert_eq!(written(&admin).await.0, before.0, "{}", form.action);
    }
    admin.app.audited_operations().await;
    admin.app.stop().await.unwrap();
}

/// What waits to be confirmed when the session ends is not carried out by a request without one.
#[actix_web::test]
async fn a_page_that_asks_is_worth_nothing_without_its_session() {
    let admin = Admin::spawn().await;
    let [wallet, other] = wallets(&admin, "alice").await;
    let before = written(&admin).await;
    for form in Form::all(&wallet, &other) {
        let fields = form.filled_in(&admin).await;
        let asked = form.asked(&admin, &fields).await;
        admin.execute("DELETE FROM admin_sessions").await;
        let led_away = form.send(&admin, &asked).await;
        assert!(led_away.location().starts_with("/admin/sign-in/?next="));
        admin.sign_in(STAFF, crate::admin::PASSWORD).await;
    }
    assert_eq!(written(&admin).await, before);
    admin.app.stop().await.unwrap();
}
