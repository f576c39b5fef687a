//! `POST /api/wallets/{wallet}/transfers/`: moves money from one wallet to another.
//!
//! Both wallets change together or neither does, and the answer is proof of the commit. The key belongs to the wallet in the
//! address.

use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::idempotency;
use super::members::{self, Members, value};
use super::openapi::headers::{self, OPERATION_LOCATION, REPLAYED};
use super::openapi::linked;
use super::openapi::refusals::{
    self, of_a_key, of_a_wallet, of_the_client_limits, of_the_engine, of_the_rules, refused,
};
use super::openapi::schemas::{self, both};
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::{response, step};
use crate::auth::Scope;
use crate::domain::linked::Step;
use crate::domain::{AmountError, Movement, OperationRefused, OperationRequest, WalletId};
use crate::engine::LinkedError;
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// A wallet's transfers to others.
pub static TRANSFERS: Resource = Resource {
    template: "/api/wallets/{wallet}/transfers/",
    name: "Wallet Transfers",
    description: "Moves money to another wallet.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(transfer(call))),
        permission: Permission::of(Scope::TransfersWrite),
        refusals: &[
            of_a_transfer,
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
        headers::of_response(Described::openapi(), "201", headers)
    }),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(transfer), components(schemas(Asked)))]
struct Described;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Transfer, description = both(id!("openapi-transfer-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(schema_with = linked::receiver)]
    to: String,
    #[schema(schema_with = linked::amount)]
    amount: String,
    #[schema(schema_with = linked::reference_or_null)]
    reference: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TransferReceipt, description = both(id!("openapi-transfer-receipt")))]
struct Receipt {
    #[schema(schema_with = linked::row)]
    id: i64,
    #[schema(schema_with = linked::transfer)]
    transfer: String,
    #[schema(schema_with = schemas::balance_after)]
    balance: String,
}

#[utoipa::path(
    post,
    path = TRANSFERS.template,
    tag = "wallets",
    operation_id = "createTransfer",
    description = both(id!("openapi-transfer")),
    params(headers::OperationKey),
    request_body(content = Asked, example = asked_example),
    responses((
        status = 201,
        description = both(id!("openapi-transfer-done")),
        body = Receipt,
        example = receipt_example,
    )),
)]
async fn transfer(call: Call<'_>) -> Answer {
    let from = call.params.wallet()?;
    let headers = call.request.headers();
    let body = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let mut step = parse(&body, from)?;
    step.request.key = idempotency::key(headers).map_err(Error::IdempotencyKey)?;
    step.request.principal = call.caller.principal();
    let receipt = step::apply(call.engine, step, call.engine.deadline()).await?;
    let location = format!("/api/wallets/{from}/operations/{}/", receipt.seq);
    let body = Receipt {
        id: receipt.seq,
        transfer: receipt
            .transfer
            .map_or_else(String::new, |id| id.0.to_string()),
        balance: receipt.balance.to_string(),
    };
    let response = response::created(&location, &body);
    Ok(idempotency::marked(response, receipt.replayed))
}

pub(super) fn parse(body: &[u8], from: WalletId) -> Result<Step, Error> {
    let mut members = Members::read(["to", "amount", "reference"], body).map_err(Error::Json)?;
    let to = members.required("to", value::wallet);
    let amount = members.required("amount", value::amount);
    let reference = members.optional("reference", value::reference);
    let faults = members.into_faults();
    match (to, amount) {
        (Some(to), Some(amount)) if faults.is_empty() => Ok(Step {
            wallet: from,
            request: OperationRequest {
                reference,
                ..Movement::Transfer { to, amount }.into()
            },
        }),
        _ => Err(Error::Fields(faults)),
    }
}

fn asked_example() -> Value {
    json!({
        "to": "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
        "amount": "10.00",
        "reference": "rent",
    })
}

fn receipt_example() -> Value {
    json!({
        "id": 7,
        "transfer": "0192f3c4-7c1e-7d2a-9c55-8d9b0e1f2a3b",
        "balance": "90.00",
    })
}

/// Of a transfer.
fn of_a_transfer() -> Vec<Refusal> {
    let mut wrong = Faults::one("to", Fault::NotAWallet);
    wrong.push("amount", Fault::Amount(AmountError::NotPositive));
    wrong.push("note", Fault::Unknown);
    let refusals = vec![
        ("wrong fields", Error::Fields(wrong)),
        (
            "no such receiver",
            Error::Fields(Faults::one("to", Fault::NoSuchWallet)),
        ),
        ("the same wallet", Error::Linked(LinkedError::SameWallet)),
    ];
    let limit = refused([("balance limit", OperationRefused::BalanceLimit)]);
    refusals.into_iter().chain(limit).collect()
}
