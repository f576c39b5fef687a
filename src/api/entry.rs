//! An operation that happened, as responses have it: an entry of its wallet's history.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::openapi::linked;
use super::openapi::past_operations as schemas;
use super::openapi::schemas::both;
use super::query::written;
use super::rules_body::RulesBody;
use crate::domain::Balance;
use crate::domain::history::PastOperation;
use crate::messages::id;

/// An operation that happened.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PastOperation, description = both(id!("openapi-past-operation")))]
pub struct Entry {
    #[schema(schema_with = schemas::id)]
    id: i64,
    #[schema(schema_with = schemas::kind)]
    kind: &'static str,
    #[schema(schema_with = schemas::amount)]
    amount: String,
    #[schema(schema_with = schemas::balance_after)]
    balance_after: String,
    #[schema(schema_with = schemas::created_at)]
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = linked::transfer)]
    transfer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = linked::other_wallet)]
    other_wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = linked::reference)]
    reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::hold)]
    hold: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::held_after)]
    held_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::expires_at)]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::reverses)]
    reverses: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, schema_with = schemas::reversed_by)]
    reversed_by: Vec<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<RulesBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::reason)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::actor)]
    actor: Option<String>,
}

impl From<&PastOperation> for Entry {
    fn from(past: &PastOperation) -> Self {
        Self {
            id: past.seq,
            kind: past.operation.kind.as_str(),
            amount: past.operation.amount.to_string(),
            balance_after: past.balance_after.to_string(),
            created_at: written(past.created_at),
            transfer: past.transfer.map(|transfer| transfer.id.0.to_string()),
            other_wallet: past
                .transfer
                .map(|transfer| transfer.other_wallet.to_string()),
            reference: past.reference.as_ref().map(ToString::to_string),
            hold: past.hold,
            held_after: (past.held_after > Balance::ZERO).then(|| past.held_after.to_string()),
            expires_at: past.expires_at.map(written),
            reverses: past.reverses,
            reversed_by: past.reversed_by.clone(),
            rules: past.rules.as_ref().map(RulesBody::from),
            reason: past.reason.as_deref().map(str::to_owned),
            actor: past.principal.as_ref().map(ToString::to_string),
        }
    }
}

pub fn example() -> Value {
    json!({
        "id": 2,
        "kind": "WITHDRAW",
        "amount": "50.00",
        "balance_after": "1200.50",
        "created_at": "2031-05-01T12:00:00.123456Z",
    })
}
