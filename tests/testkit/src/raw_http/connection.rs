//! A connection that stays open, as a client's pool keeps one, for one request after the other.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::wire::Wire;
use super::{EXCHANGE_MAX, Response, response};

/// Never opened again.
pub struct Connection(Wire<TcpStream>);

impl Connection {
    /// # Errors
    /// The server takes no connection.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self(Wire::new(stream)))
    }

    /// Sends the bytes, be they a part of a request, one, or many.
    ///
    /// # Errors
    /// The server has closed the connection.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.reading.write_all(bytes).await
    }

    /// Reads the next response, to any method but HEAD.
    ///
    /// # Errors
    /// The server closed before its end, it is not HTTP, or none comes in 90 seconds.
    pub async fn receive(&mut self) -> io::Result<Response> {
        timeout(EXCHANGE_MAX, response(&mut self.0, false)).await?
    }

    /// Sends the bytes of one request and reads the response to it.
    ///
    /// # Errors
    /// Those of [`Connection::send`] and [`Connection::receive`], and more than one response.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Response> {
        self.send(request).await?;
        let response = self.receive().await?;
        if self.unread().is_empty() {
            return Ok(response);
        }
        let why = "more than one response to one request";
        Err(io::Error::new(io::ErrorKind::InvalidData, why))
    }

    /// What came after the last response.
    pub fn unread(&self) -> &[u8] {
        &self.0.unread
    }
}
