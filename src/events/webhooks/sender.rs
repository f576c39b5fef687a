//! Sends one delivery: a POST on a connection of its own, whose response's status decides.
//!
//! * 2 s to connect (`dial.rs`), 10 s for the response. A response in parts that come slowly has no more.
//! * Of the response's body, [`ANSWER_MAX_BYTES`] are read and dropped, so that ordinary receivers finish theirs; then the connection
//!   is closed. Its head may be [`HEAD_MAX_BYTES`] long.
//! * No redirect is followed: its target would be another destination than the one that was set and checked. It is a refusal.
//! * A connection is not used again: an idle one may be closed by the receiver at the moment of the next delivery, which would be
//!   an attempt lost. TLS sessions are resumed.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::destination::Destination;
use super::dial::{Connection, Dialer};
use super::guard::Guard;
use super::outcome::{Failure, Outcome, retry_after};

/// The timeout of a response, from the request's first byte.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// What is read of a response's body.
const ANSWER_MAX_BYTES: usize = 4 * 1_024;
/// The longest head of a response.
const HEAD_MAX_BYTES: usize = 16 * 1_024;
const AGENT: &str = concat!("wallet-engine/", env!("CARGO_PKG_VERSION"));

/// Sends deliveries.
pub struct Sender(Dialer);

/// What is sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same in every attempt, so that a receiver recognizes a repetition.
    pub id: String,
    /// When this attempt was made, in seconds since 1970.
    pub timestamp: i64,
    /// By every secret of the webhook: see [`signatures`](super::signatures).
    pub signatures: String,
    pub body: Bytes,
}

impl Sender {
    /// Makes a sender that connects where the guard allows.
    #[must_use]
    pub fn new(guard: Guard) -> Self {
        Self(Dialer::new(guard))
    }

    /// Makes one attempt. Dropped before it ends, it closes the connection.
    pub async fn send(&self, destination: &Destination, message: Message) -> Outcome {
        let connection = match self.0.connect(destination).await {
            Ok(connection) => connection,
            Err(failure) => return Outcome::Failed(failure),
        };
        let Some(request) = request(destination, message) else {
            return Outcome::Failed(Failure::Url);
        };
        exchange(connection, request, Instant::now() + ANSWER_MAX)
            .await
            .unwrap_or_else(Outcome::Failed)
    }
}

async fn exchange(
    connection: Box<dyn Connection>,
    request: Request<Full<Bytes>>,
    until: Instant,
) -> Result<Outcome, Failure> {
    let broken = |_| Failure::BrokenResponse;
    let (mut sender, driver) = http1::Builder::new()
        .max_buf_size(HEAD_MAX_BYTES)
        .handshake(TokioIo::new(connection))
        .await
        .map_err(broken)?;
    let response = async {
        let response = timeout_at(until, sender.send_request(request)).await;
        let response = response.map_err(|_| Failure::Timeout)?.map_err(broken)?;
        let outcome = outcome(&response);
        // Its status has been received, whatever becomes of the rest.
        let _ = timeout_at(until, read_some(response)).await;
        Ok(outcome)
    };
    // Driven here and in no task of its own, so that nothing of an attempt outlives it.
    let mut response = pin!(response);
    tokio::select! {
        biased;
        outcome = &mut response => outcome,
        // The connection has ended; what was received before that is still to be read.
        _ = driver => response.await,
    }
}

fn request(destination: &Destination, message: Message) -> Option<Request<Full<Bytes>>> {
    let header = |text: String| HeaderValue::try_from(text).ok();
    Request::builder()
        .method(Method::POST)
        .uri(destination.path_and_query())
        .header(HOST, header(destination.authority())?)
        .header(USER_AGENT, HeaderValue::from_static(AGENT))
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header("webhook-id", header(message.id)?)
        .header("webhook-timestamp", HeaderValue::from(message.timestamp))
        .header("webhook-signature", header(message.signatures)?)
        .header("connection", HeaderValue::from_static("close"))
        .body(Full::new(message.body))
        .ok()
}

fn outcome(response: &Response<Incoming>) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome::Delivered;
    }
    if status.as_u16() == 410 {
        return Outcome::Gone;
    }
    let value = response.headers().get(RETRY_AFTER);
    Outcome::Refused {
        status: status.as_u16(),
        retry_after: value
            .and_then(|value| value.to_str().ok())
            .and_then(retry_after),
    }
}

/// Reads the beginning of the body.
async fn read_some(response: Response<Incoming>) {
    let mut body = response.into_body();
    let mut read = 0;
    while read < ANSWER_MAX_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        read += frame.data_ref().map_or(0, Bytes::len);
    }
}
