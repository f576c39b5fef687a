//! Clients that take their time, or come in too great a number: what they may hold, and for how long.
//!
//! The engine of these stories has one place for connections. So whoever is served after such a client shows that
//! the client holds nothing any more.
//!
//! They are bare sockets and no connections of `raw_http`: such a client writes while it reads, or never reads.

use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::app::TestApp;
use crate::raw_http::Request;

/// Nothing here takes as long when it works.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_secs(1);
const KEPT_ALIVE: &[u8] = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";

async fn with_one_place() -> TestApp {
    TestApp::spawn_with(|config| {
        config.server.connections_max = 1;
        config.server.keep_alive = SHORT;
        config.server.head = SHORT;
        config.server.body = SHORT;
    })
    .await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.address).await.unwrap()
}

/// Sends a request on the connection and reads its answer.
async fn ask(client: &mut TcpStream) -> String {
    client.write_all(KEPT_ALIVE).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = client.read(&mut answer).await.unwrap();
    String::from_utf8(answer[..length].to_vec()).unwrap()
}

/// Sends what was begun, then a byte at a time, until the server closes; gives what it answered.
async fn drip(mut client: TcpStream, begun: &str) -> String {
    client.write_all(begun.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = client.split();
    let mut ticks = interval(Duration::from_millis(50));
    let dripping = async {
        loop {
            ticks.tick().await;
            if writing.write_all(b"a").await.is_err() {
                pending::<()>().await;
            }
        }
    };
    let answered = async {
        let mut answer = Vec::new();
        // A reset connection is as closed as any.
        let _ = reading.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let answered = async {
        tokio::select! {
            answer = answered => answer,
            () = dripping => unreachable!("it has no end"),
        }
    };
    timeout(PATIENCE, answered).await.unwrap()
}

/// Waits until somebody else is served.
async fn until_served(app: &TestApp) {
    let served = async {
        while app.get("/livez").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, served).await.unwrap();
}

#[actix_web::test]
async fn a_connection_above_the_limit_is_told_so_at_once_and_closed() {
    let app = with_one_place().await;
    let mut first = connect(&app).await;
    assert!(ask(&mut first).await.starts_with("HTTP/1.1 200 "));

    for path in [
        "/livez",
        "/api/register/",
        "/admin/",
        "/static/admin/admin.css",
    ] {
        let refused = Request::new("GET", path).header("Connection", "keep-alive");
        let refused = refused.send(app.address).await.unwrap();
        assert_eq!(refused.status, 503);
        assert_eq!(refused.header("retry-after").as_deref(), Some("1"));
        assert_eq!(refused.header("connection").as_deref(), Some("close"));
        assert!(refused.text().contains("Сервис перегружен"));
    }

    drop(first);
    until_served(&app).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_head_that_comes_a_byte_at_a_time_is_not_waited_for() {
    let app = with_one_place().await;
    let answer = drip(connect(&app).await, "GET /livez HTTP/1.1\r\nHost: ").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    until_served(&app).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn nor_is_the_head_of_a_later_request() {
    let app = with_one_place().await;
    let mut client = connect(&app).await;
    assert!(ask(&mut client).await.starts_with("HTTP/1.1 200 "));
    drip(client, "GET /livez HTTP/1.1\r\nHost: ").await;
    until_served(&app).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_body_that_comes_a_byte_at_a_time_is_not_waited_for() {
    for length in [
        "Content-Length: 60000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nea60\r\n",
    ] {
        let app = with_one_place().await;
        let begun = format!(
            "POST /api/register/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}"
        );
        let answer = drip(connect(&app).await, &begun).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(
            answer.contains("did not arrive within 1 seconds"),
            "{answer}"
        );
        until_served(&app).await;
        app.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn a_client_that_never_reads_its_answers_is_disconnected() {
    let app = with_one_place().await;
    let mut client = connect(&app).await;
    let requests = KEPT_ALIVE.repeat(1_000);
    let refused = async {
        loop {
            if let Err(error) = client.write_all(&requests).await {
                break error;
            }
        }
    };
    let error = timeout(PATIENCE, refused).await.unwrap();
    let closed = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    assert!(closed.contains(&error.kind()), "{error}");
    until_served(&app).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_request_that_is_being_handled_is_no_standstill() {
    let app = TestApp::spawn_with(|config| {
        config.server.keep_alive = SHORT;
        config.server.head = SHORT;
        config.server.body = PATIENCE;
    })
    .await;
    let mut client = connect(&app).await;
    let body = r#"{"username": "slow"}"#;
    let head = format!(
        "POST /api/register/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await.unwrap();
    // A byte every 200 milliseconds is twice as long as a connection may stand still.
    let mut ticks = interval(4 * SHORT / u32::try_from(body.len()).unwrap());
    for byte in body.bytes() {
        ticks.tick().await;
        client.write_all(&[byte]).await.unwrap();
    }
    let mut answer = [0; 12];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_head_beyond_every_limit_is_refused() {
    let app = TestApp::spawn().await;
    let long = Request::new("GET", "/livez").header("X-Long", "a".repeat(200_000));
    assert_eq!(long.send(app.address).await.unwrap().status, 431);
    let many = (0..200).fold(Request::new("GET", "/livez"), |request, n| {
        request.header(format!("X-{n}"), "a")
    });
    assert_eq!(many.send(app.address).await.unwrap().status, 431);
    until_served(&app).await;
    app.stop().await.unwrap();
}
