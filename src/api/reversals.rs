//! `POST /api/wallets/{wallet}/operations/{id}/reverse/`: gives an earlier operation back, whole or in parts.
//!
//! Of money that moved between wallets, both of them move back, whichever row is named.

use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::members::{self, Members, value};
use super::openapi::headers::{self, OPERATION_LOCATION, REPLAYED};
use super::openapi::refusals::{
    self, of_a_key, of_a_wallet, of_the_client_limits, of_the_engine, of_the_rules, refused,
};
use super::openapi::schemas::{balance_after, both};
use super::openapi::{holds as schemas, linked};
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::{idempotency, response};
use crate::auth::{Scope, Scopes};
use crate::domain::{Amount, AmountError, OperationRefused, Sign, WalletId};
use crate::engine::{EngineError, ReversalRequest};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// The reversals of an operation.
pub static REVERSE: Resource = Resource {
    template: "/api/wallets/{wallet}/operations/{id}/reverse/",
    name: "Wallet Operation Reversal",
    description: "Gives an operation back, whole or in parts.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(reverse(call))),
        permission: Permission::of(Scope::OperationsWrite),
        refusals: &[
            of_a_reversal,
            of_the_rules,
            of_a_key,
            of_a_wallet,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: Some(|_| {
        let headers = [OPERATION_LOCATION, REPLAYED];
        let document = headers::of_response(Described::openapi(), "201", headers);
        schemas::with_optional_bodies(document)
    }),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(reverse), components(schemas(Asked)))]
struct Described;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reversal, description = both(id!("openapi-reversal-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(schema_with = schemas::part_or_null)]
    amount: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReversalReceipt, description = both(id!("openapi-reversal-receipt")))]
struct Receipt {
    #[schema(schema_with = linked::row)]
    id: i64,
    #[schema(schema_with = balance_after)]
    balance: String,
}

#[utoipa::path(
    post,
    path = REVERSE.template,
    tag = "wallets",
    operation_id = "reverseOperation",
    description = both(id!("openapi-reversal")),
    params(schemas::OperationId, headers::OperationKey),
    request_body(content = Asked, example = json!({"amount": "5.00"})),
    responses((
        status = 201,
        description = both(id!("openapi-reversed")),
        body = Receipt,
        example = receipt_example,
    )),
)]
async fn reverse(call: Call<'_>) -> Answer {
    let (wallet, operation) = (call.params.wallet()?, call.params.id()?);
    let (engine, headers) = (call.engine, call.request.headers());
    let body = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let asked = ReversalRequest {
        wallet,
        operation,
        amount: parse(members::or_empty(&body))?,
        key: idempotency::key(headers).map_err(Error::IdempotencyKey)?,
        reason: None,
        principal: call.caller.principal(),
    };
    check_reach(&call, wallet, operation).await?;
    let receipt = engine.reverse(asked, engine.deadline()).await;
    let receipt = receipt.map_err(Error::Linked)?;
    let location = format!("/api/wallets/{wallet}/operations/{}/", receipt.seq);
    let body = Receipt {
        id: receipt.seq,
        balance: receipt.balance.to_string(),
    };
    let response = response::created(&location, &body);
    Ok(idempotency::marked(response, receipt.replayed))
}

/// What went to another wallet is taken back from there: who is tied to wallets needs that one within reach as well. To give back
/// what came from another wallet takes the own one alone.
///
/// # Errors
/// [`Error::Forbidden`]: that the other wallet exists, and which one it is, the caller's own history says.
async fn check_reach(call: &Call<'_>, wallet: WalletId, operation: i64) -> Result<(), Error> {
    if !call.caller.is_tied() {
        return Ok(());
    }
    let original = call.engine.operation(wallet, operation).await;
    let original = original.map_err(Error::Engine)?;
    let takes_back = original.operation.kind.balance_sign() == Sign::Minus;
    match original.transfer {
        Some(transfer) if takes_back && !call.caller.reaches(transfer.other_wallet) => {
            Err(Error::Forbidden(Scopes::NONE))
        }
        _ => Ok(()),
    }
}

/// The amount; `None`: what has not been reversed yet.
pub(super) fn parse(body: &[u8]) -> Result<Option<Amount>, Error> {
    let mut members = Members::read(["amount"], body).map_err(Error::Json)?;
    let amount = members.optional("amount", value::amount);
    let faults = members.into_faults();
    if faults.is_empty() {
        Ok(amount)
    } else {
        Err(Error::Fields(faults))
    }
}

fn receipt_example() -> Value {
    json!({"id": 10, "balance": "95.00"})
}

/// Of a reversal.
fn of_a_reversal() -> Vec<Refusal> {
    let mut wrong = Faults::one("amount", Fault::Amount(AmountError::NotPositive));
    wrong.push("reason", Fault::Unknown);
    let refusals = vec![
        ("wrong fields", Error::Fields(wrong)),
        (
            "no such operation",
            Error::Engine(EngineError::OperationNotFound),
        ),
        ("not reversible", Error::Engine(EngineError::NotReversible)),
    ];
    let by_wallets = refused([
        ("already reversed", OperationRefused::AlreadyReversed),
        ("more than is left", OperationRefused::ExceedsOriginal),
        ("balance limit", OperationRefused::BalanceLimit),
    ]);
    refusals.into_iter().chain(by_wallets).collect()
}
