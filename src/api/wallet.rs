//! `GET /api/wallets/{wallet}/`: whose a wallet is and what it holds.

use actix_web::HttpResponse;

use super::answer::{self, Endpoint};
use super::error::Error;
use crate::domain::WalletId;
use crate::engine::Engine;

pub const ENDPOINT: Endpoint = Endpoint {
    allow: "GET, HEAD, OPTIONS",
    name: "Wallet Detail",
    description: "Whose a wallet is and what it holds.",
};

pub async fn handle(wallet: WalletId, engine: &Engine) -> Result<HttpResponse, Error> {
    let wallet = engine.wallet(wallet).await.map_err(Error::Engine)?;
    let (user, balance) = (wallet.user.0, wallet.balance);
    Ok(answer::ok(format!(
        r#"{{"user":{user},"balance":"{balance}"}}"#
    )))
}
