//! How much memory many clients cost: that send as fast as they can, or much, and wait.

use std::cell::Cell;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use testkit::raw_http::Connection;

use super::power_loss::frozen::Frozen;
use super::{PATIENCE, Served};

/// Requests that a client sends before it reads an answer.
const PIPELINED: usize = 8;
/// What a connection may cost, with its share of everything behind it.
const KIB_A_CONNECTION: usize = 96;
/// What a connection may cost whose request has as long a body as any: the buffers that it was read into, which are used
/// again.
const KIB_A_LONG_BODY: usize = 224;
/// The engine without any connection.
const KIB_AT_REST: usize = 96 * 1024;

/// The most memory that the process ever had, in KiB.
pub(super) fn peak_kib(engine: &Served) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", engine.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse().unwrap()
}

async fn connect(address: &str) -> Connection {
    let address = address.parse().unwrap();
    loop {
        // A listener whose queue is full lets the client wait, or refuses.
        if let Ok(connection) = Connection::open(address).await {
            return connection;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends, and reads the answers; gives how many were done and how many turned away.
async fn send(connection: &mut Connection, requests: &str) -> (usize, usize) {
    connection.send(requests.as_bytes()).await.unwrap();
    let (mut done, mut refused) = (0, 0);
    for _ in 0..PIPELINED {
        match connection.receive().await.unwrap().status {
            200 => done += 1,
            503 => refused += 1,
            status => panic!("{status}"),
        }
    }
    (done, refused)
}

fn start(data: &Path) -> Served {
    let (_, allowed) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, allowed, allowed).unwrap();
    let mut command = super::program();
    command
        .env("WALLET_DATA_DIR", data)
        .env("WALLET_BIND", "127.0.0.1:0")
        .env("WALLET_WAIT_S", "60")
        .env("WALLET_LOG_FORMAT", "json")
        .env("WALLET_LOG", "wallet_engine::app=info,error");
    Served::start_with(command)
}

async fn memory_is_bounded_with(connections: usize, rounds: usize) {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path());
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
            let mut connection = connect(address).await;
            for _ in 0..rounds {
                let (more_done, more_refused) = send(&mut connection, requests).await;
                done.set(done.get() + more_done);
                refused.set(refused.get() + more_refused);
            }
            connection
        }
    });
    // All stay connected until the last is done.
    let connections_open = join_all(clients).await;

    let peak = peak_kib(&engine);
    println!(
        "{connections} connections: {} done, {} refused, {peak} KiB at most",
        done.get(),
        refused.get()
    );
    let bound = KIB_AT_REST + KIB_A_CONNECTION * connections;
    assert!(peak <= bound, "{peak} KiB, and {bound} are enough");
    assert!(done.get() > 0);
    drop(connections_open);
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

/// Bytes that have come to the port and were not read yet, of all its connections.
fn unread_bytes(port: &str) -> u64 {
    let port = format!(":{:04X}", port.parse::<u16>().unwrap());
    let connections = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let unread = connections.lines().filter_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let is_server_s = columns.next()?.ends_with(&port);
        let queues = columns.nth(2).filter(|_| is_server_s)?;
        u64::from_str_radix(queues.split_once(':')?.1, 16).ok()
    });
    unread.sum()
}

/// As long as bodies may be, of what is asked for and of what costs most for each of its bytes.
fn long_bodies(fields: &str) -> [String; 5] {
    let unasked = |unit: &str| unit.repeat(60_000 / unit.len());
    [
        format!("{{\"x\":[{}1],{fields}}}", unasked("1,")),
        format!("{{\"x\":[{}[]],{fields}}}", unasked("[],")),
        format!("{{{}{fields}}}", unasked("\"\":{},")),
        format!("{{\"x\":\"{}\",{fields}}}", unasked("\\n")),
        format!(
            "{{\"amount\":[{}1],\"password\":[1],{fields}}}",
            unasked("1,")
        ),
    ]
}

#[actix_web::test]
async fn a_request_that_waits_holds_nothing_of_its_body() {
    const CONNECTIONS: usize = 600;
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path());
    let address = engine.url.trim_start_matches("http://").to_owned();
    let wallet = engine.register("alice").await;
    // The wallet is loaded, so its deposits wait for nothing but a commit.
    engine.deposit(&wallet, "1.00").await;
    let deposits = long_bodies(r#""operationType":"DEPOSIT","amount":"1.00""#);
    let requests = (0..CONNECTIONS).map(|n| {
        let (path, body) = if n % 6 == 0 {
            let registration = format!(
                r#""username":"user{n}","email":"user{n}@example.com","password":"hush""#
            );
            let bodies = long_bodies(&registration);
            ("/api/register/".to_owned(), bodies[n % bodies.len()].clone())
        } else {
            (format!("{wallet}operation/"), deposits[n % deposits.len()].clone())
        };
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    });

    let frozen = Frozen::freeze(data.path());
    let port = address.rsplit_once(':').unwrap().1;
    let sent = requests.map(|request| {
        let address = &address;
        async move {
            let mut connection = connect(address).await;
            connection.send(request.as_bytes()).await.unwrap();
            connection
        }
    });
    let waiting = join_all(sent).await;
    let read = async {
        while unread_bytes(port) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap();
    frozen.thaw();

    let answers = waiting.into_iter().map(async |mut connection| {
        let answer = connection.receive().await.unwrap();
        answer.status
    });
    let answers = join_all(answers).await;
    let count = |status: u16| answers.iter().filter(|answer| **answer == status).count();
    let deposits = CONNECTIONS - CONNECTIONS.div_ceil(6);
    let (done, registered) = (count(200), count(201));
    let peak = peak_kib(&engine);
    println!("{CONNECTIONS} long bodies: {done} deposits, {registered} users, {peak} KiB at most");
    // A registration needs more of the database, and may have waited too long for it.
    assert_eq!(done, deposits, "{answers:?}");
    let bound = KIB_AT_REST + KIB_A_LONG_BODY * CONNECTIONS;
    assert!(peak <= bound, "{peak} KiB, and {bound} are enough");
    engine.signal(Signal::SIGTERM);
    assert!(engine.end().0.success());
}
