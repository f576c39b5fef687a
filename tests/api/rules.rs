//! Rules of a wallet over HTTP: what is frozen, closed or limited, and how the recorded endpoint says so.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use wallet_engine::config::Config;

use crate::app::TestApp;
use crate::holds::{answered, assert_problem, hold, id, post};

fn change(app: &TestApp, wallet: &str, body: &Value) -> RequestBuilder {
    app.http
        .patch(app.url(&format!("{wallet}rules/")))
        .json(body)
}

/// Changes the rules; gives the answer.
async fn changed(app: &TestApp, wallet: &str, mut body: Value) -> Value {
    body["reason"] = json!("a lost card");
    let (status, _, answer) = answered(change(app, wallet, &body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn rules(app: &TestApp, wallet: &str) -> Value {
    let (status, rules) = app.get(&format!("{wallet}rules/")).await;
    assert_eq!(status, 200, "{rules}");
    rules
}

/// The recorded form of a refusal.
fn failure(message: &str) -> (u16, Value) {
    (400, json!({"status": "error", "message": message}))
}

/// Asserts that the answer is a `limit_exceeded` of that limit, with that much remaining.
#[track_caller]
fn assert_limit(answer: &(u16, Value), limit: &str, remaining: &str) {
    assert_problem(answer, 409, "limit_exceeded");
    assert_eq!(answer.1["limit"], limit);
    assert_eq!(answer.1["remaining"], remaining);
}

#[actix_web::test]
async fn a_change_is_an_entry_with_its_reason_and_what_is_not_named_stays() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let mut all = json!({
        "debits": "open", "credits": "open", "closed": false, "balance_min": "0.00",
        "balance_max": null, "operation_max": null, "daily_out_max": null,
        "daily_out_used": null, "daily_out_remaining": null,
    });
    assert_eq!(rules(&app, &alice).await, all);
    for (n, (body, kind)) in [
        (json!({"debits": "frozen", "balance_max": "1000"}), "FREEZE"),
        (json!({"debits": "open", "balance_min": 5}), "UNFREEZE"),
        (
            json!({"balance_max": null, "operation_max": "7.50"}),
            "LIMIT",
        ),
        (
            json!({"operation_max": null, "balance_min": "0.00", "closed": true}),
            "CLOSE",
        ),
        (json!({"closed": false}), "REOPEN"),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = changed(&app, &alice, body.clone()).await;
        assert_eq!(answer["id"], n + 1);
        for (name, value) in body.as_object().unwrap() {
            all[name] = value.clone();
        }
        for (name, written) in [("balance_max", "1000.00"), ("balance_min", "5.00")] {
            if all[name] == json!(5) || all[name] == "1000" {
                all[name] = json!(written);
            }
        }
        assert_eq!(rules(&app, &alice).await, all);
        let (_, entry) = app.get(&format!("{alice}operations/{}/", n + 1)).await;
        assert_eq!(
            (&entry["kind"], &entry["amount"]),
            (&json!(kind), &json!("0.00"))
        );
        assert_eq!(entry["reason"], "a lost card");
        for (name, value) in entry["rules"].as_object().unwrap() {
            assert_eq!((value, &answer[name]), (&all[name], &all[name]), "{name}");
        }
        assert_eq!(entry["rules"].as_object().unwrap().len(), 7);
        let (_, page) = app.get(&format!("{alice}operations/?kind={kind}")).await;
        assert_eq!(page["results"], json!([entry]));
    }
    assert_eq!(app.audited_operations().await, 5);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_frozen_is_refused_in_either_form_and_the_other_direction_goes_on() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    app.deposit(&bob, "100").await;
    let to = |wallet: &str| json!({"to": id(wallet), "amount": "1.00"});
    changed(&app, &alice, json!({"debits": "frozen"})).await;
    assert_eq!(
        app.withdraw(&alice, "1").await,
        failure("Кошелек заморожен")
    );
    assert_problem(
        &post(&app, &alice, "transfers/", &to(&bob)).await,
        409,
        "wallet_frozen",
    );
    let one = json!({"amount": "1.00"});
    assert_problem(
        &post(&app, &alice, "holds/", &one).await,
        409,
        "wallet_frozen",
    );
    let reverse = post(&app, &alice, "operations/1/reverse/", &json!({})).await;
    assert_problem(&reverse, 409, "wallet_frozen");
    assert_eq!(app.deposit(&alice, "1").await.0, 200);
    assert_eq!(post(&app, &bob, "transfers/", &to(&alice)).await.0, 201);

    changed(&app, &alice, json!({"debits": "open", "credits": "frozen"})).await;
    assert_eq!(app.deposit(&alice, "1").await, failure("Кошелек заморожен"));
    assert_problem(
        &post(&app, &bob, "transfers/", &to(&alice)).await,
        409,
        "wallet_frozen",
    );
    assert_eq!(app.withdraw(&alice, "1").await.0, 200);
    let batch = json!({"operations": [{"wallet": id(&alice), "kind": "DEPOSIT", "amount": "1"}]});
    let (_, results) = app.post("/api/batch/", &batch).await;
    assert_eq!(results["results"][0]["code"], "wallet_frozen");
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_limit_is_kept_to_the_cent_and_says_what_it_leaves() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let exceeded = failure("Превышен лимит кошелька");
    let hold_of =
        async |amount: &str| post(&app, &alice, "holds/", &json!({"amount": amount})).await;

    changed(&app, &alice, json!({"operation_max": "10.00"})).await;
    assert_eq!(app.deposit(&alice, "10.01").await, exceeded);
    assert_limit(&hold_of("10.01").await, "operation_max", "10.00");
    assert_eq!(app.withdraw(&alice, "10.00").await.0, 200);

    changed(
        &app,
        &alice,
        json!({"operation_max": null, "balance_max": "100.00"}),
    )
    .await;
    assert_eq!(app.deposit(&alice, "10.01").await, exceeded);
    assert_eq!(app.deposit(&alice, "10.00").await.0, 200);

    changed(
        &app,
        &alice,
        json!({"balance_max": null, "balance_min": "90.00"}),
    )
    .await;
    assert_limit(&hold_of("10.01").await, "balance_min", "10.00");
    let (status, placed) = hold_of("10.00").await;
    assert_eq!(status, 201);
    assert_eq!(app.withdraw(&alice, "0.01").await, exceeded);
    // A capture keeps what was promised.
    let capture = format!("holds/{}/capture/", placed["id"]);
    assert_eq!(post(&app, &alice, &capture, &json!({})).await.0, 200);

    // 10.00 by the withdrawal, 10.00 by the capture.
    changed(
        &app,
        &alice,
        json!({"balance_min": "0.00", "daily_out_max": "50.00"}),
    )
    .await;
    let now = rules(&app, &alice).await;
    assert_eq!(
        (&now["daily_out_used"], &now["daily_out_remaining"]),
        (&json!("20.00"), &json!("30.00"))
    );
    assert_limit(&hold_of("30.01").await, "daily_out_max", "30.00");
    let (_, placed) = hold_of("25.00").await;
    let now = rules(&app, &alice).await;
    assert_eq!(
        (&now["daily_out_used"], &now["daily_out_remaining"]),
        (&json!("20.00"), &json!("5.00"))
    );
    assert_eq!(app.withdraw(&alice, "5.01").await, exceeded);
    assert_eq!(app.withdraw(&alice, "5.00").await.0, 200);
    assert_limit(&hold_of("0.01").await, "daily_out_max", "0.00");
    // A void gives it back, and money that comes in does not: the limit is gross.
    let void = format!("holds/{}/void/", placed["id"]);
    assert_eq!(post(&app, &alice, &void, &json!({})).await.0, 200);
    app.deposit(&alice, "100").await;
    let now = rules(&app, &alice).await;
    assert_eq!(
        (&now["daily_out_used"], &now["daily_out_remaining"]),
        (&json!("25.00"), &json!("25.00"))
    );
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn no_more_holds_are_open_than_a_wallet_may_have() {
    let few = |config: &mut Config| config.engine.holds_max = 2;
    let app = TestApp::spawn_with(few).await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    for _ in 0..2 {
        hold(&app, &alice, &json!({"amount": "1.00"})).await;
    }
    let refused = post(&app, &alice, "holds/", &json!({"amount": "1.00"})).await;
    assert_problem(&refused, 409, "limit_exceeded");
    assert_eq!(refused.1["limit"], "open_holds");
    assert_eq!(refused.1.get("remaining"), None);
    post(&app, &alice, "holds/2/void/", &json!({})).await;
    hold(&app, &alice, &json!({"amount": "1.00"})).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_empty_wallet_is_closed_and_stays_readable() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "10").await;
    let close = json!({"closed": true, "reason": "moved away"});
    let refused = answered(change(&app, &alice, &close)).await;
    assert_problem(&(refused.0, refused.2), 409, "wallet_not_empty");
    app.withdraw(&alice, "10").await;
    assert_eq!(
        changed(&app, &alice, json!({"closed": true})).await["closed"],
        true
    );

    assert_eq!(app.deposit(&alice, "1").await, failure("Кошелек закрыт"));
    assert_eq!(app.withdraw(&alice, "1").await, failure("Кошелек закрыт"));
    app.deposit(&bob, "1").await;
    let pay = json!({"to": id(&alice), "amount": "1.00"});
    assert_problem(
        &post(&app, &bob, "transfers/", &pay).await,
        409,
        "wallet_closed",
    );
    let one = json!({"amount": "1.00"});
    assert_problem(
        &post(&app, &alice, "holds/", &one).await,
        409,
        "wallet_closed",
    );
    let reverse = post(&app, &alice, "operations/2/reverse/", &json!({})).await;
    assert_problem(&reverse, 409, "wallet_closed");
    for path in [
        "",
        "operations/",
        "operations/1/",
        "holds/",
        "balance/",
        "balance/?operation=1",
        "rules/",
    ] {
        assert_eq!(app.get(&format!("{alice}{path}")).await.0, 200, "{path}");
    }
    changed(&app, &alice, json!({"closed": false})).await;
    assert_eq!(app.deposit(&alice, "1").await.0, 200);
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_change_under_a_key_happens_once_and_is_answered_again_as_it_was() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let first = json!({"balance_max": "50.00", "reason": "first"});
    let keyed = |body: &Value| answered(change(&app, &alice, body).header("Idempotency-Key", "k"));
    let (status, replayed, answer) = keyed(&first).await;
    assert_eq!((status, replayed), (200, false));
    changed(&app, &alice, json!({"balance_max": "70.00"})).await;
    assert_eq!(keyed(&first).await, (200, true, answer));
    for other in [
        json!({"balance_max": "50.01", "reason": "first"}),
        json!({"balance_max": "50.00", "reason": "second"}),
        json!({"balance_max": null, "reason": "first"}),
        json!({"reason": "first"}),
    ] {
        let (status, _, problem) = keyed(&other).await;
        assert_problem(&(status, problem), 422, "key_reused");
    }
    assert_eq!(rules(&app, &alice).await["balance_max"], "70.00");
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_rule_that_one_engine_made_is_obeyed_by_the_other() {
    let shared = |config: &mut Config| config.engine.shared = true;
    let here = TestApp::spawn_with(shared).await;
    let there = TestApp::spawn_on(here.database.clone(), shared).await;
    let alice = here.wallet("alice").await;
    for round in 0..10 {
        assert_eq!(there.deposit(&alice, "10").await.0, 200, "{round}");
        changed(
            &here,
            &alice,
            json!({"credits": "frozen", "debits": "frozen"}),
        )
        .await;
        assert_eq!(rules(&there, &alice).await["debits"], "frozen");
        assert_eq!(
            there.deposit(&alice, "1").await,
            failure("Кошелек заморожен")
        );
        assert_eq!(
            there.withdraw(&alice, "1").await,
            failure("Кошелек заморожен")
        );
        changed(&there, &alice, json!({"credits": "open", "debits": "open"})).await;
        assert_eq!(here.withdraw(&alice, "10").await.0, 200, "{round}");
    }
    assert_eq!(here.audited_operations().await, 40);
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}
