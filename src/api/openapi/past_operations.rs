//! Parts of the schemas of the history.

use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

use super::schemas::{balance, both, number, text, time};
use crate::domain::OperationKind;
use crate::messages::id;

/// The address of the next page.
pub fn next() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(both(id!("openapi-history-next"))))
}

pub fn id() -> ObjectBuilder {
    number(id!("openapi-past-operation-id"), 2)
}

pub fn kind() -> ObjectBuilder {
    text(id!("openapi-past-operation-kind"), "WITHDRAW")
        .enum_values(Some(OperationKind::ALL.map(OperationKind::as_str)))
}

pub fn amount() -> ObjectBuilder {
    balance(id!("openapi-past-operation-amount"), "50.00")
}

pub fn balance_after() -> ObjectBuilder {
    balance(id!("openapi-past-operation-balance"), "1200.50")
}

pub fn created_at() -> ObjectBuilder {
    time(
        id!("openapi-past-operation-time"),
        "2031-05-01T12:00:00.123456Z",
    )
}

pub fn hold() -> ObjectBuilder {
    number(id!("openapi-past-operation-hold"), 8)
}

pub fn held_after() -> ObjectBuilder {
    balance(id!("openapi-past-operation-held"), "30.00")
}

pub fn expires_at() -> ObjectBuilder {
    time(
        id!("openapi-past-operation-expires-at"),
        "2031-05-01T13:00:00.123456Z",
    )
}

pub fn reverses() -> ObjectBuilder {
    number(id!("openapi-past-operation-reverses"), 2)
}

pub fn reversed_by() -> ArrayBuilder {
    let item = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1));
    ArrayBuilder::new()
        .items(item)
        .min_items(Some(1))
        .description(Some(both(id!("openapi-past-operation-reversed-by"))))
}

pub fn reason() -> ObjectBuilder {
    text(id!("openapi-past-operation-reason"), "a lost card")
}

pub fn actor() -> ObjectBuilder {
    text(id!("openapi-past-operation-actor"), "staff:7")
}
