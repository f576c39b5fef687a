//! Bytes that are no HTTP, or that two readers of HTTP could understand differently.
//!
//! Each is refused with a 4xx or the end of the connection, in time, and costs nobody else anything. Behind each stands
//! a whole deposit, of an amount of its own: after a refusal it is never carried out, or a client could smuggle requests
//! past a proxy that divides the bytes in another way.

mod cases;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use crate::app::TestApp;
use crate::postgres;
use crate::raw_http::{self, Then};

/// Far beyond the time that a head has to arrive, or a body.
const CONNECTION_MAX: Duration = Duration::from_secs(120);

/// As [`raw_http::talk`], and shows what had no end.
async fn talk(address: SocketAddr, bytes: &[u8], then: Then) -> Vec<u8> {
    let shown = || bytes[..bytes.len().min(200)].escape_ascii();
    let received = timeout(CONNECTION_MAX, raw_http::talk(address, bytes, then)).await;
    received.unwrap_or_else(|_| panic!("no end of it, {then:?}: {}", shown()))
}

/// The status of every response in what was received; no body here has a status line in it.
fn statuses(received: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(received);
    let after_version = text.split("HTTP/1.").skip(1);
    after_version
        .map(|rest| rest[2..5].parse().unwrap())
        .collect()
}

fn deposit(wallet: &str, cents: usize) -> Vec<u8> {
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    let body = format!(r#"{{"operationType":"DEPOSIT","amount":"{amount}"}}"#);
    let length = body.len();
    format!(
        "POST {wallet}operation/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[actix_web::test]
async fn what_is_broken_is_refused_in_time_and_nothing_behind_it_is_done() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let cases = cases::all(&wallet);
    let tried = cases.iter().enumerate().flat_map(|(index, case)| {
        [
            (2 * index, case, Then::Finish),
            (2 * index + 1, case, Then::Wait),
        ]
    });
    let tried: Vec<_> = tried.collect();

    let talks = tried.iter().map(|(index, case, then)| {
        let bytes = [case.bytes.as_slice(), &deposit(&wallet, index + 1)].concat();
        async move { talk(app.address, &bytes, *then).await }
    });
    let received = join_all(talks).await;

    let wrong = tried
        .iter()
        .zip(&received)
        .filter(|((_, case, _), received)| {
            let statuses = statuses(received);
            let (good, refused) = statuses.split_at(statuses.len().min(case.good));
            let good = good.iter().all(|status| *status == 200) && good.len() == case.good;
            !good || !refused.iter().all(|status| (400..500).contains(status))
        });
    let wrong: Vec<String> = wrong
        .map(|((_, case, then), received)| {
            format!("{} ({then:?}): {:?}", case.name, statuses(received))
        })
        .collect();
    assert_eq!(wrong, [""; 0]);

    let ledger = postgres::connect(&app.database).await;
    let done = ledger
        .query("SELECT (amount * 100)::bigint FROM operations", &[])
        .await
        .unwrap();
    let done: Vec<&str> = done
        .iter()
        .map(|row| {
            tried[usize::try_from(row.get::<_, i64>(0)).unwrap() - 1]
                .1
                .name
                .as_str()
        })
        .collect();
    assert_eq!(done, [""; 0], "money was moved by what stands behind these");

    assert_eq!(app.deposit(&wallet, "1.00").await.0, 200);
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_request_that_ends_before_its_end_is_not_done_and_one_that_is_whole_is() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let whole = deposit(&wallet, 100);
    let cut = (0..whole.len()).map(|length| talk(app.address, &whole[..length], Then::Finish));
    for received in join_all(cut).await {
        let statuses = statuses(&received);
        assert!(
            statuses.iter().all(|status| (400..500).contains(status)),
            "{statuses:?}"
        );
    }
    assert_eq!(app.balance(&wallet).await, "0.00");

    let received = talk(app.address, &whole, Then::Finish).await;
    assert_eq!(
        statuses(&received),
        [200],
        "the half that is closed is not the one for the answer"
    );
    assert_eq!(app.balance(&wallet).await, "1.00");
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_odd_target_is_nothing_or_what_it_says_and_never_ends_up_in_a_header() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let id = wallet
        .trim_start_matches("/api/wallets/")
        .trim_end_matches('/');
    let targets = [
        ("http://example.com/api/unknown/".to_owned(), 404),
        (format!("http://example.com{wallet}"), 200),
        ("http://example.com".to_owned(), 404),
        ("example.com:443".to_owned(), 404),
        ("*".to_owned(), 404),
        ("?".to_owned(), 400),
        ("//example.com/api/register".to_owned(), 404),
        ("//example.com/..".to_owned(), 404),
        ("/api/../api/register/".to_owned(), 404),
        ("/api/%2e%2e/register/".to_owned(), 404),
        ("/api/wallets/%00/".to_owned(), 404),
        ("/%".to_owned(), 404),
        ("/%f".to_owned(), 404),
        ("/%zz/%ff%fe/%c0%af/".to_owned(), 404),
        (format!("/api/wallets/{id}%00/"), 404),
        (format!("/api/wallets/{id}%0d%0aSet-Cookie:%20a=b"), 404),
        (format!("/api/wallets/{id}?%0d%0aSet-Cookie:%20a=b"), 301),
        (format!("/api/wallets/{id}?\u{e9}"), 400),
        (format!("/api/wallets/{id}%2F"), 200),
        (format!("/api/wallets/{{{id}}}/"), 404),
    ];
    for (target, expected) in targets {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let received = talk(app.address, request.as_bytes(), Then::Wait).await;
        let text = String::from_utf8_lossy(&received).to_lowercase();
        assert_eq!(statuses(&received), [expected], "{target}: {text}");
        assert!(!text.contains("\nset-cookie"), "{target}: {text}");
        assert!(!text.contains("\nlocation: //"), "{target}: {text}");
    }
    app.stop().await.unwrap();
}
