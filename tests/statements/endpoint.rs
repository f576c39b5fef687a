//! The endpoint: what it refuses, and how a statement that fails ends.

use serde_json::Value;

use crate::app::TestApp;
use crate::files::{FORMATS, download, execute, fill, id, json, requested};

#[actix_web::test]
async fn what_is_wrong_with_a_query_is_a_problem_that_names_each_parameter() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    for (query, wrong) in [
        (
            "from=yesterday&to=2999-01-01T00:00:00Z&format=pdf&page=2",
            &["page", "from", "to", "format"][..],
        ),
        (
            "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
            &["from"],
        ),
        ("from=2999-01-01T00:00:00Z", &["from"]),
        ("format=csv&format=csv", &["format"]),
        ("format=", &["format"]),
    ] {
        let response = requested(&app, &alice, query).await;
        assert_eq!(response.status(), 400, "{query}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "invalid_request");
        let errors = problem["errors"].as_object().unwrap();
        let names: Vec<_> = errors.keys().map(String::as_str).collect();
        for name in wrong {
            assert!(names.contains(name), "{query}: {problem}");
        }
        assert_eq!(names.len(), wrong.len(), "{query}: {problem}");
    }
    let nobody = "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/";
    let response = requested(&app, nobody, "").await;
    assert_eq!(response.status(), 404);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "wallet_not_found");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_wallet_without_operations_has_statements_and_head_tells_of_a_body_that_is_not_sent() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let empty = json(&app, &alice, "").await;
    assert_eq!(empty["entries"], serde_json::json!([]));
    assert_eq!(empty["opening"], empty["closing"]);
    for format in FORMATS {
        let url = app.url(&format!(
            "{alice}statement/?format={format}&to=2026-01-01T00:00:00Z"
        ));
        let head = app.http.head(&url).send().await.unwrap();
        assert_eq!(head.status(), 200);
        let get = app.http.get(&url).send().await.unwrap();
        for name in ["content-type", "content-disposition", "statement-final"] {
            assert_eq!(head.headers()[name], get.headers()[name], "{format} {name}");
        }
        assert_eq!(get.headers()["statement-final"], "true");
        assert!(!get.text().await.unwrap().is_empty());
        assert_eq!(head.text().await.unwrap(), "");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_statement_of_many_pages_has_every_operation_once() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    fill(&app, &alice, 20_001).await;
    let csv = download(&app, &alice, "format=csv").await.body;
    let ids = csv
        .lines()
        .skip(2)
        .map(|line| line.split(',').nth(2).unwrap());
    let ids: Vec<i64> = ids.filter_map(|id| id.parse().ok()).collect();
    assert!(ids.into_iter().eq(1..=20_001));
    let camt = download(&app, &alice, "format=camt053").await.body;
    assert_eq!(camt.matches("<Ntry>").count(), 20_001);
    assert!(camt.contains("<TtlCdtNtries><NbOfNtries>20001</NbOfNtries><Sum>200.01</Sum>"));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_statement_of_a_ledger_that_does_not_add_up_is_cut_and_never_looks_whole() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    let id = id(&alice);
    fill(&app, &alice, 5_000).await;
    for breach in [
        format!("DELETE FROM operations WHERE wallet_id = '{id}' AND seq = 3000"),
        format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT wallet_id, 3000, gen_random_uuid(), kind, 0.02, 30.00, created_at
             FROM operations WHERE wallet_id = '{id}' AND seq = 2999"
        ),
    ] {
        execute(&app, &breach).await;
        for format in FORMATS {
            let response = requested(&app, &alice, &format!("format={format}")).await;
            assert_eq!(response.status(), 200);
            assert!(response.bytes().await.is_err(), "{format}: {breach}");
        }
        // What is before the breach is as it was.
        let part = format!(
            "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
             FROM operations WHERE wallet_id = '{id}' AND seq = 2000"
        );
        let client = crate::postgres::connect(&app.database).await;
        let to: String = client.query_one(&part, &[]).await.unwrap().get(0);
        let whole = json(&app, &alice, &format!("to={to}")).await;
        assert_eq!(whole["closing"]["version"], 1_999);
    }
    app.stop().await.unwrap();
}
