//! A response that is sent before the request's body was received.
//!
//! Closing a connection with unread bytes resets it, and the client may lose the response. actix-http (3.19)
//! therefore reads on for `client_disconnect_timeout` after a response, and then closes; but it reads a chunked body
//! whose receiver was dropped for as long as the client sends. So the receiver is kept until the response is sent, and
//! both kinds end alike.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::body::IncomingBody;

/// The response's body, and the request's body that was not read.
struct WithUnread {
    response: BoxBody,
    _body: IncomingBody,
}

/// Keeps the request's body until the response is sent, unless it was read to its end.
pub fn hold(response: HttpResponse, body: IncomingBody) -> HttpResponse {
    if body.is_complete() {
        return response;
    }
    response.map_body(|_, response| {
        BoxBody::new(WithUnread {
            response,
            _body: body,
        })
    })
}

impl MessageBody for WithUnread {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.response.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.response).poll_next(cx)
    }
}
