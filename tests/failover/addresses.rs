//! Several addresses, of which some are silent: each has its own time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use super::app::{App, is_failed, url_of};
use super::ledger::{audit, recorded};
use testkit::proxy::Proxy;
use testkit::servers::Servers;

/// Longer than a connection on this machine takes.
const NO_ANSWER: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_first_address_that_accepts_and_is_silent_keeps_no_one_waiting() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    is_served_by_the_second(address).await;
}

#[tokio::test]
async fn a_first_address_that_drops_every_packet_keeps_no_one_waiting() {
    let (address, _full) = dropping().await;
    is_served_by_the_second(address).await;
}

async fn is_served_by_the_second(first: SocketAddr) {
    let servers = Servers::new();
    let mut server = servers.primary("one").await;
    let app = App::start(&url_of(&[first, server.address()]), 3).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;
    app.until_ready().await;

    server.stop().await;
    server.start().await;
    let begun = Instant::now();
    app.settle(&wallet, "2.00", "after").await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(recorded(&server, &wallet, "2.00").await, 1);
    audit(&server);
}

#[tokio::test]
async fn a_failover_away_from_a_host_that_falls_silent_takes_one_wait() {
    let servers = Servers::new();
    let primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    primary.wait_for_standby(Some(&standby)).await;
    let line = Proxy::to(primary.address()).await;
    let app = App::start(&url_of(&[line.address(), standby.address()]), 6).await;
    let wallet = app.wallet("alice").await;
    app.put(&wallet, "1.00").await;

    // Neither a reset nor an answer, as when a host loses its power.
    line.die();
    standby.promote().await;
    let (status, body) = app.keyed_deposit(&wallet, "100.00", "in-flight").await;
    assert!(status == 200 || is_failed(status), "{status}: {body}");

    let (status, body) = app.keyed_deposit(&wallet, "100.00", "in-flight").await;
    assert_eq!(status, 200, "{body}");
    app.put(&wallet, "1.00").await;
    app.until_ready().await;
    assert_eq!(recorded(&standby, &wallet, "100.00").await, 1);
    assert_eq!(app.balance(&wallet).await.as_deref(), Some("102.00"));
    audit(&standby);
}

/// An address where no packet is answered: a socket whose queue of connections is full.
async fn dropping() -> (SocketAddr, (tokio::net::TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(connected) = timeout(NO_ANSWER, TcpStream::connect(address)).await {
        queued.push(connected.unwrap());
    }
    (address, (listener, queued))
}
