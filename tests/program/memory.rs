//! How much memory many clients cost that send as fast as they can.

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Served;

/// Requests that a client sends before it reads an answer.
const PIPELINED: usize = 8;
/// What a connection may cost, with its share of everything behind it.
const KIB_A_CONNECTION: usize = 96;
/// The engine without any connection.
const KIB_AT_REST: usize = 96 * 1024;

/// The most memory that the process ever had, in KiB.
fn peak_kib(engine: &Served) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse().unwrap()
}

async fn connect(address: &str) -> TcpStream {
    loop {
        // A listener whose queue is full lets the client wait, or refuses.
        if let Ok(stream) = TcpStream::connect(address).await {
            return stream;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends, and reads the answers; gives how many were done and how many turned away.
async fn send(stream: &mut TcpStream, requests: &str) -> (usize, usize) {
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let (mut done, mut refused) = (0, 0);
    while done + refused < PIPELINED || !read.ends_with(b"}") {
        assert!(
            stream.read_buf(&mut read).await.unwrap() > 0,
            "it was closed"
        );
        let text = String::from_utf8_lossy(&read);
        done = text.matches("HTTP/1.1 200 ").count();
        refused = text.matches("HTTP/1.1 503 ").count();
        assert_eq!(text.matches("HTTP/1.1 ").count(), done + refused, "{text}");
    }
    (done, refused)
}

async fn memory_is_bounded_with(connections: usize, rounds: usize) {
    let (_, allowed) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, allowed, allowed).unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut command = super::program();
    command
        .env("WALLET_DATA_DIR", data.path())
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_LOG", "wallet_engine::app=info,error");
    let engine = Served::start_with(command);
    let address = engine.url.trim_start_matches("http://").to_owned();
    let mut requests = Vec::new();
    for name in ["alice", "bob", "carol", "dave"] {
        let wallet = engine.register(name).await;
        let body = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;
        let request = format!(
            "POST {wallet}operation/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        requests.push(request.repeat(PIPELINED));
    }
    let (done, refused) = (Cell::new(0), Cell::new(0));

    let clients = (0..connections).map(|n| {
        let (address, requests) = (&address, &requests[n % requests.len()]);
        let (done, refused) = (&done, &refused);
        async move {
            let mut stream = connect(address).await;
            for _ in 0..rounds {
                let (more_done, more_refused) = send(&mut stream, requests).await;
                done.set(done.get() + more_done);
                refused.set(refused.get() + more_refused);
            }
            stream
        }
    });
    // All stay connected until the last is done.
    let streams = join_all(clients).await;

    let peak = peak_kib(&engine);
    println!(
        "{connections} connections: {} done, {} refused, {peak} KiB at most",
        done.get(),
        refused.get()
    );
    let bound = KIB_AT_REST + KIB_A_CONNECTION * connections;
    assert!(peak <= bound, "{peak} KiB, and {bound} are enough");
    assert!(done.get() > 0);
    drop(streams);
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}

#[actix_web::test]
async fn memory_is_bounded_with_many_connections_that_send_as_fast_as_they_can() {
    memory_is_bounded_with(1_000, 5).await;
}

/// As above, at the default limit of connections; takes some minutes in a debug build.
#[actix_web::test]
#[ignore = "ten thousand connections are too many for every machine's limits"]
async fn memory_is_bounded_at_the_limit_of_connections() {
    memory_is_bounded_with(9_900, 5).await;
}
