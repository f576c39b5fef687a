//! Parts of the schemas of events.

use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::super::query::PageLimit;
use super::schemas::{both, text};
use crate::events::{Cursor, type_names};
use crate::messages::{Id, id};

/// The pattern of a cursor.
const CURSOR: &str = "^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{16}-[0-9a-f]{32}-[0-9a-f]{16}$";

pub fn after() -> ObjectBuilder {
    text(id!("openapi-events-after"), "now").pattern(Some(format!("^now$|{CURSOR}")))
}

/// The size of a page.
pub fn limit(description: Id, sizes: PageLimit) -> ObjectBuilder {
    whole(description, (1, sizes.max), sizes.default)
}

/// A whole number in the range, with its default.
pub fn whole(description: Id, (min, max): (u16, u16), default: u16) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(min))
        .maximum(Some(max))
        .default(Some(default.into()))
        .description(Some(both(description)))
}

pub fn next() -> ObjectBuilder {
    cursor_of(id!("openapi-events-next"))
}

pub fn cursor() -> ObjectBuilder {
    cursor_of(id!("openapi-event-cursor"))
}

fn cursor_of(description: Id) -> ObjectBuilder {
    text(description, Cursor::START.to_string()).pattern(Some(CURSOR))
}

pub fn type_name() -> ObjectBuilder {
    text(id!("openapi-event-type"), "operation.deposit").enum_values(Some(type_names()))
}

pub fn wallet() -> ObjectBuilder {
    wallet_of(id!("openapi-event-wallet"))
}

pub fn wallet_alone() -> ObjectBuilder {
    wallet_of(id!("openapi-events-wallet"))
}

fn wallet_of(description: Id) -> ObjectBuilder {
    super::linked::uuid(description, "47c6a995-7685-412c-99fe-4259db91f18f")
}
