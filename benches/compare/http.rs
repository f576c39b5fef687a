//! A client of one connection that waits for every answer to what it sends, and knows the API's two requests.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest answer that is waited for.
const ANSWER_MAX: usize = 64 * 1024;

const DEPOSIT: &str = r#"{"operationType":"DEPOSIT","amount":"0.01"}"#;

pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Deposits a cent; gives the status of the answer.
    pub async fn deposit(&mut self, wallet: u64) -> io::Result<u16> {
        let request = format!(
            "POST {}operation/ HTTP/1.1\r\nHost: wallet-engine\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{DEPOSIT}",
            path(wallet),
            DEPOSIT.len()
        );
        self.ask(&request).await
    }

    /// Reads the balance; gives the status of the answer.
    pub async fn read(&mut self, wallet: u64) -> io::Result<u16> {
        let path = path(wallet);
        self.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: wallet-engine\r\n\r\n"
        ))
        .await
    }

    async fn ask(&mut self, request: &str) -> io::Result<u16> {
        self.stream.write_all(request.as_bytes()).await?;
        self.received.clear();
        loop {
            if let Some(answer) = Answer::parse(&self.received)? {
                if self.received.len() == answer.length {
                    return Ok(answer.status);
                }
                if self.received.len() > answer.length {
                    return Err(invalid("more than one answer to one request"));
                }
            }
            if self.received.len() > ANSWER_MAX {
                return Err(invalid("an answer without an end"));
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// The beginning of an answer, once all its headers are there.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    /// Of headers and body together.
    length: usize,
}

impl Answer {
    fn parse(received: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&received[..end]).map_err(invalid)?;
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or_else(|| invalid("an answer without a status"))?;
        let body: usize = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .ok_or_else(|| invalid("an answer without a length"))?;
        Ok(Some(Self {
            status,
            length: end + 4 + body,
        }))
    }
}

/// The address of the `n`th wallet that `sql/wallets.sql` makes.
fn path(n: u64) -> String {
    format!("/api/wallets/00000000-0000-4000-8000-{n:012x}/")
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is() {
        let head = b"HTTP/1.1 201 Created\r\ncontent-LENGTH: 2\r\n\r\n";
        let answer = Answer {
            status: 201,
            length: head.len() + 2,
        };
        assert_eq!(Answer::parse(head).unwrap(), Some(answer));
        assert_eq!(Answer::parse(&head[..20]).unwrap(), None);
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(Answer::parse(b"SSH-2.0\r\n\r\n").is_err());
    }
}
