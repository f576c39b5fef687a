//! An event as a message: its id and its body.

use bytes::Bytes;
use time::OffsetDateTime;

use crate::domain::time_text;
use crate::events::{Event, Happened};

/// The longest body. An event is much shorter, so receivers may refuse longer ones.
pub const BODY_MAX_BYTES: usize = 20 * 1_024;

/// Writes an event as the API shows it, as the member `data` of a body.
pub type Render = fn(&Event) -> serde_json::Result<Box<serde_json::value::RawValue>>;

/// An event that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsendable;

#[derive(serde::Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: &'a str,
    data: &'a serde_json::value::RawValue,
}

/// Returns the id of an event's message: the same in every attempt, by every engine, for every webhook.
///
/// It has the row's position, as a wallet's number alone comes again where a failover has lost commits.
pub(super) fn id(event: &Event) -> String {
    let cursor = &event.cursor;
    format!(
        "evt_{:x}_{}_{}",
        cursor.position,
        cursor.wallet.0.simple(),
        cursor.seq
    )
}

/// Returns when it happened; `None` if it is not of a wallet.
pub(super) fn happened_at(event: &Event) -> Option<OffsetDateTime> {
    match &event.happened {
        Happened::Operation(_, operation) => Some(operation.created_at),
        Happened::Rewound => None,
    }
}

/// Writes the body. `timestamp` is when the event happened, as Standard Webhooks has it, not when it is sent.
///
/// # Errors
/// It cannot be written, or is longer than [`BODY_MAX_BYTES`].
pub(super) fn body(
    event: &Event,
    timestamp: OffsetDateTime,
    render: Render,
) -> Result<Bytes, Unsendable> {
    let data = render(event).map_err(|_| Unsendable)?;
    let timestamp = time_text::utc(timestamp, time_text::LEDGER);
    let body = Body {
        r#type: event.type_name(),
        timestamp: &timestamp,
        data: &data,
    };
    let body = serde_json::to_vec(&body).map_err(|_| Unsendable)?;
    if body.len() > BODY_MAX_BYTES {
        return Err(Unsendable);
    }
    Ok(body.into())
}
