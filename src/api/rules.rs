//! `/api/wallets/{wallet}/rules/`: what is frozen, whether the wallet is closed, and its limits.
//!
//! A change is an operation of the ledger, which has the rules from there on: the answer to it, and to its repetition, are those.
//! What has been used of a limit is not in it, as that changes with every operation.

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::members::{self, Members, value};
use super::openapi::headers::{self, REPLAYED};
use super::openapi::refusals::{
    self, of_a_key, of_a_wallet, of_the_client_limits, of_the_engine, refused,
};
use super::openapi::rules as schemas;
use super::openapi::schemas::both;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::rules_body::{Changed, Current, RulesBody};
use super::{idempotency, step};
use crate::auth::Scope;
use crate::domain::linked::Step;
use crate::domain::rules::RulesChange;
use crate::domain::{Movement, OperationRefused, OperationRequest};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// A wallet's rules.
pub static RULES: Resource = Resource {
    template: "/api/wallets/{wallet}/rules/",
    name: "Wallet Rules",
    description: "What a wallet may do: freezes, limits, and whether it is closed.",
    endpoints: &[
        Endpoint::get(
            |call| Box::pin(read(call)),
            Permission::of(Scope::WalletsRead),
            &[of_a_wallet, of_the_engine, of_the_client_limits],
            None,
        ),
        Endpoint {
            method: Method::PATCH,
            handler: Handler::Resource(|call| Box::pin(change(call))),
            permission: Permission::of(Scope::RulesWrite),
            refusals: &[
                of_a_change,
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
    document: Some(|_| headers::of_response(Described::openapi(), "200", [REPLAYED])),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(read, change), components(schemas(Asked)))]
struct Described;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RulesChange, description = both(id!("openapi-rules-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(required = false, schema_with = schemas::debits)]
    debits: Option<String>,
    #[schema(required = false, schema_with = schemas::credits)]
    credits: Option<String>,
    #[schema(required = false, schema_with = schemas::closed)]
    closed: Option<bool>,
    #[schema(required = false, schema_with = schemas::new_balance_min)]
    balance_min: Option<String>,
    #[schema(required = false, schema_with = schemas::new_balance_max)]
    balance_max: Option<String>,
    #[schema(required = false, schema_with = schemas::new_operation_max)]
    operation_max: Option<String>,
    #[schema(required = false, schema_with = schemas::new_daily_out_max)]
    daily_out_max: Option<String>,
    #[schema(schema_with = schemas::reason)]
    reason: String,
}

#[utoipa::path(
    get,
    path = RULES.template,
    tag = "wallets",
    operation_id = "getRules",
    description = both(id!("openapi-rules-get")),
    responses((
        status = 200,
        description = both(id!("openapi-rules-found")),
        body = Current,
        example = schemas::current_example,
    )),
)]
async fn read(call: Call<'_>) -> Answer {
    let wallet = call.engine.wallet(call.params.wallet()?).await;
    let wallet = wallet.map_err(Error::Engine)?;
    let now = call.engine.now();
    let max = wallet.rules().daily_out_max;
    let used = wallet.spent(now).filter(|_| max.is_some());
    let remaining = max
        .zip(used)
        .map(|(max, used)| max.above(used).above(wallet.held_at(now)));
    Ok(HttpResponse::Ok().json(Current {
        rules: RulesBody::from(&wallet.rules()),
        daily_out_used: used.map(|used| used.to_string()),
        daily_out_remaining: remaining.map(|remaining| remaining.to_string()),
    }))
}

#[utoipa::path(
    patch,
    path = RULES.template,
    tag = "wallets",
    operation_id = "changeRules",
    description = both(id!("openapi-rules-change")),
    params(headers::OperationKey),
    request_body(content = Asked, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-rules-changed")),
        body = Changed,
        example = schemas::changed_example,
    )),
)]
async fn change(call: Call<'_>) -> Answer {
    let (wallet, engine) = (call.params.wallet()?, call.engine);
    let headers = call.request.headers();
    let body = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let mut request = parse(&body)?;
    request.key = idempotency::key(headers).map_err(Error::IdempotencyKey)?;
    request.principal = call.caller.principal();
    let receipt = step::apply(engine, Step { wallet, request }, engine.deadline()).await?;
    let changed = engine.operation(wallet, receipt.seq).await;
    let changed = changed.map_err(|error| step::unread(&receipt, error))?;
    let response = HttpResponse::Ok().json(Changed {
        id: receipt.seq,
        rules: RulesBody::from(&changed.rules.unwrap_or_default()),
    });
    Ok(idempotency::marked(response, receipt.replayed))
}

pub(super) fn parse(body: &[u8]) -> Result<OperationRequest, Error> {
    let names = [
        "debits",
        "credits",
        "closed",
        "balance_min",
        "balance_max",
        "operation_max",
        "daily_out_max",
        "reason",
    ];
    let mut members = Members::read(names, body).map_err(Error::Json)?;
    let change = RulesChange {
        debits: members.given("debits", value::gate),
        credits: members.given("credits", value::gate),
        is_closed: members.given("closed", value::boolean),
        balance_min: members.given("balance_min", value::balance),
        balance_max: members.given("balance_max", value::or_null(value::balance)),
        operation_max: members.given("operation_max", value::or_null(value::amount)),
        daily_out_max: members.given("daily_out_max", value::or_null(value::balance)),
    };
    let reason = members.required("reason", value::reason);
    let faults = members.into_faults();
    match reason {
        Some(reason) if faults.is_empty() => Ok(OperationRequest {
            reason: Some(reason),
            ..Movement::Rules(Box::new(change)).into()
        }),
        _ => Err(Error::Fields(faults)),
    }
}

fn asked_example() -> Value {
    json!({"debits": "frozen", "daily_out_max": "500.00", "reason": "a lost card"})
}

/// Of a change of rules.
fn of_a_change() -> Vec<Refusal> {
    let mut wrong = Faults::one("debits", Fault::NotOneOf(&value::GATES));
    wrong.push("balance_min", Fault::NotABalance);
    wrong.push("reason", Fault::Required);
    let refusals = vec![("wrong fields", Error::Fields(wrong))];
    let not_empty = refused([("not empty", OperationRefused::NotEmpty)]);
    refusals.into_iter().chain(not_empty).collect()
}
