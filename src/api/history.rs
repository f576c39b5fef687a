//! `GET /api/wallets/{wallet}/operations/` and `.../operations/{id}/`: what happened to a wallet.
//!
//! The original has neither, so names and words are in its style: answers in snake case, as `wallet_balance` of a
//! registration; a page with `next` and `results`; errors of the query by field.
//!
//! * An operation's `id` is its place in its wallet's ledger, from 1 and without gaps. The ledger is kept in that order
//!   (`operations_pkey`), so whatever is asked for here is found without an index of its own: an index on the ledger's
//!   UUIDs, which are the engine's own affair, would be work for every operation of a hot wallet.
//! * A page is what is committed, newest first. `next` leads on to older ones, so what happens meanwhile moves nothing;
//!   it is `null` at the end. Only that tells the end: of a kind that is rare, a page may have less than `limit`, even
//!   nothing, because the work of one is bounded.
//! * The cursor in `next` holds for the wallet and the filters that it was made for, and for any limit.

pub mod query;
pub mod words;

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use time::OffsetDateTime;

use super::answer::Endpoint;
use super::error::Error;
use crate::domain::history::PastOperation;
use crate::domain::{WalletId, time_text};
use crate::engine::Engine;

pub use self::query::{LimitError, NotAQuery};

pub const PAGE: Endpoint = Endpoint {
    allow: "GET, HEAD, OPTIONS",
    name: "Wallet Operations",
    description: "What happened to a wallet, newest first.",
};

pub const ONE: Endpoint = Endpoint {
    allow: "GET, HEAD, OPTIONS",
    name: "Wallet Operation Detail",
    description: "One operation of a wallet.",
};

#[derive(Serialize)]
struct Page {
    next: Option<String>,
    results: Vec<Body>,
}

/// One operation, in both answers.
#[derive(Serialize)]
struct Body {
    id: i64,
    kind: &'static str,
    amount: String,
    balance_after: String,
    created_at: String,
}

pub async fn page(
    request: &HttpRequest,
    wallet: WalletId,
    engine: &Engine,
) -> Result<HttpResponse, Error> {
    let given = request.uri().query().unwrap_or_default();
    let query = query::parse(wallet, given).map_err(Error::Query)?;
    let page = engine.history(wallet, &query).await;
    let page = page.map_err(Error::Engine)?;
    let next = page
        .next_below
        .map(|below| query::link(wallet, &query, below));
    let results = page.operations.iter().map(Body::from).collect();
    Ok(HttpResponse::Ok().json(Page { next, results }))
}

pub async fn one(wallet: WalletId, id: i64, engine: &Engine) -> Result<HttpResponse, Error> {
    let operation = engine.operation(wallet, id).await.map_err(Error::Engine)?;
    Ok(HttpResponse::Ok().json(Body::from(&operation)))
}

impl From<&PastOperation> for Body {
    fn from(past: &PastOperation) -> Self {
        Self {
            id: past.seq,
            kind: past.operation.kind.as_str(),
            amount: past.operation.amount.to_string(),
            balance_after: past.balance_after.to_string(),
            created_at: written(past.created_at),
        }
    }
}

fn written(time: OffsetDateTime) -> String {
    time_text::utc(time, time_text::LEDGER)
}
