//! `/api/wallets/{wallet}/holds/`: money of a wallet that is reserved. `closing` has what takes it or gives it back.
//!
//! * A hold's id is the number of the operation that placed it.
//! * A hold whose time is over is closed, whether or not the row that releases it is written yet.
//! * What is placed, captured or voided under a key is answered again as it was then: the ledger tells the hold right after that
//!   operation.

mod asked;
pub mod closing;
mod query;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use self::asked::Asked;
use self::query::{Filters, link};
use super::error::Error;
use super::faults::{Fault, Faults};
use super::hold_body::{self, HoldBody};
use super::openapi::headers::{self, HOLD_LOCATION, REPLAYED};
use super::openapi::holds as schemas;
use super::openapi::refusals::{
    self, of_a_key, of_a_wallet, of_the_client_limits, of_the_engine, of_the_rules, refused,
};
use super::openapi::schemas::both;
use super::query::PageLimit;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::{idempotency, members, response, step};
use crate::auth::Scope;
use crate::domain::hold::Hold;
use crate::domain::linked::StepReceipt;
use crate::domain::rules::Limit;
use crate::domain::{AmountError, OperationRefused, WalletId};
use crate::engine::{Engine, EngineError};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// A wallet's holds.
pub static HOLDS: Resource = Resource {
    template: "/api/wallets/{wallet}/holds/",
    name: "Wallet Holds",
    description: "Reserves a part of a balance, and lists what is or was reserved.",
    endpoints: &[
        Endpoint::get(
            |call| Box::pin(page(call)),
            Permission::of(Scope::WalletsRead),
            &[of_a_page, of_a_wallet, of_the_engine, of_the_client_limits],
            None,
        ),
        Endpoint {
            method: Method::POST,
            handler: Handler::Resource(|call| Box::pin(place(call))),
            permission: Permission::of(Scope::HoldsWrite),
            refusals: &[
                of_a_hold,
                of_the_rules,
                of_a_key,
                of_a_wallet,
                refusals::of_a_json_body,
                of_the_engine,
                of_the_client_limits,
            ],
            fields: None,
        },
    ],
    problems: true,
    document: Some(|_| {
        let headers = [HOLD_LOCATION, REPLAYED];
        headers::of_response(Described::openapi(), "201", headers)
    }),
    ..Resource::EMPTY
};

/// One hold.
pub static HOLD: Resource = Resource {
    template: "/api/wallets/{wallet}/holds/{id}/",
    name: "Wallet Hold Detail",
    description: "One hold of a wallet, open or closed.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(one(call)),
        Permission::of(Scope::WalletsRead),
        &[of_one, of_a_wallet, of_the_engine, of_the_client_limits],
        None,
    )],
    problems: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(page, place, one), components(schemas(Asked, HoldBody)))]
struct Described;

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HoldsPage, description = both(id!("openapi-holds-page")))]
struct Page {
    #[schema(required, schema_with = schemas::next)]
    next: Option<String>,
    #[schema(max_items = 200)]
    results: Vec<HoldBody>,
}

#[utoipa::path(
    get,
    path = HOLDS.template,
    tag = "wallets",
    operation_id = "listHolds",
    description = both(id!("openapi-holds")),
    params(Filters),
    responses((
        status = 200,
        description = both(id!("openapi-holds-page")),
        body = Page,
        example = page_example,
    )),
)]
async fn page(call: Call<'_>) -> Answer {
    let wallet = call.params.wallet()?;
    let given = call.request.uri().query().unwrap_or_default();
    let query = query::parse(wallet, given)?;
    let page = call.engine.holds(wallet, &query).await;
    let page = page.map_err(Error::Engine)?;
    let next = page.next_below.map(|below| link(wallet, &query, below));
    let results = page.holds.iter().map(HoldBody::from).collect();
    Ok(HttpResponse::Ok().json(Page { next, results }))
}

#[utoipa::path(
    post,
    path = HOLDS.template,
    tag = "wallets",
    operation_id = "createHold",
    description = both(id!("openapi-hold-place")),
    params(headers::OperationKey),
    request_body(content = Asked, example = asked::example),
    responses((
        status = 201,
        description = both(id!("openapi-hold-placed")),
        body = HoldBody,
        example = hold_body::example,
    )),
)]
async fn place(call: Call<'_>) -> Answer {
    let wallet = call.params.wallet()?;
    let (engine, headers) = (call.engine, call.request.headers());
    let body = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let key = idempotency::key(headers).map_err(Error::IdempotencyKey);
    let mut step = asked::parse(&body, wallet, key, engine.now())?;
    step.request.principal = call.caller.principal();
    let receipt = step::apply(engine, step, engine.deadline()).await?;
    let hold = after(engine, wallet, receipt.seq, &receipt).await?;
    let location = format!("/api/wallets/{wallet}/holds/{}/", hold.id);
    let response = response::created(&location, &HoldBody::from(&hold));
    Ok(idempotency::marked(response, receipt.replayed))
}

#[utoipa::path(
    get,
    path = HOLD.template,
    tag = "wallets",
    operation_id = "getHold",
    description = both(id!("openapi-hold-get")),
    params(schemas::HoldId),
    responses((
        status = 200,
        description = both(id!("openapi-hold-found")),
        body = HoldBody,
        example = hold_body::example,
    )),
)]
async fn one(call: Call<'_>) -> Answer {
    let (wallet, id) = (call.params.wallet()?, call.params.id()?);
    let hold = as_it_is(call.engine, wallet, id).await?;
    Ok(HttpResponse::Ok().json(HoldBody::from(&hold)))
}

/// The hold of that number, as it is now.
async fn as_it_is(engine: &Engine, wallet: WalletId, id: i64) -> Result<Hold, Error> {
    let hold = engine.hold(wallet, id, None).await;
    Ok(hold.map_err(Error::Engine)?.at(engine.now()))
}

/// The hold of that number right after the operation of the receipt; from the ledger, where the operation was only repeated.
async fn after(
    engine: &Engine,
    wallet: WalletId,
    id: i64,
    receipt: &StepReceipt,
) -> Result<Hold, Error> {
    match &receipt.hold {
        Some(hold) if hold.created_at.is_some() => Ok(Hold::clone(hold)),
        _ => {
            let hold = engine.hold(wallet, id, Some(receipt.seq)).await;
            hold.map_err(|error| step::unread(receipt, error))
        }
    }
}

fn page_example() -> Value {
    json!({"next": null, "results": [hold_body::example()]})
}

/// Of a request for a page of holds.
fn of_a_page() -> Vec<Refusal> {
    let mut wrong = Faults::one("limit", PageLimit::LIST.fault());
    wrong.push("status", Fault::NotOneOf(&query::STATUSES));
    wrong.push("cursor", Fault::NotACursor);
    vec![("wrong fields", Error::Fields(wrong))]
}

/// Of a request for one hold.
fn of_one() -> Vec<Refusal> {
    let error = Error::Engine(EngineError::HoldNotFound);
    vec![("no such hold", error)]
}

/// Of a hold to be placed.
fn of_a_hold() -> Vec<Refusal> {
    let mut wrong = Faults::one("amount", Fault::Amount(AmountError::NotPositive));
    wrong.push("expires_at", Fault::NotAhead);
    wrong.push("expires_at", Fault::NotWith("expires_in"));
    wrong.push("note", Fault::Unknown);
    let wrong = ("wrong fields", Error::Fields(wrong));
    let too_many = OperationRefused::LimitExceeded {
        limit: Limit::OpenHolds,
        remaining: None,
    };
    let too_many = refused([("too many holds", too_many)]);
    [wrong].into_iter().chain(too_many).collect()
}
