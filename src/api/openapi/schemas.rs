//! Parts of schemas, and the bodies of refusals.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ComponentsBuilder, ObjectBuilder, SchemaFormat, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::messages::{Id, Lang, id};

/// 0.01 to 99999999.99, with at most two places.
const AMOUNT: &str = r"^([1-9][0-9]{0,7}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$";

/// The format of `numeric(12,2)`.
const BALANCE: &str = r"^[0-9]{1,10}\.[0-9]{2}$";

/// The format of an operation's time.
const TIME: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$";

/// The bodies of refusals.
pub fn components() -> ComponentsBuilder {
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

/// A time in a response, as the ledger keeps it.
pub fn time(description: Id, example: &str) -> ObjectBuilder {
    text(description, example)
        .format(Some(SchemaFormat::Custom("date-time".to_owned())))
        .pattern(Some(TIME))
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

/// An amount of money as text in a request.
pub fn amount_text() -> ObjectBuilder {
    text(id!("openapi-amount-text"), "100.00").pattern(Some(AMOUNT))
}

/// The balance after an operation.
pub fn balance_after() -> ObjectBuilder {
    balance(id!("openapi-receipt-balance"), "90.00")
}
