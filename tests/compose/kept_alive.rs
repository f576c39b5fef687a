//! Connections that stay open between requests, as a client's pool keeps them.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::PATIENCE;

/// One connection, which is never opened again.
pub struct KeptAlive(BufStream<TcpStream>);

impl KeptAlive {
    pub async fn open(address: SocketAddr) -> Self {
        Self(BufStream::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends a request with a body in JSON, if it is not empty, and reads the answer: its status and its head.
    pub async fn request(&mut self, line: &str, body: &str) -> io::Result<(u16, String)> {
        let mut request = format!("{line} HTTP/1.1\r\nHost: wallet\r\n");
        if !body.is_empty() {
            let length = body.len();
            write!(
                request,
                "Content-Type: application/json\r\nContent-Length: {length}\r\n"
            )
            .unwrap();
        }
        request.push_str("\r\n");
        self.0.write_all(request.as_bytes()).await?;
        // The body in a segment of its own, as most clients send it.
        self.0.flush().await?;
        self.0.write_all(body.as_bytes()).await?;
        self.0.flush().await?;
        timeout(PATIENCE, self.answer()).await?
    }

    async fn answer(&mut self) -> io::Result<(u16, String)> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let length = head
            .to_ascii_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
            .expect("every answer has its length");
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        Ok((status.expect("every answer has a status"), head))
    }
}

/// Connections of clients that wait between two requests, longer than the engines stay as they are.
pub struct Idle(Vec<KeptAlive>);

impl Idle {
    const CONNECTIONS: usize = 40;

    pub async fn open(address: SocketAddr) -> Self {
        let mut connections = Vec::new();
        for _ in 0..Self::CONNECTIONS {
            connections.push(KeptAlive::open(address).await);
        }
        let mut idle = Self(connections);
        idle.still_answer("at first").await;
        idle
    }

    /// Each answers on the connection that it has had from the beginning.
    pub async fn still_answer(&mut self, when: &str) {
        for connection in &mut self.0 {
            let answer = connection.request("POST /api/register/", "{}").await;
            let (status, _) =
                answer.unwrap_or_else(|error| panic!("an idle connection is gone {when}: {error}"));
            assert_eq!(status, 400, "{when}");
        }
    }
}
