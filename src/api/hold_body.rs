//! A hold, as responses show it.

use serde::Serialize;
use serde_json::{Value, json};

use super::query::written;
use crate::domain::hold::Hold;

/// A hold. Its schema is in `openapi/holds.rs`.
#[derive(Serialize)]
pub struct HoldBody {
    id: i64,
    status: &'static str,
    amount: String,
    captured: String,
    released: String,
    remaining: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    created_at: String,
}

impl From<&Hold> for HoldBody {
    fn from(hold: &Hold) -> Self {
        debug_assert!(
            hold.created_at.is_some(),
            "a hold is told before it is committed"
        );
        Self {
            id: hold.id,
            status: hold.status.as_str(),
            amount: hold.amount.to_string(),
            captured: hold.captured.to_string(),
            released: hold.released.to_string(),
            remaining: hold.remaining().to_string(),
            expires_at: written(hold.expires_at),
            reference: hold.reference.as_ref().map(ToString::to_string),
            created_at: hold.created_at.map(written).unwrap_or_default(),
        }
    }
}

pub fn example() -> Value {
    json!({
        "id": 8,
        "status": "open",
        "amount": "30.00",
        "captured": "0.00",
        "released": "0.00",
        "remaining": "30.00",
        "expires_at": "2031-05-01T13:00:00.123456Z",
        "reference": "order 7",
        "created_at": "2031-05-01T12:00:00.123456Z",
    })
}
