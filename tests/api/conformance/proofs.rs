//! The replay itself under test: it passes the right answer and reports each kind of wrong one.

use serde_json::{Value, json};

use super::scripted::{SCRIPTED_PATH, ScriptedEngine, WALLET, answer};
use crate::replay::case::Case;
use crate::replay::replay;

/// A case whose answer is scripted, with these fields besides or instead.
fn case(matching: &str, expect: &Value, fields: &Value) -> Case {
    let mut case = json!({
        "id": 1, "category": "proof", "name": "scripted", "method": "GET", "path": SCRIPTED_PATH,
        "headers": [], "match": matching, "expect": expect,
    });
    let fields = fields.as_object().unwrap().clone();
    case.as_object_mut().unwrap().extend(fields);
    serde_json::from_str(&case.to_string()).unwrap()
}

async fn differences(case: Case, engine: &ScriptedEngine) -> Vec<String> {
    let mut report = replay(engine.address, &[case]).await;
    report.verdicts.remove(0).differences
}

/// Asserts that one answer passes and that every other one is reported in a sentence that begins as given.
async fn assert_verdicts(case: impl Fn() -> Case, right: &str, wrong: &[(&str, String)]) {
    let engine = ScriptedEngine::spawn(right).await;
    assert_eq!(differences(case(), &engine).await, [""; 0], "{right}");
    for (complaint, answer) in wrong {
        let engine = ScriptedEngine::spawn(answer.as_str()).await;
        let found = differences(case(), &engine).await;
        assert_eq!(found.len(), 1, "{answer} gave {found:?}");
        assert!(found[0].starts_with(complaint), "{answer} gave {found:?}");
    }
}

#[actix_rt::test]
async fn an_exact_case_needs_the_status_and_every_value_in_its_type() {
    let json = json!({"count": 1, "user": "{int}", "name": ["x"]});
    let expect = json!({"status": 400, "is_json": true, "json": json, "headers": {}});
    let body = |count| format!(r#"{{"name":["x"],"user":7,"count":{count}}}"#);
    let wrong = [
        ("status 200", answer(200, "", &body("1"))),
        ("status 500", answer(500, "", &body("1"))),
        ("body", answer(400, "", &body("1.0"))),
        ("body", answer(400, "", &body(r#""1""#))),
        ("body", answer(400, "", &body("true"))),
        ("body", answer(400, "", &body("2"))),
        ("body", answer(400, "", &body(r#"1,"more":1"#))),
        ("body", answer(400, "", &body(r#"1,"count":1"#))),
        ("body", answer(400, "", r#"{"count":1,"user":7}"#)),
        (
            "body",
            answer(400, "", r#"{"count":1,"user":7.0,"name":["x"]}"#),
        ),
        ("body", answer(400, "", "count: 1")),
        ("body", answer(400, "", "")),
    ];
    let case = || case("exact", &expect, &json!({}));
    assert_verdicts(case, &answer(400, "", &body("1")), &wrong).await;
}

#[actix_rt::test]
async fn a_json_error_is_free_after_its_prefix() {
    let expect =
        json!({"status": 400, "is_json": true, "json": {"detail": "JSON parse error - *"}});
    let wrong = [
        (
            "status 415",
            answer(415, "", r#"{"detail":"JSON parse error - x"}"#),
        ),
        ("body", answer(400, "", r#"{"detail":"JSON error - x"}"#)),
        (
            "body",
            answer(400, "", r#"{"detail":["JSON parse error - x"]}"#),
        ),
        ("body", answer(400, "", r#"["JSON parse error - x"]"#)),
        ("body", answer(400, "", "JSON parse error - x")),
    ];
    let case = || case("json-error", &expect, &json!({}));
    let right = answer(400, "", r#"{"detail":"JSON parse error - anything"}"#);
    assert_verdicts(case, &right, &wrong).await;
}

#[actix_rt::test]
async fn a_case_of_fields_needs_the_same_keys_with_any_messages() {
    let expect = json!({"status": 400, "is_json": true, "json": {"a": ["x"], "b": ["y"]}});
    let wrong = [
        ("status 422", answer(422, "", r#"{"a":1,"b":2}"#)),
        ("body", answer(400, "", r#"{"a":["x"]}"#)),
        (
            "body",
            answer(400, "", r#"{"a":["x"],"b":["y"],"c":["z"]}"#),
        ),
        ("body", answer(400, "", r#"{"a":["x"],"c":["y"]}"#)),
        ("body", answer(400, "", r#"["a","b"]"#)),
    ];
    let case = || case("fields", &expect, &json!({}));
    assert_verdicts(case, &answer(400, "", r#"{"b":1,"a":null}"#), &wrong).await;
}

#[actix_rt::test]
async fn a_case_of_status_needs_the_status_alone() {
    let expect = json!({"status": 404, "is_json": true, "json": {"detail": "*"}});
    let wrong = [("status 400", answer(400, "", "{}"))];
    let case = || case("status", &expect, &json!({}));
    assert_verdicts(case, &answer(404, "", "<html>"), &wrong).await;
}

#[actix_rt::test]
async fn where_the_recorded_service_crashed_any_client_error_in_json_passes() {
    let expect = json!({"status": 500, "is_json": true});
    let wrong = [
        ("status 500", answer(500, "", "{}")),
        ("status 200", answer(200, "", "{}")),
        ("status 399", answer(399, "", "{}")),
        ("body", answer(400, "", "<html>")),
    ];
    let case = || case("client-error", &expect, &json!({}));
    assert_verdicts(case, &answer(499, "", "[]"), &wrong).await;
}

#[actix_rt::test]
async fn a_header_that_the_case_names_must_be_as_recorded() {
    let headers = json!({"allow": "GET, HEAD", "location": "/{wallet}/", "vary": null});
    let expect = json!({"status": 405, "is_json": false, "headers": headers});
    let location = format!("Location: /{WALLET}/\r\n");
    let wrong = [
        ("header allow", answer(405, &location, "")),
        (
            "header allow",
            answer(405, &format!("{location}Allow: GET\r\n"), ""),
        ),
        ("header location", answer(405, "Allow: GET, HEAD\r\n", "")),
        (
            "header location",
            answer(405, "Allow: GET, HEAD\r\nLocation: /other/\r\n", ""),
        ),
    ];
    let case = || case("status", &expect, &json!({"wallet_balance": "0.00"}));
    let right = format!("{location}Vary: x\r\nALLOW: get\r\nAllow: head\r\n");
    assert_verdicts(case, &answer(405, &right, ""), &wrong).await;
}

#[actix_rt::test]
async fn bytes_after_the_end_of_a_response_are_reported() {
    let expect = json!({"status": 200});
    for (method, right) in [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
        (
            "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ),
    ] {
        let case = || case("status", &expect, &json!({"method": method}));
        let wrong = [("bytes after the end", format!("{right}{{}}"))];
        assert_verdicts(case, right, &wrong).await;
    }
}

#[actix_rt::test]
async fn a_response_that_is_missing_or_cut_short_is_reported() {
    let wrong = [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 twohundred\r\n\r\n",
    ];
    let wrong = wrong.map(|answer| ("could not run: no response", answer.to_owned()));
    let case = || case("status", &json!({"status": 200}), &json!({}));
    assert_verdicts(case, &answer(200, "", "{}"), &wrong).await;
}

#[actix_rt::test]
async fn a_body_is_read_by_length_by_chunks_and_to_the_end() {
    let expect = json!({"status": 200, "is_json": true, "json": {"a": 1}});
    for right in [
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;x=y\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n{\"a\":1}",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{\"a\":1}",
    ] {
        assert_verdicts(|| case("exact", &expect, &json!({})), right, &[]).await;
    }
}

#[actix_rt::test]
async fn a_balance_is_brought_to_its_start_and_compared_at_both_ends() {
    let expect =
        json!({"status": 200, "balance_before": "1234567890.01", "balance_after": "100.00"});
    let fields = json!({"wallet_balance": "1234567890.01"});
    let moved = async |balance: Value| {
        let engine = ScriptedEngine::spawn(answer(200, "", "{}")).await;
        let engine = engine.and_moves_the_balance_to(balance);
        differences(case("status", &expect, &fields), &engine).await
    };
    assert_eq!(moved(json!("100.00")).await, [""; 0]);
    for wrong in [
        json!("100.01"),
        json!("100.0"),
        json!("1234567890.01"),
        json!(100),
    ] {
        let found = moved(wrong.clone()).await;
        let complaint = format!("balance after {wrong}, expected \"100.00\"");
        assert_eq!(found, [complaint]);
    }
    let expect = json!({"status": 200, "balance_before": "1.00"});
    let engine = ScriptedEngine::spawn(answer(200, "", "{}")).await;
    let case = case("status", &expect, &json!({"wallet_balance": "2.00"}));
    let found = differences(case, &engine).await;
    assert_eq!(found, [r#"balance before "2.00", expected "1.00""#]);
}

#[actix_rt::test]
async fn the_wallet_of_a_registration_is_looked_at() {
    let shown = |balance| json!({"status": 200, "json": {"user": "{int}", "balance": balance}});
    let fields = json!({"category": "register.basic"});
    let expect = |balance| json!({"status": 201, "wallet_after": shown(balance)});
    let location = format!("Location: /api/wallets/{WALLET}/\r\n");
    let body = r#"{"username":"x"}"#;
    let wrong = [
        (
            "could not run: the 201 has no Location",
            answer(201, "", body),
        ),
        (
            "could not run: the 201 has no Location",
            answer(201, "Location: /api/wallets/7/\r\n", body),
        ),
        ("wallet after null", answer(201, &location, "{}")),
    ];
    let right = answer(201, &location, body);
    let registration = || case("status", &expect("0.00"), &fields);
    assert_verdicts(registration, &right, &wrong).await;
    let other = || case("status", &expect("1.00"), &fields);
    let engine = ScriptedEngine::spawn(right).await;
    let found = differences(other(), &engine).await;
    assert!(found[0].starts_with("wallet after {"), "{found:?}");
}

#[actix_rt::test]
async fn a_request_goes_out_byte_for_byte() {
    let sent = async |fields: Value| {
        let engine = ScriptedEngine::spawn(answer(200, "", "{}")).await;
        let case = case("status", &json!({"status": 200}), &fields);
        assert_eq!(differences(case, &engine).await, [""; 0]);
        (engine.address.to_string(), engine.scripted_request())
    };
    let (host, request) = sent(json!({
        "method": "G-T", "headers": [["X-Name", "прил"], ["x-name", "{host}"]], "body": "é",
    }))
    .await;
    let head =
        format!("G-T /scripted/ HTTP/1.1\r\nHost: {host}\r\nX-Name: прил\r\nx-name: {host}\r\n");
    let rest = "Content-Length: 2\r\nConnection: close\r\n\r\né";
    assert_eq!(String::from_utf8(request).unwrap(), head + rest);

    let (_, request) = sent(json!({"no_host": true, "no_length": true, "body": "é"})).await;
    assert!(request.starts_with(b"GET /scripted/ HTTP/1.1\r\nConnection: close\r\n\r\n"));

    for (body, bytes) in [
        (json!({"body_b64": "gHt9/w=="}), b"\x80{}\xff".as_slice()),
        (json!({"body": "é", "body_encoding": "latin-1"}), b"\xe9"),
        (
            json!({"body": "é", "body_encoding": "utf-16-le"}),
            b"\xe9\0",
        ),
        (
            json!({"body_repeat": {"prefix": "[", "unit": "ab", "count": 3, "suffix": "]"}}),
            b"[ababab]",
        ),
    ] {
        let (_, request) = sent(body).await;
        let expected = [b"\r\n\r\n", bytes].concat();
        assert!(request.ends_with(&expected), "{request:?}");
    }

    let raw = "GET /scripted/ HTTP/1.0\r\nX: \u{ff}\r\n\r\n";
    let (_, request) = sent(json!({"raw_request": raw})).await;
    assert_eq!(request, b"GET /scripted/ HTTP/1.0\r\nX: \xff\r\n\r\n");
}
