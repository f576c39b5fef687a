//! Parts of the schemas of holds.

use std::borrow::Cow;

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{
    AnyOfBuilder, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{OpenApi, RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::super::cursor;
use super::super::hold_body::HoldBody;
use super::linked::{amount as amount_to_move, boolean_or_null, or_null, reference, uuid};
use super::schemas::{balance, both, closed, number, text, time};
use crate::domain::history::PAGE_MAX;
use crate::domain::hold::{HOLD_MAX, HoldStatus};
use crate::messages::{Id, id};

/// The number of a hold in an address, among the parameters of a handler.
pub struct HoldId;

impl IntoParams for HoldId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_address(id())]
    }
}

/// The number of an operation in an address, among the parameters of a handler.
pub struct OperationId;

impl IntoParams for OperationId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_address(number(id!("openapi-operation-id"), 2))]
    }
}

fn in_address(number: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(number))
        .build()
}

impl PartialSchema for HoldBody {
    fn schema() -> RefOr<Schema> {
        let status = text(id!("openapi-hold-status"), "open")
            .enum_values(Some(HoldStatus::ALL.map(HoldStatus::as_str)));
        let expires_at = time(
            id!("openapi-hold-expires-at"),
            "2031-05-01T13:00:00.123456Z",
        );
        let created_at = time(
            id!("openapi-past-operation-time"),
            "2031-05-01T12:00:00.123456Z",
        );
        closed([
            ("id", id()),
            ("status", status),
            ("amount", balance(id!("openapi-hold-amount"), "30.00")),
            ("captured", balance(id!("openapi-hold-captured"), "0.00")),
            ("released", balance(id!("openapi-hold-released"), "0.00")),
            ("remaining", balance(id!("openapi-hold-remaining"), "30.00")),
            ("expires_at", expires_at),
            ("created_at", created_at),
        ])
        .property("reference", reference())
        .description(Some(both(id!("openapi-hold"))))
        .into()
    }
}

impl ToSchema for HoldBody {
    fn name() -> Cow<'static, str> {
        "Hold".into()
    }
}

/// The document, whose requests need no body.
pub fn with_optional_bodies(mut document: OpenApi) -> OpenApi {
    let items = document.paths.paths.values_mut();
    for operation in items.filter_map(|item| item.post.as_mut()) {
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            body.required = Some(Required::False);
        }
    }
    document
}

fn id() -> ObjectBuilder {
    number(id!("openapi-hold-id"), 8)
}

/// For how long a hold is placed.
pub fn expires_in() -> ObjectBuilder {
    or_null(
        ObjectBuilder::new()
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(1))
            .maximum(Some(HOLD_MAX.whole_seconds()))
            .description(Some(both(id!("openapi-hold-expires-in"))))
            .examples([3_600]),
        Type::Integer,
    )
}

/// Until when a hold is placed.
pub fn expires_at_or_null() -> ObjectBuilder {
    let time = text(id!("openapi-hold-until"), "2031-05-01T13:00:00Z")
        .format(Some(SchemaFormat::Custom("date-time".to_owned())));
    or_null(time, Type::String)
}

/// A part of a hold, or of an operation: all that is left, if it is absent.
pub fn part_or_null() -> AnyOfBuilder {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    amount_to_move()
        .item(null)
        .description(Some(both(id!("openapi-part"))))
}

/// Whether a capture is the last one.
pub fn is_final() -> ObjectBuilder {
    boolean_or_null(id!("openapi-capture-final"))
}

/// The wallet that a capture pays.
pub fn receiver_or_null() -> ObjectBuilder {
    let receiver = uuid(
        id!("openapi-capture-receiver"),
        "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
    );
    or_null(receiver, Type::String)
}

/// The address of the next page.
pub fn next() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(both(id!("openapi-holds-next"))))
}

pub fn limits() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .description(Some(both(id!("openapi-holds-limit"))))
}

pub fn cursors() -> ObjectBuilder {
    filter(id!("openapi-history-cursor")).pattern(Some(cursor::pattern()))
}

pub fn statuses() -> ObjectBuilder {
    filter(id!("openapi-holds-status")).enum_values(Some(HoldStatus::ALL.map(HoldStatus::as_str)))
}

fn filter(description: Id) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(both(description)))
}
