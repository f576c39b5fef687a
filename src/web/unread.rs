//! An answer that leaves before the request's body has come.
//!
//! Closing a connection with unread bytes resets it, and the client may lose the answer. actix-http (3.19)
//! therefore reads on for `client_disconnect_timeout` after an answer, and then closes; but a chunked body
//! whose receiver is gone it reads for as long as the client sends. So the receiver stays until the answer is
//! out, and both kinds end alike.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::body::IncomingBody;

/// The answer, and the body that it did not wait for.
struct Unread {
    answer: BoxBody,
    _body: IncomingBody,
}

/// The response as it is, if the request's body was read to its end.
pub fn keep(response: HttpResponse, body: IncomingBody) -> HttpResponse {
    if body.is_complete() {
        return response;
    }
    response.map_body(|_, answer| {
        BoxBody::new(Unread {
            answer,
            _body: body,
        })
    })
}

impl MessageBody for Unread {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(cx)
    }
}
