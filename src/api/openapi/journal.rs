//! Parts of the schemas of the journal of the staff.

use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};

use super::super::query::PageLimit;
use super::linked::or_null;
use super::schemas::{both, number, text, time};
use crate::messages::id;

pub fn after() -> ObjectBuilder {
    number(id!("openapi-journal-after"), 0).minimum(Some(0))
}

pub fn limit() -> ObjectBuilder {
    super::events::limit(id!("openapi-journal-limit"), PageLimit::FEED)
}

pub fn username() -> ObjectBuilder {
    text(id!("openapi-journal-username"), "olga")
}

pub fn subject() -> ObjectBuilder {
    text(id!("openapi-journal-subject"), "7")
}

pub fn next() -> ObjectBuilder {
    number(id!("openapi-journal-next"), 12).minimum(Some(0))
}

pub fn at() -> ObjectBuilder {
    time(id!("openapi-journal-at"), "2026-11-29T10:15:00.123456Z")
}

pub fn staff_id() -> ObjectBuilder {
    or_null(number(id!("openapi-journal-staff-id"), 3), Type::Integer)
}

pub fn entry_number() -> ObjectBuilder {
    number(id!("openapi-journal-number"), 12).minimum(Some(1))
}

pub fn entry_username() -> ObjectBuilder {
    let username = text(id!("openapi-journal-entry-username"), "olga");
    or_null(username, Type::String)
}

pub fn address() -> ObjectBuilder {
    let address = text(id!("openapi-journal-address"), "192.0.2.7");
    or_null(address, Type::String)
}

pub fn action() -> ObjectBuilder {
    text(id!("openapi-journal-action"), "hold_voided")
}

pub fn subject_kind() -> ObjectBuilder {
    let kind = text(id!("openapi-journal-subject-kind"), "wallet");
    or_null(kind, Type::String)
}

pub fn entry_subject() -> ObjectBuilder {
    let example = "47c6a995-7685-412c-99fe-4259db91f18f";
    or_null(
        text(id!("openapi-journal-subject-id"), example),
        Type::String,
    )
}

pub fn details() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .description(Some(both(id!("openapi-journal-details"))))
}
