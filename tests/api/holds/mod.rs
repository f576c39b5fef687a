//! Holds over HTTP: money that is reserved, taken, given back, or falls back by itself.

mod at_once;
mod closing;
mod expiry;
mod fields;
mod keys;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::app::TestApp;

/// The wallet's id, from its path.
pub(crate) fn id(wallet: &str) -> &str {
    wallet.split('/').nth(3).unwrap()
}

/// A POST below the wallet's address, not sent yet.
pub(crate) fn asked(app: &TestApp, wallet: &str, path: &str, body: &Value) -> RequestBuilder {
    let url = app.url(&format!("{wallet}{path}"));
    app.http.post(url).json(body)
}

/// Status, whether it is a replay, and body of the answer, whose form is checked.
pub(crate) async fn answered(request: RequestBuilder) -> (u16, bool, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let replayed = answer.headers().contains_key("idempotency-replayed");
    let media_type = &answer.headers()["content-type"];
    let expected = if status < 400 {
        "application/json"
    } else {
        "application/problem+json"
    };
    assert_eq!(media_type, expected);
    (status, replayed, answer.json().await.unwrap())
}

/// Status and body of a POST below the wallet's address.
pub(crate) async fn post(app: &TestApp, wallet: &str, path: &str, body: &Value) -> (u16, Value) {
    let (status, _, body) = answered(asked(app, wallet, path, body)).await;
    (status, body)
}

/// Places a hold; gives it.
pub(crate) async fn hold(app: &TestApp, wallet: &str, body: &Value) -> Value {
    let (status, hold) = post(app, wallet, "holds/", body).await;
    assert_eq!(status, 201, "{hold}");
    hold
}

/// The hold of that number, as it is told.
pub(crate) async fn told(app: &TestApp, wallet: &str, id: &Value) -> Value {
    let (status, hold) = app.get(&format!("{wallet}holds/{id}/")).await;
    assert_eq!(status, 200, "{hold}");
    assert_eq!(hold["id"], *id);
    let [amount, captured, released, remaining] =
        ["amount", "captured", "released", "remaining"].map(|name| cents(&hold[name]));
    assert_eq!(amount, captured + released + remaining, "{hold}");
    hold
}

fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// Asserts that the answer has this status and this code.
#[track_caller]
pub(crate) fn assert_problem(answer: &(u16, Value), status: u16, code: &str) {
    let (given, problem) = answer;
    assert_eq!(
        (*given, &problem["code"]),
        (status, &json!(code)),
        "{problem}"
    );
    assert_eq!(problem["status"], status);
}

#[actix_web::test]
async fn what_is_held_stays_in_the_balance_and_is_not_available() {
    let app = TestApp::spawn().await;
    let (alice, bob) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&alice, "100").await;
    let body = json!({"amount": "30.00", "expires_in": 3600, "reference": "order 7"});
    let answer = asked(&app, &alice, "holds/", &body).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["location"], format!("{alice}holds/2/"));
    let placed: Value = answer.json().await.unwrap();
    let mut expected = json!({
        "id": 2, "status": "open", "amount": "30.00", "captured": "0.00", "released": "0.00",
        "remaining": "30.00", "reference": "order 7",
    });
    for name in ["expires_at", "created_at"] {
        let time = placed[name].as_str().unwrap();
        assert_eq!(time.len(), "2031-05-01T00:00:00.000000Z".len(), "{time}");
        expected[name] = json!(time);
    }
    assert_eq!(placed, expected);
    assert_eq!(told(&app, &alice, &placed["id"]).await, placed);

    assert_eq!(app.balance(&alice).await, "100.00");
    let missing = json!({"status": "error", "message": "Недостаточно средств"});
    assert_eq!(app.withdraw(&alice, "70.01").await, (400, missing));
    let payment = json!({"to": id(&bob), "amount": "70.01"});
    let refused = post(&app, &alice, "transfers/", &payment).await;
    assert_problem(&refused, 409, "insufficient_funds");
    let refused = post(&app, &alice, "holds/", &json!({"amount": "70.01"})).await;
    assert_problem(&refused, 409, "insufficient_funds");
    assert_eq!(app.withdraw(&alice, "70.00").await.0, 200);
    assert_eq!(app.audited_operations().await, 3);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn holds_are_listed_newest_first_by_status_and_page() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    let nothing = json!({"next": null, "results": []});
    assert_eq!(app.get(&format!("{alice}holds/")).await, (200, nothing));
    let mut ids = Vec::new();
    for n in 0..5 {
        let placed = hold(&app, &alice, &json!({"amount": n + 1})).await;
        ids.push(placed["id"].clone());
    }
    post(&app, &alice, &format!("holds/{}/void/", ids[0]), &json!({})).await;
    post(
        &app,
        &alice,
        &format!("holds/{}/capture/", ids[2]),
        &json!({}),
    )
    .await;
    let part = json!({"amount": "1.00"});
    post(&app, &alice, &format!("holds/{}/capture/", ids[4]), &part).await;

    let listed = async |query: &str| {
        let mut pages = Vec::new();
        let mut next = Some(format!("{alice}holds/{query}"));
        while let Some(address) = next {
            let (status, page) = app.get(&address).await;
            assert_eq!(status, 200, "{page}");
            next = page["next"].as_str().map(str::to_owned);
            pages.extend(page["results"].as_array().unwrap().clone());
        }
        for hold in &pages {
            assert_eq!(*hold, told(&app, &alice, &hold["id"]).await);
        }
        pages
            .into_iter()
            .map(|hold| hold["id"].clone())
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = ids.iter().rev().cloned().collect();
    for (query, expected) in [
        ("", all.clone()),
        ("?limit=1", all.clone()),
        ("?limit=2", all),
        (
            "?status=open",
            vec![ids[4].clone(), ids[3].clone(), ids[1].clone()],
        ),
        (
            "?status=open&limit=1",
            vec![ids[4].clone(), ids[3].clone(), ids[1].clone()],
        ),
        ("?status=captured", vec![ids[2].clone()]),
        ("?status=voided&limit=1", vec![ids[0].clone()]),
        ("?status=expired", vec![]),
    ] {
        assert_eq!(listed(query).await, expected, "{query}");
    }
    app.stop().await.unwrap();
}
