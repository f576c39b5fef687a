//! Whole requests of any kind: method, target, headers and body.
//!
//! They are well-formed HTTP, so each has to be answered, and with no 5xx. A failure prints the seed that makes the
//! same requests again: `REQUESTS_SEED=17 cargo test --test api random_requests`.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::app::TestApp;
use crate::raw_http::Request;

const REQUESTS: usize = 1_500;

fn methods() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just("POST".to_owned()),
        3 => Just("GET".to_owned()),
        3 => "PUT|PATCH|DELETE|OPTIONS|TRACE|HEAD",
        1 => "CONNECT|PROPFIND|get|[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}",
    ]
}

/// Addresses that exist, and everything near them.
fn targets(wallet: &str) -> impl Strategy<Value = String> + use<> {
    let operation = format!("{wallet}operation/");
    let near = wallet.to_owned();
    let path = prop_oneof![
        4 => Just(operation),
        3 => Just("/api/register/".to_owned()),
        2 => Just(wallet.to_owned()),
        2 => (0..near.len(), "[ -~&&[^ #?]]{0,3}|%[0-9A-Fa-f]{2}|/|%2[fF]|\\.\\./|[а-я]")
            .prop_map(move |(at, odd)| format!("{}{odd}{}", &near[..at], &near[at..]))
            .prop_filter("a path", |path| path.starts_with('/')),
        1 => "/[!-~&&[^#?]]{0,60}",
        1 => "/api/wallets/[0-9a-fA-F-]{30,40}/(operation/?)?",
        1 => "(/|//|/\\.|%2f|/api){1,20}".prop_map(|path| format!("/{path}")),
    ];
    let query = prop_oneof![6 => Just(String::new()), 1 => "\\?[!-~&&[^#]]{0,40}", 1 => "\\?[а-яa-z=&%]{0,20}"];
    (path, query).prop_map(|(path, query)| path + &query)
}

fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let text = "[!-~]([ -~]{0,30}[!-~])?".prop_map(String::into_bytes);
    let bytes = prop::collection::vec(0x80..=0xff_u8, 1..20);
    let name = "Accept|Accept-Encoding|Authorization|Cookie|Range|If-None-Match|If-Modified-Since|X-Request-Id\
                |X-Forwarded-For|X-Forwarded-Proto|Forwarded|Content-Encoding|Idempotency-Key|Origin|Referer\
                |Access-Control-Request-Method|X-HTTP-Method-Override|[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}";
    let any = (
        name,
        prop_oneof![3 => text, 1 => bytes, 1 => Just(Vec::new())],
    );
    let any = any.prop_filter("does not frame the body", |(name, _)| {
        let frames = [
            "content-length",
            "transfer-encoding",
            "connection",
            "upgrade",
            "expect",
            "host",
        ];
        !frames.contains(&name.to_lowercase().as_str())
    });
    let media_type = prop_oneof![
        6 => Just("application/json".to_owned()),
        2 => Just("application/x-www-form-urlencoded".to_owned()),
        1 => Just("multipart/form-data; boundary=x".to_owned()),
        1 => "[!-~][ -~]{0,30}[!-~]",
    ];
    let media_type = media_type.prop_map(|value| ("Content-Type".to_owned(), value.into_bytes()));
    let known = prop_oneof![
        ("Expect", "100-continue|[!-~]{1,10}"),
        ("Connection", "close, [a-z-]{1,10}|close"),
        ("Accept", "text/html|application/xml;q=0.[0-9]|\\*/\\*"),
    ];
    let known = known.prop_map(|(name, value)| (name, value.into_bytes()));
    let others = prop::collection::vec(prop_oneof![4 => any, 1 => known], 0..6);
    (media_type, others).prop_map(|(media_type, mut others)| {
        others.push(media_type);
        others
    })
}

fn bodies() -> impl Strategy<Value = Option<Vec<u8>>> {
    let operation = (
        "DEPOSIT|WITHDRAW|[A-Z]{0,8}",
        "\"[0-9]{0,9}(\\.[0-9]{0,3})?\"|-?[0-9]{1,3}(\\.[0-9]{1,2})?([eE][-+]?[0-9]{1,3})?|null|\\[\\]|true",
    );
    let operation = operation
        .prop_map(|(kind, amount)| format!(r#"{{"operationType":"{kind}","amount":{amount}}}"#));
    let form = "(operationType|amount|username|email|password)=[%0-9A-Za-z+&=;@.]{0,40}";
    prop_oneof![
        3 => operation.prop_map(|body| Some(body.into_bytes())),
        1 => form.prop_map(|body| Some(body.into_bytes())),
        1 => "\\PC{0,60}".prop_map(|body| Some(body.into_bytes())),
        1 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Some),
        1 => Just(None),
    ]
}

/// From the environment, or a new one.
fn seed() -> u64 {
    match std::env::var("REQUESTS_SEED") {
        Ok(seed) => seed.parse().expect("REQUESTS_SEED is a number"),
        Err(_) => uuid::Uuid::new_v4().as_u64_pair().0,
    }
}

#[actix_web::test]
async fn random_requests_are_answered_and_never_with_a_5xx() {
    // Long enough for a slow machine to hash what happens to be a registration.
    let app = TestApp::spawn_with(|config| config.engine.wait = Duration::from_secs(60)).await;
    let wallet = app.wallet("alice").await;
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = (methods(), targets(&wallet), headers(), bodies());

    for _ in 0..REQUESTS {
        let (method, target, headers, body) = strategy.new_tree(&mut runner).unwrap().current();
        let mut request = Request::new(&method, target);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send(app.address).await;
        let shown = || format!("REQUESTS_SEED={seed} {request:?}");
        let response = response.unwrap_or_else(|error| panic!("{error}: {}", shown()));
        assert!(
            (200..500).contains(&response.status),
            "{response:?} {}",
            shown()
        );
        assert!(response.stray.is_empty(), "{response:?} {}", shown());
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}
