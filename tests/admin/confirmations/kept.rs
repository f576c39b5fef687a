//! What was typed is kept by the page of every refusal: of a mistake, of the engine, and of a database that does not answer.

use std::time::Duration;

use futures_util::future::join;
use serde_json::json;
use wallet_engine::config::DatabaseLimits;

use super::{Fields, Form, wallets};
use crate::adjustment_keys::until_one_waits_for_a_lock;
use crate::admin::Browser;
use crate::admin::{Admin, Answer};
use crate::app::TestApp;
use crate::postgres;

/// Limits that end soon.
async fn impatient() -> Admin {
    Admin::spawn_with(|config| {
        config.engine.wait = Duration::from_secs(2);
        config.database.limits = DatabaseLimits::of(config.engine.wait);
    })
    .await
}

/// The form of the page has everything as it was sent, by another key unless the first may still happen.
fn assert_keeps(form: &Form, refused: &Answer, sent: &Fields, is_open: bool) {
    let kept = form.shown(refused);
    let kept = kept.unwrap_or_else(|| panic!("{}: {}", form.action, refused.body));
    form.assert_kept(&kept, &refused.status.to_string());
    assert_eq!(kept["key"] == sent["key"], is_open, "{}", form.action);
    assert_eq!(kept.get("seen"), sent.get("seen"), "{}", form.action);
}

#[actix_web::test]
async fn the_page_of_a_mistake_keeps_what_was_typed() {
    let admin = Admin::spawn().await;
    let [wallet, other] = wallets(&admin, "alice").await;
    for mut form in Form::all(&wallet, &other) {
        form.typed.insert("reason".to_owned(), "no".to_owned());
        let fields = form.filled_in(&admin).await;
        // At once, and as if it had been asked about.
        for confirmed in ["", "1"] {
            let mut sent = fields.clone();
            sent.insert("confirmed".to_owned(), confirmed.to_owned());
            let refused = form.send(&admin, &sent).await;
            assert_eq!(refused.status, 422, "{}", form.action);
            assert!(
                refused.body.contains("id=\"reason-error\""),
                "{}",
                form.action
            );
            assert_keeps(&form, &refused, &fields, true);
        }
    }
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_page_of_what_the_engine_refused_keeps_what_was_typed() {
    let admin = Admin::spawn().await;
    let [wallet, other] = wallets(&admin, "alice").await;
    let mut forms = Form::all(&wallet, &other);
    forms[0]
        .typed
        .insert("amount".to_owned(), "70.01".to_owned());
    forms[1]
        .typed
        .insert("amount".to_owned(), "70.01".to_owned());
    forms[3].typed.insert("closed".to_owned(), "1".to_owned());
    for form in forms {
        let fields = form.filled_in(&admin).await;
        let asked = form.asked(&admin, &fields).await;
        if form.action.ends_with("void/") {
            let (status, _) = admin
                .app
                .post(&format!("{wallet}holds/2/void/"), &json!({}))
                .await;
            assert_eq!(status, 200);
            // What is available grew: the last form is refused all the same, for the balance.
        }
        let refused = form.send(&admin, &asked).await;
        assert_eq!(refused.status, 409, "{}: {}", form.action, refused.body);
        assert_keeps(&form, &refused, &fields, false);
    }
    admin.app.audited_operations().await;
    admin.app.stop().await.unwrap();
}

/// Nothing was asked of the engine: what is sent again is the same, and happens once.
#[actix_web::test]
async fn a_form_that_cannot_be_read_about_or_written_down_keeps_what_was_typed_and_its_key() {
    let admin = impatient().await;
    let locker = postgres::connect(&admin.app.database).await;
    for (round, tables) in ["wallets", "staff_journal"].into_iter().enumerate() {
        for number in 0..4 {
            let [wallet, other] = wallets(&admin, &format!("user{round}-{number}")).await;
            let form = &Form::all(&wallet, &other)[number];
            let fields = form.filled_in(&admin).await;
            let asked = form.asked(&admin, &fields).await;
            let lock = format!("BEGIN; LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE");
            locker.batch_execute(&lock).await.unwrap();
            let refused = form.send(&admin, &asked).await;
            locker.batch_execute("ROLLBACK").await.unwrap();
            assert_eq!(refused.status, 503, "{tables} {}", form.action);
            assert_keeps(form, &refused, &fields, true);
            let asked = form.asked(&admin, &form.shown(&refused).unwrap()).await;
            for _ in 0..2 {
                let done = form.send(&admin, &asked).await;
                assert_eq!(done.status, 303, "{tables} {}: {}", form.action, done.body);
            }
        }
    }
    admin.app.audited_operations().await;
    admin.app.stop().await.unwrap();
}

/// The page that would ask once more takes what the database or the engine says: without that the form comes back.
#[actix_web::test]
async fn a_form_that_cannot_be_asked_about_keeps_what_was_typed_and_its_key() {
    let admin = impatient().await;
    let [wallet, other] = wallets(&admin, "alice").await;
    let [_, _, void, rules] = Form::all(&wallet, &other);
    let locker = postgres::connect(&admin.app.database).await;
    // An engine on the same database that has room for one, which waits for its wallet.
    let full = TestApp::spawn_on(admin.app.database.clone(), |config| {
        config.engine.shared = true;
        config.engine.inflight_max = 1;
    })
    .await;
    let there = Browser::new(&full);
    there
        .cookies
        .borrow_mut()
        .clone_from(&admin.cookies.borrow());
    let fields = rules.filled_in(&admin).await;
    there.csrf.borrow_mut().clone_from(&admin.csrf.borrow());
    let pairs: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    let lock = "BEGIN; SELECT FROM wallets FOR UPDATE";
    locker.batch_execute(lock).await.unwrap();
    let asked = async {
        until_one_waits_for_a_lock(&admin.app.database).await;
        let refused = there.post(&rules.action, &pairs).await;
        locker.batch_execute("ROLLBACK").await.unwrap();
        refused
    };
    let (deposited, refused) = join(full.deposit(&other, "1.00"), asked).await;
    assert_eq!(deposited.0, 200);
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_keeps(&rules, &refused, &fields, true);
    full.stop().await.unwrap();

    // The hold is read from the ledger.
    let fields = void.filled_in(&admin).await;
    let lock = "BEGIN; LOCK TABLE operations IN ACCESS EXCLUSIVE MODE";
    locker.batch_execute(lock).await.unwrap();
    let refused = void.send(&admin, &fields).await;
    locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_keeps(&void, &refused, &fields, true);
    let asked = void.asked(&admin, &void.shown(&refused).unwrap()).await;
    assert_eq!(void.send(&admin, &asked).await.status, 303);
    admin.app.stop().await.unwrap();
}
