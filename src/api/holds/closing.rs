//! `POST .../holds/{id}/capture/` and `.../void/`: takes money that is held, or gives it back.
//!
//! A hold that the wallet does not know as open is looked up in the ledger, which tells whether it is closed, has expired, or never
//! was. If it is open there, another engine has placed it, and this one has not noticed: nothing was done, and it may be tried again.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::hold_body::{self, HoldBody};
use super::super::members::{self, Members, value};
use super::super::openapi::headers::{self, REPLAYED};
use super::super::openapi::refusals::{
    self, exceeded, of_a_key, of_a_wallet, of_the_client_limits, of_the_engine, refused,
};
use super::super::openapi::schemas::{balance_after, both};
use super::super::openapi::{holds as schemas, linked};
use super::super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::super::{idempotency, step};
use super::{after, as_it_is};
use crate::auth::Scope;
use crate::domain::hold::{Hold, HoldStatus};
use crate::domain::linked::Step;
use crate::domain::movement::Capture;
use crate::domain::rules::Limit;
use crate::domain::{Amount, AmountError, Balance, Movement, OperationRefused, OperationRequest};
use crate::engine::{EngineError, LinkedError};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// Takes money that is held.
pub static CAPTURE: Resource = Resource {
    template: "/api/wallets/{wallet}/holds/{id}/capture/",
    name: "Wallet Hold Capture",
    description: "Takes money that is held, whole or in parts.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(capture(call))),
        permission: Permission::of(Scope::HoldsWrite),
        refusals: &[
            of_a_capture,
            of_a_closed_hold,
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
        let document = headers::of_response(Described::openapi(), "200", [REPLAYED]);
        schemas::with_optional_bodies(document)
    }),
    ..Resource::EMPTY
};

/// Gives back what remains of a hold.
pub static VOID: Resource = Resource {
    template: "/api/wallets/{wallet}/holds/{id}/void/",
    name: "Wallet Hold Void",
    description: "Gives back what remains of a hold.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(void(call))),
        permission: Permission::of(Scope::HoldsWrite),
        refusals: &[
            of_a_void,
            of_a_closed_hold,
            of_a_key,
            of_a_wallet,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: CAPTURE.document,
    ..Resource::EMPTY
};

/// The hold is open in the ledger, and not here.
#[derive(Debug, thiserror::Error)]
#[error("another engine has placed the hold, and this one has not noticed")]
struct Unnoticed;

#[derive(OpenApi)]
#[openapi(paths(capture, void), components(schemas(Asked, Nothing, Receipt)))]
struct Described;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Capture, description = both(id!("openapi-capture-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(schema_with = schemas::part_or_null)]
    amount: Option<String>,
    #[schema(schema_with = schemas::is_final)]
    r#final: Option<bool>,
    #[schema(schema_with = schemas::receiver_or_null)]
    to: Option<String>,
}

// For the description alone.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Void, description = both(id!("openapi-void-body")))]
struct Nothing {}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HoldReceipt, description = both(id!("openapi-hold-receipt")))]
struct Receipt {
    #[schema(schema_with = linked::row)]
    id: i64,
    #[schema(schema_with = balance_after)]
    balance: String,
    hold: HoldBody,
}

#[utoipa::path(
    post,
    path = CAPTURE.template,
    tag = "wallets",
    operation_id = "captureHold",
    description = both(id!("openapi-capture")),
    params(schemas::HoldId, headers::OperationKey),
    request_body(content = Asked, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-captured")),
        body = Receipt,
        example = capture_example,
    )),
)]
async fn capture(call: Call<'_>) -> Answer {
    let id = call.params.id()?;
    close(call, |body| parse(body, id)).await
}

#[utoipa::path(
    post,
    path = VOID.template,
    tag = "wallets",
    operation_id = "voidHold",
    description = both(id!("openapi-void")),
    params(schemas::HoldId, headers::OperationKey),
    request_body(content = Nothing, example = json!({})),
    responses((
        status = 200,
        description = both(id!("openapi-voided")),
        body = Receipt,
        example = void_example,
    )),
)]
async fn void(call: Call<'_>) -> Answer {
    let hold = call.params.id()?;
    close(call, |body| {
        let members = Members::read([], body).map_err(Error::Json)?;
        let faults = members.into_faults();
        if faults.is_empty() {
            Ok(Movement::Void { hold })
        } else {
            Err(Error::Fields(faults))
        }
    })
    .await
}

/// Does what the body asks for.
async fn close(call: Call<'_>, parse: impl FnOnce(&[u8]) -> Result<Movement, Error>) -> Answer {
    let (wallet, id) = (call.params.wallet()?, call.params.id()?);
    let (engine, headers) = (call.engine, call.request.headers());
    let body = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let movement = parse(members::or_empty(&body))?;
    let key = idempotency::key(headers).map_err(Error::IdempotencyKey)?;
    let request = OperationRequest {
        key,
        principal: call.caller.principal(),
        ..movement.into()
    };
    let receipt = match step::apply(engine, Step { wallet, request }, engine.deadline()).await {
        Err(error) if error.refusal() == Some(OperationRefused::NoOpenHold) => {
            return Err(not_open(as_it_is(engine, wallet, id).await?));
        }
        receipt => receipt?,
    };
    let hold = after(engine, wallet, id, &receipt).await?;
    let response = HttpResponse::Ok().json(Receipt {
        id: receipt.seq,
        balance: receipt.balance.to_string(),
        hold: HoldBody::from(&hold),
    });
    Ok(idempotency::marked(response, receipt.replayed))
}

fn parse(body: &[u8], hold: i64) -> Result<Movement, Error> {
    let mut members = Members::read(["amount", "final", "to"], body).map_err(Error::Json)?;
    let amount = members.optional("amount", value::amount);
    let is_final = members.optional("final", value::boolean);
    let to = members.optional("to", value::wallet);
    let faults = members.into_faults();
    if faults.is_empty() {
        Ok(Movement::Capture(Capture {
            hold,
            amount,
            is_final: is_final.unwrap_or_default(),
            to,
        }))
    } else {
        Err(Error::Fields(faults))
    }
}

/// Why a hold, which the wallet does not know as open, is not.
fn not_open(hold: Hold) -> Error {
    match hold.status {
        HoldStatus::Open => Error::Engine(EngineError::NotDone(Arc::new(Unnoticed))),
        _ => Error::HoldClosed(Box::new(hold)),
    }
}

fn asked_example() -> Value {
    json!({"amount": "20.00", "final": true})
}

fn capture_example() -> Value {
    let mut hold = hold_body::example();
    hold["status"] = json!("captured");
    hold["captured"] = json!("20.00");
    hold["released"] = json!("10.00");
    hold["remaining"] = json!("0.00");
    json!({"id": 10, "balance": "80.00", "hold": hold})
}

fn void_example() -> Value {
    let mut hold = hold_body::example();
    hold["status"] = json!("voided");
    hold["released"] = json!("30.00");
    hold["remaining"] = json!("0.00");
    json!({"id": 9, "balance": "100.00", "hold": hold})
}

/// Of a capture.
fn of_a_capture() -> Vec<Refusal> {
    let mut wrong = Faults::one("amount", Fault::Amount(AmountError::NotPositive));
    wrong.push("final", Fault::NotABoolean);
    wrong.push("to", Fault::NotAWallet);
    let refusals = vec![
        ("wrong fields", Error::Fields(wrong)),
        (
            "no such receiver",
            Error::Fields(Faults::one("to", Fault::NoSuchWallet)),
        ),
        ("the same wallet", Error::Linked(LinkedError::SameWallet)),
    ];
    let by_wallets = refused([
        ("more than remains", OperationRefused::ExceedsHold),
        ("wallet frozen", OperationRefused::Frozen),
        ("balance limit", OperationRefused::BalanceLimit),
        ("receiver closed", OperationRefused::Closed),
        ("limit exceeded", exceeded(Limit::BalanceMax)),
    ]);
    refusals.into_iter().chain(by_wallets).collect()
}

/// Of a void.
fn of_a_void() -> Vec<Refusal> {
    let unknown = Faults::one("amount", Fault::Unknown);
    vec![("wrong fields", Error::Fields(unknown))]
}

/// Of an operation on a hold.
fn of_a_closed_hold() -> Vec<Refusal> {
    let closed = |status, has_expired| {
        let amount = Amount::from_cents(3_000).unwrap_or(Amount::MIN);
        let created_at = time::macros::datetime!(2031-05-01 12:00:00.123_456 UTC);
        Error::HoldClosed(Box::new(Hold {
            id: 8,
            status,
            has_expired,
            amount,
            captured: Balance::ZERO,
            released: amount.into(),
            expires_at: created_at + time::Duration::HOUR,
            reference: None,
            created_at: Some(created_at),
        }))
    };
    vec![
        ("no such hold", Error::Engine(EngineError::HoldNotFound)),
        ("hold closed", closed(HoldStatus::Voided, false)),
        ("hold expired", closed(HoldStatus::Expired, true)),
    ]
}
