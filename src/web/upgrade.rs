//! A connection on which offers to change the protocol are ignored, as RFC 9110, 7.8 allows.
//!
//! Java's `HttpClient` offers HTTP/2 with every request (`Upgrade: h2c`), and actix-http (3.19) has no setting for
//! it: it responds with `connection: upgrade` and closes, and takes everything after `Upgrade: websocket` for a body without
//! an end, despite `Content-Length`. So the offers are removed before it reads them:
//!
//! 1. A head is passed on when it is complete; until then it is held back, up to [`HEAD_MAX_BYTES`].
//! 2. The value of `Upgrade` and the option `upgrade` of `Connection` are overwritten with spaces (`head`). No byte is added
//!    or removed, so actix-http alone decides where a body ends.
//! 3. Bodies are passed on as they arrive. They are tracked to find the next head (`framing`): by their length, or,
//!    where their framing is not as simple, by actix-http's own decoder, so that both find the same.
//! 4. actix-http refuses what is not HTTP, or has unclear framing, and closes; everything that follows is passed on.

mod framing;
mod head;
#[cfg(test)]
mod tests;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_http::ServiceConfig;
use actix_web::rt::net::TcpStream;
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use self::framing::Framing;

/// The longest head that actix-http reads.
const HEAD_MAX_BYTES: usize = 128 * 1024;
/// Read at once of a head that arrives in pieces.
const PIECE_BYTES: usize = 4 * 1024;

/// A connection, without its client's offers.
pub struct WithoutUpgrade<S = TcpStream> {
    socket: S,
    framing: Framing,
    /// Read and not passed on yet; empty, and without an allocation, except for a head in pieces.
    held: BytesMut,
    /// How much of `held` may be passed on.
    passable: usize,
}

impl<S> WithoutUpgrade<S> {
    /// `config` is for the decoder that tracks bodies; one for each thread is enough.
    pub fn new(socket: S, config: ServiceConfig) -> Self {
        Self {
            socket,
            framing: Framing::new(config),
            held: BytesMut::new(),
            passable: 0,
        }
    }

    pub fn socket(&self) -> &S {
        &self.socket
    }

    fn pass_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let count = self.passable.min(buffer.remaining());
        buffer.put_slice(&self.held.split_to(count));
        self.passable -= count;
        if self.held.is_empty() {
            self.held = BytesMut::new();
        }
    }
}

impl<S: AsyncRead + Unpin> WithoutUpgrade<S> {
    /// Reads into the caller's buffer, and holds back a head that is not complete.
    fn poll_read_through(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        let came = &mut buffer.filled_mut()[before..];
        let passable = self.framing.pass(came);
        self.held.extend_from_slice(&came[passable..]);
        buffer.set_filled(before + passable);
        Poll::Ready(Ok(()))
    }

    /// Reads more of a head that is held back.
    fn poll_read_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut piece = [0; PIECE_BYTES];
        let mut piece = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut self.socket).poll_read(context, &mut piece))?;
        let has_ended = piece.filled().is_empty();
        self.held.extend_from_slice(piece.filled());
        self.passable = self.framing.pass(&mut self.held);
        if self.passable == 0 && (has_ended || self.held.len() >= HEAD_MAX_BYTES) {
            self.framing.give_up();
            self.passable = self.held.len();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WithoutUpgrade<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.held.is_empty() {
            let before = buffer.filled().len();
            ready!(this.poll_read_through(context, buffer))?;
            // Zero bytes would mean that the connection has ended.
            if buffer.filled().len() > before || this.held.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
        while this.passable == 0 {
            ready!(this.poll_read_head(context))?;
        }
        this.pass_on(buffer);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WithoutUpgrade<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(context)
    }
}
