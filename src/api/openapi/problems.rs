//! Parts of the schemas of problems.

use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, ArrayBuilder, ComponentsBuilder, ObjectBuilder, Type,
};

use super::schemas::{balance, both, constant, named, object, text};
use crate::domain::rules::Limit;
use crate::messages::id;

/// The body of a problem, under its name.
pub fn add(components: ComponentsBuilder) -> ComponentsBuilder {
    let problem = object([
        ("type", constant("about:blank")),
        ("title", text(id!("openapi-problem-title"), "Conflict")),
        ("status", status()),
        ("detail", detail()),
        ("code", code()),
    ])
    .property("errors", errors())
    .property("limit", limit())
    .property("remaining", remaining())
    .property("hold", hold())
    .property("index", index())
    .property("cause", cause())
    .description(Some(both(id!("openapi-problem"))))
    .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    components.schema("Problem", problem)
}

pub fn status() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(both(id!("openapi-problem-status"))))
        .minimum(Some(400))
        .maximum(Some(599))
        .examples([409])
}

pub fn detail() -> ObjectBuilder {
    text(id!("openapi-error-message"), "Insufficient funds")
}

pub fn code() -> ObjectBuilder {
    text(id!("openapi-problem-code"), "insufficient_funds")
}

/// The errors of each field, by its name.
pub fn errors() -> ObjectBuilder {
    let message = ObjectBuilder::new().schema_type(Type::String).build();
    let messages = ArrayBuilder::new().items(message).min_items(Some(1));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(both(id!("openapi-field-errors"))))
        .additional_properties(Some(messages))
}

/// The limit of the wallet that would be exceeded.
pub fn limit() -> ObjectBuilder {
    text(id!("openapi-problem-limit"), "daily_out_max")
        .enum_values(Some(Limit::ALL.map(Limit::as_str)))
}

/// How much would not exceed it.
pub fn remaining() -> ObjectBuilder {
    balance(id!("openapi-problem-remaining"), "25.00")
}

/// The hold that is closed.
fn hold() -> AllOfBuilder {
    AllOfBuilder::new()
        .item(named("Hold"))
        .description(Some(both(id!("openapi-problem-hold"))))
}

fn index() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(both(id!("openapi-problem-index"))))
        .minimum(Some(0))
        .maximum(Some(999))
}

fn cause() -> ObjectBuilder {
    text(id!("openapi-problem-cause"), "insufficient_funds")
}
