//! A client that sends whatever bytes it is given and reads responses as they come off the wire.
//!
//! Ordinary clients correct a request before it leaves and forgive a response that breaks the protocol; here
//! both ends show as they are. An exchange is one connection:
//!
//! 1. The request is sent while the response is read: an early refusal need not wait for the whole body.
//! 2. Interim (1xx) responses are skipped.
//! 3. The body ends where the protocol says: none after HEAD, 204 and 304; else by chunks, by length, or at
//!    the end of the connection.
//! 4. Whatever still comes before the server closes, or falls silent, is kept as stray bytes.
//!
//! A [`Connection`] takes these steps apart, for as many requests as a test likes.

mod connection;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use connection::Connection;
use wire::Wire;

/// The longest an exchange may take.
const EXCHANGE_MAX: Duration = Duration::from_secs(90);
/// How long a server that does not close is listened to for stray bytes.
const STRAY_MAX: Duration = Duration::from_millis(500);

/// A request of any bytes. `Host`, `Content-Length` and `Connection: close` are added unless it names them.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<Vec<u8>>,
    length: bool,
    host: bool,
}

impl Request {
    pub fn new(method: &str, path: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
            length: true,
            host: true,
        }
    }

    /// Adds a header, after those there are; the same name may come again.
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// A body, if there is one, goes without its `Content-Length`.
    pub fn without_length(mut self) -> Self {
        self.length = false;
        self
    }

    pub fn without_host(mut self) -> Self {
        self.host = false;
        self
    }

    /// Sends the request on a connection of its own.
    ///
    /// # Errors
    /// Those of [`exchange`].
    pub async fn send(&self, address: SocketAddr) -> io::Result<Response> {
        exchange(address, &self.encode(address), self.method == "HEAD").await
    }

    fn encode(&self, address: SocketAddr) -> Vec<u8> {
        let mut headers = Vec::new();
        if self.host && !self.names("host") {
            headers.push((b"Host".to_vec(), address.to_string().into_bytes()));
        }
        headers.extend_from_slice(&self.headers);
        if let Some(body) = &self.body
            && self.length
            && !self.names("content-length")
            && !self.names("transfer-encoding")
        {
            let length = body.len().to_string();
            headers.push((b"Content-Length".to_vec(), length.into_bytes()));
        }
        if !self.names("connection") {
            headers.push((b"Connection".to_vec(), b"close".to_vec()));
        }
        let mut bytes = [self.method.as_bytes(), b" ", &self.path, b" HTTP/1.1\r\n"].concat();
        for (name, value) in headers {
            bytes.extend([name.as_slice(), b": ", value.as_slice(), b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Whether it has a header of that name, in whatever case.
    pub fn names(&self, header: &str) -> bool {
        self.headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(header.as_bytes()))
    }
}

/// A response, and what the server sent after it.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// In the order of the wire, one character a byte, so that no value is lost.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Bytes after the end of the response: a fault of the server.
    pub stray: Vec<u8>,
}

impl Response {
    /// The header's values with `, ` between them.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends the bytes on a new connection and reads one response; `head` if the request's method is HEAD.
///
/// # Errors
/// No connection, no whole response before the server closed, one that is not HTTP, or none in 90 seconds.
pub async fn exchange(address: SocketAddr, request: &[u8], head: bool) -> io::Result<Response> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let (reading, mut writing) = stream.split();
        let sending = async {
            // A server that refused the request early may have closed its side; the response tells.
            let _ = writing.write_all(request).await;
            std::future::pending().await
        };
        tokio::select! {
            response = receive(reading, head) => response,
            never = sending => never,
        }
    };
    timeout(EXCHANGE_MAX, exchange).await?
}

/// What a client does after its last byte.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// Closes its half of the connection.
    Finish,
    /// Waits for the server to close.
    Wait,
}

/// Sends the bytes on a new connection while it reads; gives all that came until the server closed. A reset is the end of
/// a connection too.
pub async fn talk(address: SocketAddr, bytes: &[u8], then: Then) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.split();
    let sending = async {
        let _ = writing.write_all(bytes).await;
        match then {
            Then::Finish => drop(writing.shutdown().await),
            Then::Wait => {}
        }
    };
    let mut received = Vec::new();
    let receiving = async { drop(reading.read_to_end(&mut received).await) };
    tokio::join!(sending, receiving);
    received
}

/// Reads a response, and what comes after it.
async fn receive(reading: impl AsyncRead + Unpin, head: bool) -> io::Result<Response> {
    let mut wire = Wire::new(reading);
    let mut response = response(&mut wire, head).await?;
    // Silence and a lost connection both mean that nothing more is coming.
    while let Ok(Ok(true)) = timeout(STRAY_MAX, wire.more()).await {}
    response.stray = wire.unread;
    Ok(response)
}

/// Reads a response to its end.
async fn response<R: AsyncRead + Unpin>(wire: &mut Wire<R>, head: bool) -> io::Result<Response> {
    let (status, headers) = loop {
        let (status, headers) = parse_head(&wire.until(b"\r\n\r\n").await?)?;
        if !(100..200).contains(&status) {
            break (status, headers);
        }
    };
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
        stray: Vec::new(),
    };
    let chunked = response
        .header("transfer-encoding")
        .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    if head || status == 204 || status == 304 {
        // The headers may describe the body that a GET would have had.
    } else if chunked {
        response.body = wire.chunks().await?;
    } else if let Some(length) = response.header("content-length") {
        let length = length.parse().map_err(|_| malformed("Content-Length"))?;
        response.body = wire.take(length).await?;
    } else {
        while wire.more().await? {}
        response.body = std::mem::take(&mut wire.unread);
    }
    Ok(response)
}

fn parse_head(head: &[u8]) -> io::Result<(u16, Vec<(String, String)>)> {
    let text: String = head.iter().copied().map(char::from).collect();
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| malformed("status line"))?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Ok((status, headers))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the response's {what} cannot be read"),
    )
}
