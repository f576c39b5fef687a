//! curl sends a POST again by itself: on a connection that is used again and closes before a byte of the response, without
//! `--retry`, and without a word. So what a key promises is what keeps its user from paying twice.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::app::TestApp;

#[actix_web::test]
async fn a_deposit_that_curl_repeats_by_itself_happens_once_under_its_key() {
    let app = TestApp::spawn().await;
    let wallet = app.wallet("alice").await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{wallet}", proxy.local_addr().unwrap());
    let curl = Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .arg(&url)
        .args(["--next", "--silent", "--show-error", "--noproxy", "*"])
        .args(["--header", "Content-Type: application/json"])
        .args(["--header", "Idempotency-Key: once"])
        .args(["--data", r#"{"operationType":"DEPOSIT","amount":"1.00"}"#])
        .arg(format!("{url}operation/"))
        .output();
    let (output, deposits) = tokio::join!(curl, lose_one_response(&proxy, app.address));
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.ends_with(r#"{"status":"success","balance":"1.00"}"#),
        "{printed}"
    );
    let deposits = deposits.unwrap();
    assert_eq!(deposits.len(), 2, "curl sent it twice");
    assert!(
        !deposits[0].contains("idempotency-replayed"),
        "{}",
        deposits[0]
    );
    assert!(
        deposits[1].contains("idempotency-replayed: true"),
        "{}",
        deposits[1]
    );
    assert_eq!(app.balance(&wallet).await, "1.00");
    assert_eq!(app.audited_operations().await, 1);
    app.stop().await.unwrap();
}

/// A proxy that passes the first request of the first connection, keeps the response to the second to itself and closes
/// the connection, and passes the first request of the second connection. Returns the responses to the deposits.
async fn lose_one_response(proxy: &TcpListener, engine: SocketAddr) -> io::Result<Vec<String>> {
    let (mut first, _) = proxy.accept().await?;
    let read = exchange(&mut first, engine).await?;
    first.write_all(read.as_bytes()).await?;
    let lost = exchange(&mut first, engine).await?;
    drop(first);
    let (mut second, _) = proxy.accept().await?;
    let repeated = exchange(&mut second, engine).await?;
    second.write_all(repeated.as_bytes()).await?;
    Ok(vec![lost, repeated])
}

/// Sends the client's next request to the engine and returns the response.
async fn exchange(client: &mut TcpStream, engine: SocketAddr) -> io::Result<String> {
    let request = message(client).await?;
    let mut engine = TcpStream::connect(engine).await?;
    engine.write_all(request.as_bytes()).await?;
    message(&mut engine).await
}

/// A head, and as much of a body as its `Content-Length` says.
async fn message(stream: &mut TcpStream) -> io::Result<String> {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Ok(text);
            }
        }
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
}
