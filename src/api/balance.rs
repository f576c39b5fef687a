//! `GET /api/wallets/{wallet}/balance/`: what is there, what of it is held, and what is available; now, or at a moment of the past.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::openapi::balance as schemas;
use super::openapi::refusals::{of_a_wallet, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::query::{self, Query, written};
use super::resource::{Answer, Call, Endpoint, Permission, Refusal, Resource};
use crate::auth::Scope;
use crate::domain::history::{BalanceAt, PastBalance};
use crate::engine::EngineError;
use crate::messages::id;

/// The balance of a wallet, and its parts.
pub static BALANCE: Resource = Resource {
    template: "/api/wallets/{wallet}/balance/",
    name: "Wallet Balance",
    description: "The balance of a wallet, and what of it is available.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(balance(call)),
        Permission::of(Scope::WalletsRead),
        &[
            of_a_balance,
            of_a_wallet,
            of_the_engine,
            of_the_client_limits,
        ],
        None,
    )],
    problems: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(balance))]
struct Described;

// For the description alone: `parse` reads the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described, and read by name")]
struct Moment {
    #[param(schema_with = schemas::at)]
    at: Option<String>,
    #[param(schema_with = schemas::operation)]
    operation: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Balance, description = both(id!("openapi-balance-parts")))]
struct Body {
    #[schema(schema_with = schemas::balance)]
    balance: String,
    #[schema(schema_with = schemas::held)]
    held: String,
    #[schema(schema_with = schemas::available)]
    available: String,
    #[schema(schema_with = schemas::version)]
    version: i64,
    #[schema(schema_with = schemas::as_of)]
    as_of: String,
}

#[utoipa::path(
    get,
    path = BALANCE.template,
    tag = "wallets",
    operation_id = "getBalance",
    description = both(id!("openapi-balance-get")),
    params(Moment),
    responses((
        status = 200,
        description = both(id!("openapi-balance-parts")),
        body = Body,
        example = example,
    )),
)]
async fn balance(call: Call<'_>) -> Answer {
    let (wallet, engine) = (call.params.wallet()?, call.engine);
    let given = call.request.uri().query().unwrap_or_default();
    let found = if let Some(moment) = parse(given, engine.now())? {
        let found = engine.balance_at(wallet, moment).await;
        found.map_err(Error::Engine)?
    } else {
        let wallet = engine.wallet(wallet).await.map_err(Error::Engine)?;
        let now = engine.now();
        PastBalance {
            balance: wallet.balance,
            held: wallet.held_at(now),
            version: wallet.version,
            as_of: now,
        }
    };
    Ok(HttpResponse::Ok().json(Body {
        balance: found.balance.to_string(),
        held: found.held.to_string(),
        available: found.balance.above(found.held).to_string(),
        version: found.version,
        as_of: written(found.as_of),
    }))
}

/// The moment that a query asks for; `None`: now.
fn parse(query: &str, now: OffsetDateTime) -> Result<Option<BalanceAt>, Error> {
    let mut given = Query::read(["at", "operation"], query);
    let at = given.optional("at", |text| {
        let at = query::time_to(text).ok_or(Fault::NotATime)?;
        if at > now {
            Err(Fault::NotOver)
        } else {
            Ok(at)
        }
    });
    let operation = given.optional("operation", query::integer(1, i64::MAX));
    if given.has("at") && given.has("operation") {
        given.refuse("operation", Fault::NotWith("at"));
    }
    given.finish()?;
    Ok(at
        .map(BalanceAt::Time)
        .or(operation.map(BalanceAt::Operation)))
}

fn example() -> Value {
    json!({
        "balance": "100.00",
        "held": "30.00",
        "available": "70.00",
        "version": 8,
        "as_of": "2031-05-01T12:00:00.123456Z",
    })
}

/// Of a request for a balance.
fn of_a_balance() -> Vec<Refusal> {
    let mut wrong = Faults::one("at", Fault::NotOver);
    wrong.push("operation", Fault::NotWith("at"));
    vec![
        ("wrong fields", Error::Fields(wrong)),
        (
            "no such operation",
            Error::Engine(EngineError::OperationNotFound),
        ),
    ]
}
