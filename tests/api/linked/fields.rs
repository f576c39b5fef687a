//! What either endpoint reads, and what it refuses, as text on the wire.

use serde_json::Value;

use super::{id, sent};
use crate::app::TestApp;

const NOBODY: &str = "47c6a995-7685-412c-99fe-4259db91f18f";
/// What a transfer's body may have, and a batch's.
const TRANSFER_MAX: usize = 64 * 1024;
const BATCH_MAX: usize = 1024 * 1024;

struct Wire<'a> {
    app: &'a TestApp,
    from: &'a str,
    to: &'a str,
}

impl Wire<'_> {
    async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.app.http.post(self.app.url(path));
        let request = request.header("Content-Type", "application/json");
        sent(request.body(body)).await
    }

    async fn transfer(&self, body: impl Into<reqwest::Body>) -> (u16, Value) {
        self.post(&format!("{}transfers/", self.from), body).await
    }

    async fn batch(&self, body: impl Into<reqwest::Body>) -> (u16, Value) {
        self.post("/api/batch/", body).await
    }

    /// The members of a transfer, this one replaced or added.
    fn members(&self, name: &str, json: &str) -> String {
        let to = format!("\"{}\"", id(self.to));
        let mut members = vec![("to", to.as_str()), ("amount", "\"0.01\"")];
        members.retain(|(known, _)| *known != name);
        members.push((name, json));
        let members = members
            .iter()
            .map(|(name, json)| format!("\"{name}\":{json}"));
        members.collect::<Vec<_>>().join(",")
    }

    /// The answers to a transfer and to a batch of it, both ways.
    async fn all(&self, members: &str) -> [(u16, Value); 3] {
        let from = id(self.from);
        let operation = format!("{{\"wallet\":\"{from}\",\"kind\":\"TRANSFER\",{members}}}");
        let batch = |atomic| format!("{{\"atomic\":{atomic},\"operations\":[{operation}]}}");
        [
            self.transfer(format!("{{{members}}}")).await,
            self.batch(batch(false)).await,
            self.batch(batch(true)).await,
        ]
    }
}

#[actix_web::test]
async fn each_fault_of_a_field_is_named_by_either_endpoint_and_nothing_happens() {
    let app = TestApp::spawn().await;
    let (from, to) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&from, "100").await;
    let wire = Wire {
        app: &app,
        from: &from,
        to: &to,
    };
    let long = format!("\"{}\"", "я".repeat(141));
    let digits = "9".repeat(400);
    let without_hyphens = format!("\"{}\"", NOBODY.replace('-', ""));
    for (member, values) in [
        (
            "amount",
            &[
                "1.5",
                "1e2",
                "-1",
                "0",
                "true",
                "null",
                "[1]",
                "{}",
                "\"1e2\"",
                "\"-1\"",
                "\"+1\"",
                "\" 1\"",
                "\"1,5\"",
                "\"\"",
                "\"0.00\"",
                "\"1.001\"",
                "\"1.500\"",
                "\"100000000\"",
                "\"\\u0663\"",
                "\"\\ud800\"",
                "\"Infinity\"",
                &digits,
            ][..],
        ),
        (
            "reference",
            &[
                "\"\"",
                "7",
                "[]",
                "\"a\\nb\"",
                "\"\\u0000\"",
                "\"\\u0085\"",
                "\"\\u007f\"",
                "\"\\ud800\"",
                &long,
            ],
        ),
        (
            "to",
            &[
                "null",
                "7",
                "\"\"",
                "\"bob\"",
                "\"\\udfff\"",
                "{}",
                &without_hyphens,
            ],
        ),
        ("from", &["1", "null"]),
        ("\\u0061", &["1"]),
    ] {
        for value in values {
            let members = wire.members(member, value);
            let name = member.replace("\\u0061", "a");
            let [transfer, alone, together] = wire.all(&members).await;
            let result = &alone.1["results"][0];
            assert_eq!(
                (transfer.0, alone.0, together.0),
                (400, 200, 400),
                "{members}"
            );
            assert_eq!(result["status"], 400, "{members}");
            let place = format!("operations[0].{name}");
            for (body, name) in [
                (&transfer.1, name.as_str()),
                (result, name.as_str()),
                (&together.1, place.as_str()),
            ] {
                assert_eq!(body["code"], "invalid_request", "{members}");
                let errors = body["errors"].as_object().unwrap();
                let named: Vec<_> = errors.keys().collect();
                assert_eq!(named, [name], "{members}");
                assert_eq!(errors[name].as_array().unwrap().len(), 1, "{members}");
            }
        }
    }
    // A member that comes twice has two meanings, and none is chosen.
    let twice = format!("{},\"amount\":\"5\"", wire.members("reference", "null"));
    for (status, body) in wire.all(&twice).await {
        assert_eq!(body.to_string().matches("more than once").count(), 1);
        assert_eq!(status == 200, body.get("results").is_some());
    }
    assert_eq!(app.balance(&from).await, "100.00");
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_valid_happens_however_it_is_written() {
    let app = TestApp::spawn().await;
    let (from, to) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&from, "1000").await;
    let wire = Wire {
        app: &app,
        from: &from,
        to: &to,
    };
    let emoji = "🌍".repeat(140);
    let (longest, upper) = (
        format!("\"{emoji}\""),
        format!("\"{}\"", id(&to).to_uppercase()),
    );
    let mut count = 0;
    for (member, json, kept) in [
        ("amount", "1", None),
        ("amount", "\"0.01\"", None),
        ("amount", "\"1.5\"", None),
        ("amount", "\"\\u0031.00\"", None),
        ("to", &upper, None),
        ("reference", "null", None),
        ("reference", "\" \"", Some(" ")),
        ("reference", &longest, Some(&emoji)),
        ("reference", "\"\\ud83c\\udf0d\\\"\\\\\"", Some("🌍\"\\")),
    ] {
        let members = wire.members(member, json);
        let [transfer, alone, together] = wire.all(&members).await;
        assert_eq!(
            (transfer.0, alone.0, together.0),
            (201, 200, 200),
            "{members}"
        );
        for (body, receipt) in [
            (&transfer.1, &transfer.1),
            (&alone.1, &alone.1["results"][0]),
            (&together.1, &together.1["results"][0]),
        ] {
            assert!(receipt["transfer"].is_string(), "{body}");
            let (_, entry) = app
                .get(&format!("{from}operations/{}/", receipt["id"]))
                .await;
            let reference = entry.get("reference").and_then(Value::as_str);
            assert_eq!(reference, kept, "{members}");
            count += 1;
        }
    }
    assert_eq!(app.audited_operations().await, 1 + 2 * count);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_body_that_is_no_object_is_refused_whatever_else_it_is() {
    let app = TestApp::spawn().await;
    let (from, to) = (app.wallet("alice").await, app.wallet("bob").await);
    let wire = Wire {
        app: &app,
        from: &from,
        to: &to,
    };
    let unclosed = "[".repeat(30_000);
    for body in [
        &b""[..],
        b"null",
        b"7",
        b"[]",
        b"\"{}\"",
        b"{",
        b"{}{}",
        b"{'to':1}",
        b"{\"to\":1,}",
        b"\xef\xbb\xbf{}",
        b"{\"to\":\"\xff\"}",
        b"{\"\\ud800\":1}",
        unclosed.as_bytes(),
    ] {
        for (status, problem) in [
            wire.transfer(body.to_vec()).await,
            wire.batch(body.to_vec()).await,
        ] {
            let what = String::from_utf8_lossy(&body[..body.len().min(20)]);
            assert_eq!(status, 400, "{what}");
            assert_eq!(
                problem["detail"], "The body is not a JSON object.",
                "{what}"
            );
            assert!(problem.get("errors").is_none(), "{what}");
        }
    }
    // Nested deeply, and valid: it is no wallet, and no list of operations.
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let (status, problem) = wire.transfer(format!("{{\"to\":{}}}", deep(30_000))).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["to"].is_array(), "{problem}");
    let body = format!("{{\"operations\":{}}}", deep(500_000));
    let (status, problem) = wire.batch(body).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["operations"].is_array(), "{problem}");
    // Names without end are not all repeated to their sender.
    let unknown: Vec<_> = (0..5_000).map(|n| format!("\"{n}\":0")).collect();
    let (status, problem) = wire.transfer(format!("{{{}}}", unknown.join(","))).await;
    assert_eq!(status, 400);
    assert_eq!(problem["errors"].as_object().unwrap().len(), 100);

    for media_type in ["text/plain", "application/x-www-form-urlencoded", "x"] {
        for path in [format!("{from}transfers/"), "/api/batch/".to_owned()] {
            let request = app.http.post(app.url(&path)).body("{}");
            let (status, problem) = sent(request.header("Content-Type", media_type)).await;
            assert_eq!(status, 415, "{media_type}");
            assert_eq!(problem["code"], "unsupported_media_type");
        }
    }
    assert_eq!(app.audited_operations().await, 0);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn the_longest_body_is_read_and_one_byte_more_is_not() {
    let app = TestApp::spawn().await;
    let (from, to) = (app.wallet("alice").await, app.wallet("bob").await);
    app.deposit(&from, "1").await;
    let wire = Wire {
        app: &app,
        from: &from,
        to: &to,
    };
    let members = wire.members("amount", "\"0.01\"");
    let transfer = format!("{{{members}}}");
    let operation = format!(
        "{{\"wallet\":\"{}\",\"kind\":\"TRANSFER\",{members}}}",
        id(&from)
    );
    let batch = format!("{{\"operations\":[{operation}]}}");
    let long = |body: &str, bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));

    assert_eq!(wire.transfer(long(&transfer, TRANSFER_MAX)).await.0, 201);
    assert_eq!(wire.batch(long(&batch, BATCH_MAX)).await.0, 200);
    for (status, problem) in [
        wire.transfer(long(&transfer, TRANSFER_MAX + 1)).await,
        wire.batch(long(&batch, BATCH_MAX + 1)).await,
    ] {
        assert_eq!((status, &problem["code"]), (413, &"too_large".into()));
    }
    assert_eq!(app.audited_operations().await, 1 + 2 * 2);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_atomic_batch_is_of_a_hundred_wallets_receivers_included() {
    let app = TestApp::spawn().await;
    let (from, to) = (app.wallet("alice").await, app.wallet("bob").await);
    let wire = Wire {
        app: &app,
        from: &from,
        to: &to,
    };
    // Nobody has these wallets: a batch that is not too large hears that.
    let wallet = |n: usize| format!("47c6a995-7685-412c-99fe-4259db9{n:05}");
    let body = |pairs: usize, more: usize| {
        let pairs = (0..pairs).map(|n| {
            let (from, to) = (wallet(2 * n), wallet(2 * n + 1));
            format!("{{\"wallet\":\"{from}\",\"kind\":\"TRANSFER\",\"to\":\"{to}\",\"amount\":1}}")
        });
        let more = (0..more).map(|n| {
            let wallet = wallet(1_000 + n);
            format!("{{\"wallet\":\"{wallet}\",\"kind\":\"DEPOSIT\",\"amount\":1}}")
        });
        let operations: Vec<_> = pairs.chain(more).collect();
        format!(
            "{{\"atomic\":true,\"operations\":[{}]}}",
            operations.join(",")
        )
    };
    let (status, problem) = wire.batch(body(50, 0)).await;
    assert_eq!(
        (status, &problem["cause"]),
        (409, &"wallet_not_found".into())
    );
    assert!(problem["index"].is_u64());
    let (status, problem) = wire.batch(body(50, 1)).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["operations"].is_array(), "{problem}");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_address_without_a_wallet_is_a_problem_as_well() {
    let app = TestApp::spawn().await;
    for (path, code) in [
        ("/api/wallets/bob/transfers/".to_owned(), "not_found"),
        (
            format!("/api/wallets/{NOBODY}/transfers/"),
            "wallet_not_found",
        ),
    ] {
        let body = serde_json::json!({"to": "47c6a995-7685-412c-99fe-4259db91f190", "amount": 1});
        let answer = app.http.post(app.url(&path)).json(&body).send();
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 404);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    app.stop().await.unwrap();
}
