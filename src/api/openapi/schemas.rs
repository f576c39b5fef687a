//! The bodies, as the contract documents them.
//!
//! What is answered is described to the last field. What is taken is described as a client should write it; the engine
//! also takes what the recorded service took beside that, such as `" 1e2 "` for an amount.

use serde_json::{Value, json};
use utoipa::openapi::schema::{
    AdditionalProperties, AnyOfBuilder, ArrayBuilder, Components, ComponentsBuilder, ObjectBuilder,
    SchemaFormat, Type,
};
use utoipa::openapi::{Ref, RefOr, Schema};

use crate::domain::OperationKind;
use crate::domain::registration::{EMAIL_MAX_CHARS, USERNAME_MAX_CHARS};
use crate::messages::{Id, Lang, id};

/// `numeric(12,2)`, as it is always written.
const BALANCE: &str = r"^[0-9]{1,10}\.[0-9]{2}$";
/// 0.01 to 99999999.99, with at most two places.
const AMOUNT: &str = r"^([1-9][0-9]{0,7}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$";

/// Each type of body has a name of its own, also where it has the same fields: generated clients tell by it which type to
/// send.
pub fn components() -> Components {
    ComponentsBuilder::new()
        .schema("Registration", registration())
        .schema("RegistrationForm", registration())
        .schema("RegistrationMultipart", registration())
        .schema("Registered", registered())
        .schema("RegistrationErrors", registration_errors())
        .schema("Wallet", wallet())
        .schema("Operation", operation(amount()))
        .schema("OperationForm", operation(amount_text()))
        .schema("OperationMultipart", operation(amount_text()))
        .schema("Receipt", receipt())
        .schema("OperationErrors", operation_errors())
        .schema("Failure", failure())
        .schema("Detail", detail())
        .schema("Health", health())
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

/// A reference to one of the [`components`].
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

fn registration() -> ObjectBuilder {
    let username = text(id!("openapi-username"), "new_user")
        .min_length(Some(1))
        .max_length(Some(USERNAME_MAX_CHARS))
        .pattern(Some(r"\S"));
    let email = email().max_length(Some(EMAIL_MAX_CHARS));
    let password = text(id!("openapi-password"), "StrongPassword123")
        .format(Some(SchemaFormat::Custom("password".to_owned())))
        .write_only(true)
        .min_length(Some(1))
        .pattern(Some(r"\S"));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("username", username)
        .property("email", email)
        .property("password", password)
        .required("username")
        .required("email")
        .required("password")
}

fn email() -> ObjectBuilder {
    text(id!("openapi-email"), "new_user@example.com")
        .format(Some(SchemaFormat::Custom("email".to_owned())))
}

fn registered() -> ObjectBuilder {
    let username = text(id!("openapi-username-registered"), "new_user");
    let balance = balance(id!("openapi-wallet-balance"), "0.00");
    closed([
        ("username", username),
        ("email", email()),
        ("wallet_balance", balance),
    ])
}

fn wallet() -> ObjectBuilder {
    let user = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::Custom("int64".to_owned())))
        .minimum(Some(1))
        .description(Some(both(id!("openapi-user"))))
        .examples([1]);
    let balance = balance(id!("openapi-balance"), "1200.50");
    closed([("user", user), ("balance", balance)])
}

fn operation(amount: impl Into<RefOr<Schema>>) -> ObjectBuilder {
    let kind = text(id!("openapi-operation-type"), "DEPOSIT")
        .enum_values(Some(OperationKind::ASKED_FOR.map(OperationKind::as_str)));
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("operationType", kind)
        .property("amount", amount)
        .required("operationType")
        .required("amount")
}

fn amount_text() -> ObjectBuilder {
    text(id!("openapi-amount-text"), "100.00").pattern(Some(AMOUNT))
}

/// JSON has numbers as well. Their places are not described: `multipleOf: 0.01` means something else in every tool.
fn amount() -> AnyOfBuilder {
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(0.01))
        .maximum(Some(99_999_999.99));
    AnyOfBuilder::new()
        .item(amount_text())
        .item(number)
        .description(Some(both(id!("openapi-amount"))))
        .examples(["100.00"])
}

fn receipt() -> ObjectBuilder {
    let balance = balance(id!("openapi-receipt-balance"), "1200.50");
    closed([("status", constant("success")), ("balance", balance)])
}

fn registration_errors() -> ObjectBuilder {
    errors(&["username", "email", "password"])
}

fn operation_errors() -> ObjectBuilder {
    errors(&["operationType", "amount"])
}

/// What is wrong with each of the fields; with `non_field_errors`, what is wrong with the whole.
pub fn errors(fields: &[&str]) -> ObjectBuilder {
    let complaints = || {
        let complaint = ObjectBuilder::new().schema_type(Type::String);
        ArrayBuilder::new()
            .items(complaint.build())
            .min_items(Some(1))
    };
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(both(id!("openapi-field-errors"))))
        .property("non_field_errors", complaints());
    fields
        .iter()
        .fold(object, |object, field| {
            object.property(*field, complaints())
        })
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

fn failure() -> ObjectBuilder {
    let message = text(id!("openapi-error-message"), "Недостаточно средств");
    closed([("status", constant("error")), ("message", message)])
}

fn detail() -> ObjectBuilder {
    let detail = text(id!("openapi-error-message"), "Кошелек не найден.");
    closed([("detail", detail)])
}

fn health() -> ObjectBuilder {
    let status = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["ok", "unavailable"]));
    let reason = ObjectBuilder::new().schema_type(Type::String);
    closed([("status", status)]).property("reason", reason)
}

/// An amount of money that is answered.
pub fn balance(description: Id, example: &str) -> ObjectBuilder {
    text(description, example).pattern(Some(BALANCE))
}

fn constant(word: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([json!(word)]))
}

/// An object with these properties, every one of them, and no others.
fn closed<const N: usize>(properties: [(&str, ObjectBuilder); N]) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    properties
        .into_iter()
        .fold(object, |object, (name, schema)| {
            object.property(name, schema).required(name)
        })
}
