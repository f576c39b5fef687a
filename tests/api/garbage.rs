//! No input may cause a 5xx, whatever it is.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::app::TestApp;
use crate::raw_http::{self, Request};

const BODIES: u32 = 1_500;

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        any::<f64>().prop_map(|n| format!("{n:e}")),
        any::<i128>().prop_map(|n| n.to_string()),
        "[-+]?[0-9_.]{0,12}([eE][-+]?[0-9]{0,20})?",
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\"[-+0-9._eE\\\\u]{0,16}\"",
        Just("null".to_owned()),
        Just("[[]]".to_owned()),
        Just("{\"a\":[1,\"b\"]}".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"DEPOSIT\"".to_owned()),
        Just("\"WITHDRAW\"".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        Just("1e400".to_owned()),
    ];
    let field = prop_oneof![
        Just("operationType"),
        Just("amount"),
        Just("username"),
        Just("email"),
        Just("password"),
        Just("x")
    ];
    let object = prop::collection::vec((field, value), 0..5).prop_map(|fields| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"))
            .collect();
        format!("{{{}}}", fields.join(",")).into_bytes()
    });
    let form = "(operationType|amount|username|email|password)=[%0-9A-Za-z+&=;@.]{0,40}";
    prop_oneof![
        4 => object,
        1 => form.prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => "\\PC{0,60}".prop_map(String::into_bytes),
    ]
}

fn media_types() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => Just(b"application/json".to_vec()),
        2 => Just(b"application/x-www-form-urlencoded".to_vec()),
        1 => Just(b"multipart/form-data; boundary=x".to_vec()),
        1 => Just(b"application/json; charset=utf-16".to_vec()),
        1 => Just(b"application/x-www-form-urlencoded; charset=shift_jis".to_vec()),
        1 => "application/json; charset=[ -~]{0,12}".prop_map(String::into_bytes),
        1 => "[ -~]{0,30}".prop_map(String::into_bytes),
    ]
}

#[actix_web::test]
async fn random_bodies_never_give_a_5xx() {
    // Long enough for a slow machine to hash what happens to be a registration.
    let app = TestApp::spawn_with(|config| config.engine.wait = Duration::from_secs(60)).await;
    let wallet = app.wallet("alice").await;
    let mut runner = TestRunner::new(Config {
        cases: BODIES,
        ..Config::default()
    });
    let strategy = (bodies(), media_types(), any::<bool>());

    for _ in 0..BODIES {
        let (body, media_type, register) = strategy.new_tree(&mut runner).unwrap().current();
        let path = if register {
            "/api/register/".to_owned()
        } else {
            format!("{wallet}operation/")
        };
        let request = Request::new("POST", path)
            .header("Content-Type", media_type.clone())
            .body(body.clone());
        let response = request.send(app.address).await.unwrap();
        let shown = || format!("{} {}", media_type.escape_ascii(), body.escape_ascii());
        assert!(
            (200..500).contains(&response.status),
            "{} {}",
            response.status,
            shown()
        );
        assert!(
            serde_json::from_str::<serde_json::Value>(&response.text()).is_ok(),
            "{}",
            shown()
        );
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn what_is_not_http_is_refused_and_costs_nobody_else() {
    let app = TestApp::spawn().await;
    for request in [
        &b"\r\n\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/register/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/register/ HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/register/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/register/ HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        &[0xff; 100],
    ] {
        if let Ok(response) = raw_http::exchange(app.address, request, false).await {
            assert!(response.status < 500, "{} for {}", response.status, request.escape_ascii());
        }
    }
    assert_eq!(app.get("/api/unknown/").await.0, 404);
    app.stop().await.unwrap();
}
