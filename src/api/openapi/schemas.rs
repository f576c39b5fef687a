//! Parts of schemas, and the bodies of refusals.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, Components, ComponentsBuilder, ObjectBuilder, SchemaFormat,
    Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::domain::idempotency::KEY_CHARS_MAX;
use crate::domain::reference::REFERENCE_CHARS_MAX;
use crate::messages::{Id, Lang, id};

/// The format of `numeric(12,2)`.
const BALANCE: &str = r"^[0-9]{1,10}\.[0-9]{2}$";

/// The bodies of refusals.
pub fn components() -> Components {
    let message = |example| text(id!("openapi-error-message"), example);
    let failure = [
        ("status", constant("error")),
        ("message", message("Недостаточно средств")),
    ];
    ComponentsBuilder::new()
        .schema("Failure", closed(failure))
        .schema(
            "Detail",
            closed([("detail", message("Кошелек не найден."))]),
        )
        .build()
}

/// A description in both languages.
pub fn both(description: Id) -> String {
    format!(
        "{}\n\n{}",
        Lang::En.text(description),
        Lang::Ru.text(description)
    )
}

/// A reference to the component of that name.
pub fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// A string with its description and an example.
pub fn text(description: Id, example: impl Into<Value>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(both(description)))
        .examples([example])
}

/// A number that counts from 1.
pub fn number(description: Id, example: i64) -> ObjectBuilder {
    text(description, example)
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::Custom("int64".to_owned())))
        .minimum(Some(1))
}

/// An amount of money in a response.
pub fn balance(description: Id, example: &str) -> ObjectBuilder {
    text(description, example).pattern(Some(BALANCE))
}

/// A string with one value.
pub fn constant(word: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([word]))
}

/// An object with these properties, all required.
pub fn object<const N: usize>(properties: [(&str, impl Into<RefOr<Schema>>); N]) -> ObjectBuilder {
    let object = ObjectBuilder::new().schema_type(Type::Object);
    properties
        .into_iter()
        .fold(object, |object, (name, schema)| {
            object.property(name, schema).required(name)
        })
}

/// An object with these properties, all required, and no others.
pub fn closed<const N: usize>(properties: [(&str, ObjectBuilder); N]) -> ObjectBuilder {
    object(properties).additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// The errors of each of the fields; with `non_field_errors`, those of the whole.
pub fn errors(fields: &[&str]) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(both(id!("openapi-field-errors"))))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let names = ["non_field_errors"].iter().chain(fields);
    names.fold(object, |object, name| {
        let message = ObjectBuilder::new().schema_type(Type::String);
        let messages = ArrayBuilder::new().items(message.build());
        object.property(*name, messages.min_items(Some(1)))
    })
}

/// An amount of money in a request beyond the recorded ones.
pub fn amount_to_send() -> ObjectBuilder {
    text(id!("openapi-amount-text"), "10.00").pattern(Some(r"^[0-9]{1,8}(\.[0-9]{1,2})?$"))
}

/// What the client calls the operation.
pub fn reference() -> ObjectBuilder {
    text(id!("openapi-reference"), "rent")
        .min_length(Some(1))
        .max_length(Some(REFERENCE_CHARS_MAX))
}

/// The balance after an operation.
pub fn balance_after() -> ObjectBuilder {
    balance(id!("openapi-receipt-balance"), "90.00")
}

/// A wallet's id.
pub fn wallet() -> ObjectBuilder {
    uuid(
        id!("openapi-wallet-id"),
        "9b2f7f0e-3f58-4a75-9a0c-2d1c6a3f4b11",
    )
}

/// What both rows of a transfer share.
pub fn transfer() -> ObjectBuilder {
    uuid(
        id!("openapi-transfer-id"),
        "0192f3c4-7c1e-7d2a-9c55-8d9b0e1f2a3b",
    )
}

fn uuid(description: Id, example: &str) -> ObjectBuilder {
    text(description, example).format(Some(SchemaFormat::Custom("uuid".to_owned())))
}

/// What an operation of a batch does.
pub fn batch_kind() -> ObjectBuilder {
    text(id!("openapi-batch-kind"), "DEPOSIT")
        .enum_values(Some(["DEPOSIT", "WITHDRAW", "TRANSFER"]))
}

/// The key of an operation of a batch.
pub fn member_key() -> ObjectBuilder {
    text(id!("openapi-batch-key"), "order-7")
        .min_length(Some(1))
        .max_length(Some(KEY_CHARS_MAX))
}
