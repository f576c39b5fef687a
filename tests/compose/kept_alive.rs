//! Connections that stay open between requests, as a client's pool keeps them.

use std::io;
use std::net::SocketAddr;

use tokio::time::timeout;

use crate::PATIENCE;
use crate::raw_http::Connection;

/// What every engine refuses, in two segments: most clients send a body in one of its own.
const HEAD: &str = "POST /api/register/ HTTP/1.1\r\nHost: wallet\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n";
const BODY: &str = "{}";

async fn ask(connection: &mut Connection) -> io::Result<u16> {
    connection.send(HEAD.as_bytes()).await?;
    connection.send(BODY.as_bytes()).await?;
    let response = timeout(PATIENCE, connection.receive()).await??;
    Ok(response.status)
}

/// Connections of clients that wait between two requests, longer than the engines stay as they are.
pub struct Idle(Vec<Connection>);

impl Idle {
    const CONNECTIONS: usize = 40;

    pub async fn open(address: SocketAddr) -> Self {
        let mut connections = Vec::new();
        for _ in 0..Self::CONNECTIONS {
            connections.push(Connection::open(address).await.unwrap());
        }
        let mut idle = Self(connections);
        idle.still_answer("at first").await;
        idle
    }

    /// Each answers on the connection that it has had from the beginning.
    pub async fn still_answer(&mut self, when: &str) {
        for connection in &mut self.0 {
            let answer = ask(connection).await;
            let status =
                answer.unwrap_or_else(|error| panic!("an idle connection is gone {when}: {error}"));
            assert_eq!(status, 400, "{when}");
        }
    }
}
