//! `POST /api/wallets/{wallet}/operation/`: a deposit or a withdrawal.

use actix_web::{HttpRequest, HttpResponse};

use super::answer::{self, Endpoint};
use super::error::Error;
use super::{idempotency, receive};
use crate::compat::operation::{FIELDS, parse};
use crate::domain::{OperationRequest, WalletId};
use crate::engine::Engine;
use crate::web::body::IncomingBody;

pub const ENDPOINT: Endpoint = Endpoint {
    allow: "POST, OPTIONS",
    name: "Wallet Operation",
    description: "Deposits to a wallet or withdraws from it.",
};

pub async fn handle(
    request: &HttpRequest,
    body: &mut IncomingBody,
    wallet: WalletId,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let body = receive(request, body).await?;
    let operation = body.read(&FIELDS, parse).await.map_err(Error::Body)?;
    let operation = operation.map_err(Error::Operation)?;
    let key = idempotency::key(request.headers()).map_err(Error::IdempotencyKey)?;
    let receipt = engine
        .apply(wallet, OperationRequest { operation, key })
        .await
        .map_err(Error::Engine)?;
    let balance = receipt.balance;
    let mut response = answer::ok(format!(r#"{{"status":"success","balance":"{balance}"}}"#));
    if receipt.replayed {
        let (name, value) = idempotency::REPLAYED;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
