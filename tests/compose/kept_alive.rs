//! Connections that stay open between requests, as a client's pool keeps them.

use std::io;

use tokio::time::timeout;

use crate::PATIENCE;
use crate::raw_http::Connection;
use crate::stack::Stack;

/// What every engine refuses, in two segments: most clients send a body in one of its own.
const HEAD: &str = "POST /api/register/ HTTP/1.1\r\nHost: wallet\r\nContent-Type: application/json\r\nContent-Length: 2\r\n";
const BODY: &str = "{}";

async fn ask(connection: &mut Connection, authorization: &str) -> io::Result<u16> {
    let head = format!("{HEAD}Authorization: {authorization}\r\n\r\n");
    connection.send(head.as_bytes()).await?;
    connection.send(BODY.as_bytes()).await?;
    let response = timeout(PATIENCE, connection.receive()).await??;
    Ok(response.status)
}

/// Connections of clients that wait between two requests, longer than the engines stay as they are.
pub struct Idle {
    connections: Vec<Connection>,
    authorization: String,
}

impl Idle {
    const CONNECTIONS: usize = 40;

    pub async fn open(stack: &Stack) -> Self {
        let mut connections = Vec::new();
        for _ in 0..Self::CONNECTIONS {
            connections.push(Connection::open(stack.address).await.unwrap());
        }
        let mut idle = Self {
            connections,
            authorization: stack.authorization(),
        };
        idle.still_answer("at first").await;
        idle
    }

    /// Each answers on the connection that it has had from the beginning.
    pub async fn still_answer(&mut self, when: &str) {
        for connection in &mut self.connections {
            let answer = ask(connection, &self.authorization).await;
            let status =
                answer.unwrap_or_else(|error| panic!("an idle connection is gone {when}: {error}"));
            assert_eq!(status, 400, "{when}");
        }
    }
}
