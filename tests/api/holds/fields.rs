//! What the bodies and queries of holds, reversals, rules and balances may have, and what is said of the rest.

use reqwest::Method;
use serde_json::{Value, json};

use super::{assert_problem, hold};
use crate::app::TestApp;

#[actix_web::test]
async fn each_wrong_field_is_named_at_once_and_nothing_happens() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    hold(&app, &alice, &json!({"amount": "30.00"})).await;
    let (late, far) = ("2001-01-01T00:00:00Z", "9999-01-01T00:00:00Z");
    let post = Method::POST;
    for (method, path, body, fields) in [
        (&post, "holds/", json!({}), &["amount"][..]),
        (
            &post,
            "holds/",
            json!({"amount": 1.5, "to": 1}),
            &["amount", "to"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_in": 0}),
            &["expires_in"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_in": 31_622_401}),
            &["expires_in"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_in": "60"}),
            &["expires_in"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_in": 1.0}),
            &["expires_in"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_at": late}),
            &["expires_at"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_at": far}),
            &["expires_at"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_at": "soon"}),
            &["expires_at"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "1", "expires_at": 7}),
            &["expires_at"],
        ),
        (
            &post,
            "holds/",
            json!({"amount": "0", "expires_in": 60, "expires_at": late, "reference": ""}),
            &["amount", "expires_at", "reference"],
        ),
        (
            &post,
            "holds/2/capture/",
            json!({"amount": "0", "final": 1, "to": "bob", "key": "k"}),
            &["amount", "final", "key", "to"],
        ),
        (&post, "holds/2/void/", json!({"amount": "1"}), &["amount"]),
        (
            &post,
            "operations/1/reverse/",
            json!({"amount": -1, "reason": "r"}),
            &["amount", "reason"],
        ),
        (&Method::PATCH, "rules/", json!({}), &["reason"]),
        (
            &Method::PATCH,
            "rules/",
            json!({
                "debits": "closed", "credits": null, "closed": null, "balance_min": null,
                "balance_max": "-1", "operation_max": "0", "daily_out_max": 0.5, "reason": "",
                "actor": "me",
            }),
            &[
                "actor",
                "balance_max",
                "balance_min",
                "closed",
                "credits",
                "daily_out_max",
                "debits",
                "operation_max",
                "reason",
            ],
        ),
        (
            &Method::PATCH,
            "rules/",
            json!({"balance_min": "10000000000", "balance_max": "1.001", "reason": "r\n"}),
            &["balance_max", "balance_min", "reason"],
        ),
        (
            &Method::PATCH,
            "rules/",
            json!({"reason": "r".repeat(501)}),
            &["reason"],
        ),
        (
            &Method::GET,
            "holds/?limit=201&status=gone&cursor=7&page=1",
            Value::Null,
            &["cursor", "limit", "page", "status"],
        ),
        (&Method::GET, "balance/?at=yesterday", Value::Null, &["at"]),
        (
            &Method::GET,
            "balance/?at=9999-01-01T00:00:00Z",
            Value::Null,
            &["at"],
        ),
        (
            &Method::GET,
            "balance/?operation=0",
            Value::Null,
            &["operation"],
        ),
        (
            &Method::GET,
            "balance/?operation=1&at=2001-01-01T00:00:00Z",
            Value::Null,
            &["operation"],
        ),
        (
            &Method::GET,
            "balance/?when=now&at=",
            Value::Null,
            &["at", "when"],
        ),
    ] {
        let request = app
            .http
            .request(method.clone(), app.url(&format!("{alice}{path}")));
        let request = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        let answer = request.send().await.unwrap();
        let answer: (u16, Value) = (answer.status().as_u16(), answer.json().await.unwrap());
        assert_problem(&answer, 400, "invalid_request");
        let mut names: Vec<_> = answer.1["errors"].as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, fields, "{path} {body}");
    }
    assert_eq!(app.audited_operations().await, 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_body_is_json_within_its_limit_and_may_be_empty_where_nothing_is_required() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "100").await;
    for (method, path, empty) in [
        (Method::POST, "holds/", 400),
        (Method::POST, "holds/7/capture/", 404),
        (Method::POST, "holds/7/void/", 404),
        (Method::POST, "operations/7/reverse/", 404),
        (Method::PATCH, "rules/", 400),
    ] {
        let request = || {
            app.http
                .request(method.clone(), app.url(&format!("{alice}{path}")))
        };
        let json = || request().header("Content-Type", "application/json");
        for (request, status, code) in [
            (json().body(vec![b' '; 64 * 1024 + 1]), 413, "too_large"),
            (
                request().header("Content-Type", "text/plain").body("{}"),
                415,
                "unsupported_media_type",
            ),
            (json().body("[]"), 400, "invalid_request"),
            (json().body("null"), 400, "invalid_request"),
        ] {
            let answer = request.send().await.unwrap();
            let answer = (answer.status().as_u16(), answer.json().await.unwrap());
            assert_problem(&answer, status, code);
        }
        for request in [request(), json().body("")] {
            assert_eq!(request.send().await.unwrap().status(), empty, "{path}");
        }
        let answer = request()
            .header("Idempotency-Key", "a b")
            .body("{\"reason\":\"r\",\"x\":1}");
        assert_eq!(answer.send().await.unwrap().status(), 400);
    }
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}
