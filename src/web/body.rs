//! A request's body, received under limits.
//!
//! A body whose declared length exceeds [`BODY_MAX_BYTES`] is refused before any of it is read; one without, as soon as it
//! exceeds it. A body that does not arrive in time is refused.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, poll};
use tokio::time::timeout;

/// The longest body that is accepted.
pub const BODY_MAX_BYTES: usize = 64 * 1024;

/// How long a client may take to send its body.
#[derive(Clone, Copy, Debug)]
pub struct BodyWait(pub Duration);

/// Why a body could not be received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error("Request body is larger than {max_bytes} bytes.")]
    TooLarge { max_bytes: usize },
    #[error("Request body did not arrive within {wait_s} seconds.")]
    TooSlow { wait_s: u64 },
    #[error("Request body could not be received.")]
    Broken(#[source] PayloadError),
}

/// A request's body while it is on its way.
pub struct IncomingBody {
    payload: Payload,
    wait: Duration,
    complete: bool,
}

impl IncomingBody {
    /// The body of a request, with the [`BodyWait`] of the application's data; without one, it has no time to arrive.
    pub fn of(request: &HttpRequest, payload: Payload) -> Self {
        let wait = request.app_data::<Data<BodyWait>>();
        let wait = wait.map_or(BodyWait(Duration::ZERO), |wait| ***wait);
        Self::new(payload, wait)
    }

    pub fn new(payload: Payload, BodyWait(wait): BodyWait) -> Self {
        let complete = matches!(payload, Payload::None);
        Self {
            payload,
            wait,
            complete,
        }
    }

    /// Whether it was read to its end.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`ReceiveError::TooLarge`], [`ReceiveError::TooSlow`], [`ReceiveError::Broken`].
    pub async fn receive(&mut self, headers: &HeaderMap) -> Result<Bytes, ReceiveError> {
        self.receive_up_to(headers, BODY_MAX_BYTES).await
    }

    /// Reads it to its end, if it has no more bytes than that.
    ///
    /// # Errors
    /// Those of [`receive`](Self::receive).
    pub async fn receive_up_to(
        &mut self,
        headers: &HeaderMap,
        max_bytes: usize,
    ) -> Result<Bytes, ReceiveError> {
        let bytes = if self.complete {
            Bytes::new()
        } else if declared_bytes(headers).is_some_and(|bytes| bytes > max_bytes) {
            return Err(ReceiveError::TooLarge { max_bytes });
        } else {
            let mut received = pin!(collect(&mut self.payload, max_bytes));
            match poll!(&mut received) {
                Poll::Ready(received) => received?,
                // Most bodies come with their heads, and need no timer.
                Poll::Pending => {
                    let received = Box::pin(timeout(self.wait, received)).await;
                    received.map_err(|_| ReceiveError::TooSlow {
                        wait_s: self.wait.as_secs(),
                    })??
                }
            }
        };
        self.complete = true;
        Ok(bytes)
    }
}

/// The value of `Content-Length`. actix refuses one that exceeds a machine word.
fn declared_bytes(headers: &HeaderMap) -> Option<usize> {
    let declared = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    declared.trim().parse().ok()
}

async fn collect(payload: &mut Payload, max_bytes: usize) -> Result<Bytes, ReceiveError> {
    // Most bodies arrive in one piece, which is not copied.
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(ReceiveError::Broken)?;
        if whole.len() + pieces.len() + piece.len() > max_bytes {
            return Err(ReceiveError::TooLarge { max_bytes });
        }
        if whole.is_empty() && pieces.is_empty() {
            whole = piece;
        } else {
            pieces.extend_from_slice(&std::mem::take(&mut whole));
            pieces.extend_from_slice(&piece);
        }
    }
    Ok(if pieces.is_empty() {
        whole
    } else {
        pieces.freeze()
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use futures_util::stream;

    use super::*;

    /// Half of what a body may have.
    const PIECE: &[u8] = &[b' '; BODY_MAX_BYTES / 2];

    fn incoming(pieces: &[&'static [u8]]) -> IncomingBody {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok((*piece).into())).collect();
        let payload: Payload = Payload::Stream {
            payload: Box::pin(stream::iter(pieces)),
        };
        IncomingBody::new(payload, BodyWait(Duration::from_secs(30)))
    }

    #[actix_rt::test]
    async fn a_body_is_received_whole_however_it_is_cut() {
        for pieces in [
            &[&b"{\"a\":1}"[..]][..],
            &[b"{\"a\"", b":", b"1}"],
            &[b"", b"{\"a\":1}", b""],
        ] {
            let body = incoming(pieces).receive(&HeaderMap::new()).await.unwrap();
            assert_eq!(body, &b"{\"a\":1}"[..]);
        }
    }

    #[actix_rt::test]
    async fn a_body_over_the_limit_is_refused_when_declared_or_when_it_proves_longer() {
        let mut declared = HeaderMap::new();
        declared.insert(
            header::CONTENT_LENGTH,
            HeaderValue::from(BODY_MAX_BYTES + 1),
        );
        let mut body = incoming(&[b"{}"]);
        let refused = body.receive(&declared).await;
        assert!(matches!(refused, Err(ReceiveError::TooLarge { .. })));
        assert!(!body.is_complete());

        let nothing = HeaderMap::new();
        let fits = incoming(&[PIECE, PIECE]).receive(&nothing).await;
        assert!(fits.is_ok());
        let mut body = incoming(&[PIECE, PIECE, b" "]);
        let refused = body.receive(&nothing).await;
        assert!(matches!(refused, Err(ReceiveError::TooLarge { .. })));
        assert!(!body.is_complete());
    }
}
