//! The way to a handler, as short as the engine's own: actix's patterns and extractors would make the HTTP ceiling
//! lower than what the engine reaches.

use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::TryStreamExt;

/// What is asked for, with the wallet as it is written in the address.
pub enum Route<'r> {
    Operation(&'r str),
    Transfer(&'r str),
    Wallet(&'r str),
}

impl<'r> Route<'r> {
    /// The engine's addresses of a wallet; `None` for any other.
    pub fn find(request: &'r HttpRequest) -> Option<Self> {
        let wallet = request.path().strip_prefix("/api/wallets/")?;
        match (request.method(), wallet.split_once('/')?) {
            (&Method::POST, (wallet, "operation/")) => Some(Self::Operation(wallet)),
            (&Method::POST, (wallet, "transfers/")) => Some(Self::Transfer(wallet)),
            (&Method::GET, (wallet, "")) => Some(Self::Wallet(wallet)),
            _ => None,
        }
    }
}

/// The whole body; a load's comes in one piece, which is taken as it is.
pub async fn receive(mut payload: web::Payload) -> Result<Bytes, PayloadError> {
    let mut body = Bytes::new();
    while let Some(piece) = payload.try_next().await? {
        body = if body.is_empty() {
            piece
        } else {
            [body, piece].concat().into()
        };
    }
    Ok(body)
}
