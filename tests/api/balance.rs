//! The balance of a wallet with its parts, now and then.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::holds::{assert_problem, hold, post};

async fn balance(app: &TestApp, wallet: &str, query: &str) -> Value {
    let (status, body) = app.get(&format!("{wallet}balance/{query}")).await;
    assert_eq!(status, 200, "{query} {body}");
    body
}

#[actix_web::test]
async fn a_balance_is_told_as_it_is_and_as_it_was_at_every_moment() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let empty = balance(&app, &alice, "").await;
    assert_eq!(
        (&empty["balance"], &empty["version"]),
        (&json!("0.00"), &json!(0))
    );
    app.deposit(&alice, "100").await;
    hold(&app, &alice, &json!({"amount": "30.00"})).await;
    post(
        &app,
        &alice,
        "holds/2/capture/",
        &json!({"amount": "20.00", "final": true}),
    )
    .await;
    app.withdraw(&alice, "5").await;
    let mut times = Vec::new();
    for (version, whole, held, available) in [
        (1, "100.00", "0.00", "100.00"),
        (2, "100.00", "30.00", "70.00"),
        // What is not captured was released before.
        (3, "100.00", "20.00", "80.00"),
        (4, "80.00", "0.00", "80.00"),
        (5, "75.00", "0.00", "75.00"),
    ] {
        let (_, entry) = app.get(&format!("{alice}operations/{version}/")).await;
        let at = entry["created_at"].as_str().unwrap().to_owned();
        let expected = json!({
            "balance": whole, "held": held, "available": available, "version": version, "as_of": at,
        });
        assert_eq!(
            balance(&app, &alice, &format!("?operation={version}")).await,
            expected
        );
        times.push((at, expected));
    }
    // Rows of one commit have one time: the last of them counts.
    for (at, _) in &times {
        let last = times.iter().rfind(|(time, _)| time == at).unwrap();
        assert_eq!(balance(&app, &alice, &format!("?at={at}")).await, last.1);
        // What is below a microsecond is in no row's time.
        let within = at.replace('Z', "999Z");
        assert_eq!(
            balance(&app, &alice, &format!("?at={within}")).await,
            last.1
        );
        // A plus that was not escaped is a space; the time is the same in another zone.
        for offset in ["+00:00", "%2B00:00", "-00:00"] {
            let elsewhere = at.replace('Z', offset);
            assert_eq!(
                balance(&app, &alice, &format!("?at={elsewhere}")).await,
                last.1
            );
        }
    }
    let before = balance(&app, &alice, "?at=2001-01-01T03:00:00+03:00").await;
    let expected = json!({
        "balance": "0.00", "held": "0.00", "available": "0.00", "version": 0,
        "as_of": "2001-01-01T00:00:00.000000Z",
    });
    assert_eq!(before, expected);
    let now = balance(&app, &alice, "").await;
    assert_eq!(now["balance"], "75.00");
    let (as_of, last) = (now["as_of"].as_str().unwrap(), times[4].0.as_str());
    assert!(as_of >= last, "{as_of} {last}");
    assert_eq!(as_of.len(), last.len());

    for operation in [6, i64::MAX] {
        let answer = app
            .get(&format!("{alice}balance/?operation={operation}"))
            .await;
        assert_problem(&answer, 404, "operation_not_found");
    }
    let nobody = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/balance/";
    for query in ["", "?operation=1", "?at=2001-01-01T00:00:00Z"] {
        let answer = app.get(&format!("{nobody}{query}")).await;
        assert_problem(&answer, 404, "wallet_not_found");
    }
    app.stop().await.unwrap();
}
