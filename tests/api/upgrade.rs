//! Clients that offer another protocol with their requests: they get the answers that they would get without.

use std::time::Duration;

use tokio::time::timeout;
use wallet_engine::config::MetricsConfig;

use crate::app::TestApp;
use crate::raw_http::{Connection, Then, talk};

/// Nothing here takes as long when it works; less than a body that does not come is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The offers, as clients send them: Java's `HttpClient`, curl, browsers; and what a standard allows or forbids.
const OFFERS: [&str; 10] = [
    "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "connection: keep-alive,uPGRADE\r\nUPGRADE:   WebSocket  \r\n",
    "Upgrade: websocket\r\n",
    "Upgrade: websocket\r\nConnection: keep-alive\r\n",
    "Connection: upgrade\r\n",
    "Connection: upgrade\r\nConnection: keep-alive\r\nConnection: upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n",
    "Connection: Upgrade\r\nUpgrade: TLS/1.0, HTTP/2.0, SHTTP/1.3, IRC/6.9, websocket\r\n",
    "Connection: , upgrade ,\r\nUpgrade:\r\n",
    "Connection: upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\n",
];

/// How a body's end is said.
#[derive(Clone, Copy)]
enum Framed {
    ByLength,
    InChunks,
}

fn deposit(wallet: &str, offer: &str, framed: Framed) -> String {
    // A head within the body is none.
    let body =
        r#"{"operationType":"DEPOSIT","amount":"0.01","x":"GET / HTTP/1.1 Upgrade: websocket"}"#;
    let (framing, body) = match framed {
        Framed::ByLength => (format!("Content-Length: {}", body.len()), body.to_owned()),
        Framed::InChunks => {
            let (one, other) = body.split_at(20);
            let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len());
            let chunks = format!("{}{}0\r\n\r\n", chunk(one), chunk(other));
            ("Transfer-Encoding: chunked".to_owned(), chunks)
        }
    };
    format!(
        "POST {wallet}operation/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{offer}{framing}\r\n\r\n{body}"
    )
}

fn get(path: &str, offer: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\n{offer}\r\n")
}

/// Every request that these stories send.
fn requests(wallet: &str) -> Vec<String> {
    let of = |offer: &&str| {
        [
            deposit(wallet, offer, Framed::ByLength),
            get(wallet, offer),
            deposit(wallet, offer, Framed::InChunks),
            get("/livez", offer),
        ]
    };
    OFFERS.iter().flat_map(of).collect()
}

fn deposits(requests: &[String]) -> usize {
    requests
        .iter()
        .filter(|request| request.starts_with("POST"))
        .count()
}

/// So many deposits of a cent.
fn cents(deposits: usize) -> String {
    format!("{}.{:02}", deposits / 100, deposits % 100)
}

/// Asserts that no offer shows in the next answer: of status 200, and the connection goes on.
async fn assert_ordinary(client: &mut Connection, request: &str) {
    let answer = timeout(PATIENCE, client.receive()).await;
    let answer = answer.expect("an answer comes").unwrap();
    assert_eq!(answer.status, 200, "{request}");
    for header in ["connection", "upgrade"] {
        assert_eq!(answer.header(header), None, "{request}");
    }
}

#[actix_web::test]
async fn an_offer_is_ignored_and_the_connection_goes_on() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let requests = requests(&wallet);
    let mut client = Connection::open(app.address).await.unwrap();
    for request in &requests {
        client.send(request.as_bytes()).await.unwrap();
        assert_ordinary(&mut client, request).await;
        assert_eq!(client.unread(), b"", "{request}");
    }
    assert_eq!(app.balance(&wallet).await, cents(deposits(&requests)));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_offer_is_ignored_however_it_is_cut() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let requests = requests(&wallet);
    let mut done = 0;
    for piece in [77, 1] {
        let mut client = Connection::open(app.address).await.unwrap();
        for request in &requests {
            for piece in request.as_bytes().chunks(piece) {
                client.send(piece).await.unwrap();
            }
            assert_ordinary(&mut client, request).await;
            assert_eq!(client.unread(), b"", "{request}");
        }
        done += deposits(&requests);
        assert_eq!(app.balance(&wallet).await, cents(done));
    }
    app.stop().await.unwrap();
}

/// All at once: actix-http (3.19) answers `connection: close` to a request while the body of a later one is on its way.
#[actix_web::test]
async fn requests_behind_an_offer_are_answered_each() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let requests = requests(&wallet);
    let mut client = Connection::open(app.address).await.unwrap();
    client.send(requests.concat().as_bytes()).await.unwrap();
    for request in &requests {
        assert_ordinary(&mut client, request).await;
    }
    assert_eq!(client.unread(), b"");
    assert_eq!(app.balance(&wallet).await, cents(deposits(&requests)));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_offer_does_not_keep_a_connection_that_is_to_be_closed() {
    let app = TestApp::spawn().await;
    for connection in ["close, upgrade", "upgrade, close"] {
        let offer = format!("Connection: {connection}\r\nUpgrade: websocket\r\n");
        let request = get("/livez", &offer);
        let talk = talk(app.address, request.as_bytes(), Then::Wait);
        let received = timeout(PATIENCE, talk).await.expect("it is closed");
        let received = String::from_utf8(received).unwrap();
        assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
        assert!(received.contains("\r\nconnection: close\r\n"), "{received}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn metrics_are_served_to_clients_with_offers_too() {
    let app = TestApp::spawn_with(|config| {
        config.metrics = MetricsConfig::At("127.0.0.1:0".parse().unwrap());
    })
    .await;
    let mut client = Connection::open(app.metrics.unwrap()).await.unwrap();
    for offer in OFFERS {
        let request = get("/metrics", offer);
        client.send(request.as_bytes()).await.unwrap();
        assert_ordinary(&mut client, &request).await;
    }
    app.stop().await.unwrap();
}
