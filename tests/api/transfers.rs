//! Transfers over HTTP: money moves between two wallets, in both or in neither.

use futures_util::future::join_all;
use serde_json::{Value, json};
use wallet_engine::config::Config;

use crate::app::TestApp;

fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// Status, headers that matter and body of a transfer under a key.
async fn pay(app: &TestApp, from: &str, key: Option<&str>, body: &Value) -> (u16, bool, Value) {
    let url = app.url(&format!("{from}transfers/"));
    let mut request = app.http.post(url).json(body);
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let replayed = answer.headers().contains_key("Idempotency-Replayed");
    let media_type = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let expected = if status < 400 {
        "application/json"
    } else {
        "application/problem+json"
    };
    assert_eq!(media_type, expected);
    (status, replayed, answer.json().await.unwrap())
}

#[actix_web::test]
async fn a_transfer_is_in_both_histories_and_each_names_the_other() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    let body = json!({"to": id(&bob), "amount": "10.00", "reference": "rent, май"});
    let sent = app
        .http
        .post(app.url(&format!("{alice}transfers/")))
        .json(&body);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(
        answer.headers()["location"],
        format!("{alice}operations/2/")
    );
    let receipt: Value = answer.json().await.unwrap();
    assert_eq!(
        (&receipt["id"], &receipt["balance"]),
        (&json!(2), &json!("90.00"))
    );

    let (status, sent) = app.get(&format!("{alice}operations/2/")).await;
    assert_eq!(status, 200);
    let (_, received) = app.get(&format!("{bob}operations/1/")).await;
    for (entry, kind, other, after) in [
        (&sent, "TRANSFER_OUT", id(&bob), "90.00"),
        (&received, "TRANSFER_IN", id(&alice), "10.00"),
    ] {
        assert_eq!(entry["kind"], kind);
        assert_eq!(entry["other_wallet"], other);
        assert_eq!(entry["amount"], "10.00");
        assert_eq!(entry["balance_after"], after);
        assert_eq!(entry["transfer"], receipt["transfer"]);
        assert_eq!(entry["reference"], "rent, май");
    }
    // What is no transfer says nothing of one.
    let (_, deposit) = app.get(&format!("{alice}operations/1/")).await;
    assert_eq!(deposit.as_object().unwrap().len(), 5);
    let (_, filtered) = app.get(&format!("{bob}operations/?kind=TRANSFER_IN")).await;
    assert_eq!(filtered["results"].as_array().unwrap().len(), 1);
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_key_makes_it_happen_once_on_every_engine_and_after_a_restart() {
    let first = TestApp::spawn().await;
    let second = TestApp::spawn_on(first.database.clone(), |_| {}).await;
    let (alice, bob) = (first.wallet("alice").await, first.wallet("bob").await);
    first.deposit(&alice, "100").await;
    let body = json!({"to": id(&bob), "amount": "10.00"});
    let (status, replayed, receipt) = pay(&first, &alice, Some("k"), &body).await;
    assert_eq!((status, replayed), (201, false));
    let same = json!({"amount": 10, "to": id(&bob).to_uppercase(), "reference": null});
    for (app, body) in [(&first, &body), (&second, &body), (&second, &same)] {
        assert_eq!(
            pay(app, &alice, Some("k"), body).await,
            (201, true, receipt.clone())
        );
    }
    first.stop().await.unwrap();
    assert_eq!(
        pay(&second, &alice, Some("\"k\""), &body).await,
        (201, true, receipt.clone())
    );
    for other in [
        json!({"to": id(&bob), "amount": "10.01"}),
        json!({"to": id(&bob), "amount": "10.00", "reference": "x"}),
    ] {
        let (status, _, problem) = pay(&second, &alice, Some("k"), &other).await;
        assert_eq!((status, &problem["code"]), (422, &json!("key_reused")));
    }
    // The key is the sender's: the receiver may use the same.
    let back = json!({"to": id(&alice), "amount": "1.00"});
    let (status, replayed, _) = pay(&second, &bob, Some("k"), &back).await;
    assert_eq!((status, replayed), (201, false));
    assert_eq!(second.audited_operations().await, 5);
    second.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_refused_has_its_code_and_changes_nothing() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    let nobody = "47c6a995-7685-412c-99fe-4259db91f18f";
    let unknown = format!("/api/wallets/{nobody}/");
    let to_bob = json!({"to": id(&bob), "amount": "1.00"});
    for (from, body, status, code, fields) in [
        (
            &alice,
            json!({"to": id(&bob), "amount": "100.01"}),
            409,
            "insufficient_funds",
            &[][..],
        ),
        (
            &alice,
            json!({"to": id(&alice), "amount": "1"}),
            409,
            "same_wallet",
            &[],
        ),
        (
            &alice,
            json!({"to": nobody, "amount": "1"}),
            404,
            "wallet_not_found",
            &["to"],
        ),
        (&unknown, to_bob.clone(), 404, "wallet_not_found", &[]),
        (&alice, json!({}), 400, "invalid_request", &["to", "amount"]),
        (&alice, json!([]), 400, "invalid_request", &[]),
        (
            &alice,
            json!({"to": nobody, "amount": "1", "From": 1, "key": ""}),
            400,
            "invalid_request",
            &["From", "key"],
        ),
        (
            &alice,
            json!({"to": "bob", "amount": 1.5, "reference": ""}),
            400,
            "invalid_request",
            &["to", "amount", "reference"],
        ),
        (
            &alice,
            json!({"to": 7, "amount": "0.00", "reference": "a\nb"}),
            400,
            "invalid_request",
            &["to", "amount", "reference"],
        ),
        (
            &alice,
            json!({"to": id(&bob), "amount": "1.001"}),
            400,
            "invalid_request",
            &["amount"],
        ),
        (
            &alice,
            json!({"to": id(&bob), "amount": -1}),
            400,
            "invalid_request",
            &["amount"],
        ),
        (
            &alice,
            json!({"to": id(&bob), "amount": "100000000"}),
            400,
            "invalid_request",
            &["amount"],
        ),
        (
            &alice,
            json!({"to": id(&bob), "amount": true}),
            400,
            "invalid_request",
            &["amount"],
        ),
        (
            &alice,
            json!({"to": id(&bob), "amount": "1", "reference": "x".repeat(141)}),
            400,
            "invalid_request",
            &["reference"],
        ),
    ] {
        let (given, _, problem) = pay(&app, from, None, &body).await;
        assert_eq!(
            (given, &problem["code"]),
            (status, &json!(code)),
            "{body} {problem}"
        );
        assert_eq!(problem["status"], status, "{body}");
        let errors = problem.get("errors").and_then(Value::as_object);
        let mut names: Vec<_> = errors
            .into_iter()
            .flat_map(|errors| errors.keys())
            .collect();
        let mut fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
        names.sort();
        fields.sort();
        assert_eq!(names, fields.iter().collect::<Vec<_>>(), "{body}");
    }
    let (status, _, problem) = pay(&app, &alice, Some("a b"), &to_bob).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")));
    assert!(
        problem["errors"].get("idempotency-key").is_some(),
        "{problem}"
    );
    assert_eq!(app.balance(&alice).await, "100.00");
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_problem_is_in_the_client_s_language_and_another_type_of_body_is_not_read() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let url = app.url(&format!("{alice}transfers/"));
    for (media_type, status) in [
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=iso-8859-1", 415),
        ("application/json; charset=klingon", 415),
        ("application/json; charset=utf-8", 400),
    ] {
        let request = app.http.post(&url).header("Content-Type", media_type);
        let answer = request.body("{}").send().await.unwrap();
        assert_eq!(answer.status(), status, "{media_type}");
        let problem: Value = answer.json().await.unwrap();
        let is_unsupported = problem["code"] == "unsupported_media_type";
        assert_eq!(is_unsupported, status == 415, "{media_type}");
    }
    let request = app.http.request(reqwest::Method::OPTIONS, &url);
    let described: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(described["parses"], json!(["application/json"]));
    for (language, detail) in [
        ("ru-RU,en;q=0.5", "Кошелек не может платить сам себе."),
        ("en", "A wallet cannot pay itself."),
        ("de", "A wallet cannot pay itself."),
    ] {
        let body = json!({"to": id(&alice), "amount": "1"});
        let sent = app
            .http
            .post(&url)
            .header("Accept-Language", language)
            .json(&body);
        let problem: Value = sent.send().await.unwrap().json().await.unwrap();
        assert_eq!(problem["detail"], detail);
    }
    let answer = app.http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "POST, OPTIONS");
    let answer = app
        .http
        .post(&url)
        .header("Content-Type", "application/json")
        .body(vec![b' '; 70_000]);
    assert_eq!(answer.send().await.unwrap().status(), 413);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_move_money_in_rings_at_once_and_the_total_stays() {
    let shared = |config: &mut Config| config.engine.shared = true;
    let here = TestApp::spawn_with(shared).await;
    let there = TestApp::spawn_on(here.database.clone(), shared).await;
    let mut wallets = Vec::new();
    for n in 0..4 {
        let wallet = here.wallet(&format!("user{n}")).await;
        here.deposit(&wallet, "10.00").await;
        wallets.push(wallet);
    }
    let payments = (0..200).map(|n: usize| {
        let app = if n.is_multiple_of(2) { &here } else { &there };
        let (from, to) = (&wallets[n % 4], &wallets[(n + 1 + n / 4 % 3) % 4]);
        async move {
            let body = json!({"to": id(to), "amount": format!("{}.50", n % 4)});
            let key = format!("key-{}", n / 2);
            let (status, _, problem) = pay(app, from, Some(&key), &body).await;
            assert!([201, 409, 422].contains(&status), "{status} {problem}");
        }
    });
    join_all(payments).await;
    let mut total = 0.0;
    for wallet in &wallets {
        let (one, other) = (here.balance(wallet).await, there.balance(wallet).await);
        assert_eq!(one, other);
        total += one.parse::<f64>().unwrap();
    }
    assert!((total - 40.0).abs() < 0.001, "{total}");
    here.audited_operations().await;
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}
