//! `GET /api/wallets/{wallet}/operations/` and `.../operations/{id}/`: the operations of a wallet.
//!
//! The recorded service has neither, so names and texts are in its style: responses in snake case, as `wallet_balance` of a
//! registration; a page with `next` and `results`; errors of the query by field.
//!
//! * An operation's `id` is its number in its wallet's ledger, from 1 and without gaps. The primary key has that order
//!   (`operations_pkey`), so these queries need no index of their own: an index on the ledger's internal UUIDs would cost
//!   every operation of a hot wallet.
//! * A page has committed operations, newest first. `next` continues with older ones, so new operations shift nothing; it is
//!   `null` at the end, and only there: of a rare kind, a page may have fewer operations than `limit`, or none, because the
//!   rows that one page reads are limited.
//! * The cursor in `next` is valid for its wallet and filters, with any limit.

pub(super) mod query;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use self::query::Filters;
use super::entry::{self, Entry};
use super::error::Error;
use super::openapi::past_operations as schemas;
use super::openapi::refusals::{of_a_wallet, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::query_error::{InvalidQuery, LimitError};
use super::resource::{Answer, Call, Endpoint, Permission, Refusal, Resource};
use crate::auth::Scope;
use crate::engine::EngineError;
use crate::messages::id;

/// A page of a wallet's operations.
pub static PAGE: Resource = Resource {
    template: "/api/wallets/{wallet}/operations/",
    name: "Wallet Operations",
    description: "What happened to a wallet, newest first.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(page(call)),
        Permission::of(Scope::WalletsRead),
        &[of_a_page, of_a_wallet, of_the_engine, of_the_client_limits],
        Some(("QueryErrors", &["limit", "cursor", "kind", "from", "to"])),
    )],
    // The recorded service has no history: a POST to a misspelt operation's address is a 404 (recorded case 746).
    hides: |method| *method == Method::POST,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

/// One operation.
pub static ONE: Resource = Resource {
    template: "/api/wallets/{wallet}/operations/{id}/",
    name: "Wallet Operation Detail",
    description: "One operation of a wallet.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(one(call)),
        Permission::of(Scope::WalletsRead),
        &[of_one, of_a_wallet, of_the_engine, of_the_client_limits],
        None,
    )],
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(page, one))]
struct Described;

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OperationsPage)]
struct Page {
    #[schema(required, schema_with = schemas::next)]
    next: Option<String>,
    #[schema(max_items = 200)]
    results: Vec<Entry>,
}

#[utoipa::path(
    get,
    path = PAGE.template,
    tag = "wallets",
    operation_id = "listOperations",
    description = both(
        id!("openapi-history"),
    ),
    params(Filters),
    responses((
        status = 200,
        description = both(id!("openapi-history-page")),
        body = Page,
        example = page_example,
    )),
)]
async fn page(call: Call<'_>) -> Answer {
    let wallet = call.params.wallet()?;
    let given = call.request.uri().query().unwrap_or_default();
    let query = query::parse(wallet, given).map_err(Error::Query)?;
    let page = call.engine.history(wallet, &query).await;
    let page = page.map_err(Error::Engine)?;
    let next = page
        .next_below
        .map(|below| query::link(wallet, &query, below));
    let results = page.operations.iter().map(Entry::from).collect();
    Ok(HttpResponse::Ok().json(Page { next, results }))
}

#[utoipa::path(
    get,
    path = ONE.template,
    tag = "wallets",
    operation_id = "getOperation",
    description = both(id!("openapi-operation-get")),
    params((
        "id" = i64,
        Path,
        description = both(id!("openapi-operation-id")),
        minimum = 1,
        example = 2,
    )),
    responses((
        status = 200,
        description = both(id!("openapi-operation-found")),
        body = Entry,
        example = entry::example,
    )),
)]
async fn one(call: Call<'_>) -> Answer {
    let (wallet, id) = (call.params.wallet()?, call.params.id()?);
    let operation = call.engine.operation(wallet, id).await;
    let operation = operation.map_err(Error::Engine)?;
    Ok(HttpResponse::Ok().json(Entry::from(&operation)))
}

fn page_example() -> Value {
    json!({
        "next": "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/\
                 ?limit=1&cursor=00000000000000029c5a28d6b5b2f7e0",
        "results": [entry::example()],
    })
}

/// Of a request for one operation of a wallet.
fn of_one() -> Vec<Refusal> {
    let error = Error::Engine(EngineError::OperationNotFound);
    vec![("no such operation", error)]
}

/// Of a request for a page of operations.
fn of_a_page() -> Vec<Refusal> {
    let wrong = InvalidQuery {
        limit: Some(LimitError::TooGreat),
        cursor: false,
        kind: Some("TRANSFER".to_owned()),
        from: true,
        to: true,
    };
    let cursor = InvalidQuery {
        cursor: true,
        ..InvalidQuery::default()
    };
    vec![
        ("wrong fields", Error::Query(wrong)),
        ("another query's cursor", Error::Query(cursor)),
    ]
}
