//! What a request for a hold asks for.

use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::super::error::Error;
use super::super::faults::Fault;
use super::super::members::{Members, value};
use super::super::openapi::schemas::both;
use super::super::openapi::{holds as schemas, linked};
use crate::domain::hold::{Expiry, HOLD_DEFAULT, HOLD_MAX};
use crate::domain::linked::Step;
use crate::domain::{IdempotencyKey, Movement, OperationRequest, WalletId};
use crate::messages::id;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HoldRequest, description = both(id!("openapi-hold-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Asked {
    #[schema(schema_with = linked::amount)]
    amount: String,
    #[schema(schema_with = schemas::expires_in)]
    expires_in: Option<i64>,
    #[schema(schema_with = schemas::expires_at_or_null)]
    expires_at: Option<String>,
    #[schema(schema_with = linked::reference_or_null)]
    reference: Option<String>,
}

/// Reads a hold to be placed `now`.
///
/// A time that is over is no fault of a request with a key, which may repeat one that was made in time: the wallet decides it.
pub fn parse(
    body: &[u8],
    wallet: WalletId,
    key: Result<Option<IdempotencyKey>, Error>,
    now: OffsetDateTime,
) -> Result<Step, Error> {
    let names = ["amount", "expires_in", "expires_at", "reference"];
    let mut members = Members::read(names, body).map_err(Error::Json)?;
    let amount = members.required("amount", value::amount);
    let seconds = members.optional("expires_in", value::integer(1, HOLD_MAX.whole_seconds()));
    let time = members.optional("expires_at", value::time).map(Expiry::At);
    let reference = members.optional("reference", value::reference);
    if members.has("expires_in") && members.has("expires_at") {
        members.refuse("expires_at", Fault::NotWith("expires_in"));
    }
    let may_repeat = members.is_faultless() && !matches!(key, Ok(None));
    if !may_repeat && time.is_some_and(|time| !time.is_in_range(now)) {
        members.refuse("expires_at", Fault::NotAhead);
    }
    let faults = members.into_faults();
    let seconds = seconds.unwrap_or(HOLD_DEFAULT.whole_seconds());
    let expiry = time.or_else(|| Some(Expiry::In(seconds.try_into().ok()?)));
    match (amount, expiry) {
        (Some(amount), Some(expiry)) if faults.is_empty() => Ok(Step {
            wallet,
            request: OperationRequest {
                key: key?,
                reference,
                ..Movement::Hold { amount, expiry }.into()
            },
        }),
        _ => Err(Error::Fields(faults)),
    }
}

pub fn example() -> Value {
    json!({"amount": "30.00", "expires_in": 3600, "reference": "order 7"})
}
