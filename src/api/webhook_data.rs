//! What a webhook's delivery says of an event: as the API shows it.

use serde::Serialize;
use serde_json::value::RawValue;

use super::entry::Entry;
use crate::events::{Event, Happened};

/// The member `data` of a delivery.
#[derive(Serialize)]
struct Data {
    cursor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Entry>,
}

/// Writes the member `data` of an event's delivery.
///
/// # Errors
/// It cannot be written.
pub fn webhook_data(event: &Event) -> serde_json::Result<Box<RawValue>> {
    let operation = match &event.happened {
        Happened::Operation(_, operation) => Some(Entry::from(&**operation)),
        Happened::Rewound => None,
    };
    serde_json::value::to_raw_value(&Data {
        cursor: event.cursor.to_string(),
        wallet: event.wallet().map(|wallet| wallet.to_string()),
        operation,
    })
}
