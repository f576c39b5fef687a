//! The schemas of rules.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::super::members::value::GATES;
use super::super::rules_body::{Changed, Current, RulesBody};
use super::linked::{amount, boolean, or_null, row};
use super::schemas::{balance, both, closed as object_of, text};
use crate::domain::entry::REASON_CHARS_MAX;
use crate::messages::{Id, id};

impl PartialSchema for RulesBody {
    fn schema() -> RefOr<Schema> {
        rules().description(Some(both(id!("openapi-rules")))).into()
    }
}

impl ToSchema for RulesBody {
    fn name() -> Cow<'static, str> {
        "Rules".into()
    }
}

impl PartialSchema for Current {
    fn schema() -> RefOr<Schema> {
        let used = money_or_null(id!("openapi-rules-used"), "120.00");
        let remaining = money_or_null(id!("openapi-rules-remaining"), "350.00");
        rules()
            .property("daily_out_used", used)
            .required("daily_out_used")
            .property("daily_out_remaining", remaining)
            .required("daily_out_remaining")
            .description(Some(both(id!("openapi-rules-found"))))
            .into()
    }
}

impl ToSchema for Current {
    fn name() -> Cow<'static, str> {
        "CurrentRules".into()
    }
}

impl PartialSchema for Changed {
    fn schema() -> RefOr<Schema> {
        rules()
            .property("id", row())
            .required("id")
            .description(Some(both(id!("openapi-rules-changed"))))
            .into()
    }
}

impl ToSchema for Changed {
    fn name() -> Cow<'static, str> {
        "ChangedRules".into()
    }
}

fn rules() -> ObjectBuilder {
    object_of([
        ("debits", debits()),
        ("credits", credits()),
        ("closed", closed()),
        (
            "balance_min",
            balance(id!("openapi-rules-balance-min"), "0.00"),
        ),
        (
            "balance_max",
            money_or_null(id!("openapi-rules-balance-max"), "1000.00"),
        ),
        (
            "operation_max",
            money_or_null(id!("openapi-rules-operation-max"), "100.00"),
        ),
        (
            "daily_out_max",
            money_or_null(id!("openapi-rules-daily-out-max"), "500.00"),
        ),
    ])
}

pub fn debits() -> ObjectBuilder {
    text(id!("openapi-rules-debits"), "open").enum_values(Some(GATES))
}

pub fn credits() -> ObjectBuilder {
    text(id!("openapi-rules-credits"), "open").enum_values(Some(GATES))
}

pub fn closed() -> ObjectBuilder {
    boolean(id!("openapi-rules-closed"))
}

pub fn new_balance_min() -> AnyOfBuilder {
    limit(id!("openapi-rules-balance-min"))
}

pub fn new_balance_max() -> AnyOfBuilder {
    nullable(limit(id!("openapi-rules-balance-max")))
}

pub fn new_operation_max() -> AnyOfBuilder {
    nullable(amount()).description(Some(both(id!("openapi-rules-operation-max"))))
}

pub fn new_daily_out_max() -> AnyOfBuilder {
    nullable(limit(id!("openapi-rules-daily-out-max")))
}

pub fn reason() -> ObjectBuilder {
    text(id!("openapi-rules-reason"), "a lost card")
        .min_length(Some(1))
        .max_length(Some(REASON_CHARS_MAX))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
}

/// A balance in a request: JSON's integers are exact.
fn limit(description: Id) -> AnyOfBuilder {
    let decimal = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$"));
    let integer = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(9_999_999_999_i64));
    AnyOfBuilder::new()
        .item(decimal)
        .item(integer)
        .description(Some(both(description)))
        .examples(["500.00"])
}

fn nullable(schema: AnyOfBuilder) -> AnyOfBuilder {
    schema.item(ObjectBuilder::new().schema_type(Type::Null))
}

fn money_or_null(description: Id, example: &str) -> ObjectBuilder {
    or_null(balance(description, example), Type::String)
}

pub fn current_example() -> Value {
    let mut example = example();
    example["daily_out_used"] = json!("120.00");
    example["daily_out_remaining"] = json!("350.00");
    example
}

pub fn changed_example() -> Value {
    let mut example = example();
    example["id"] = json!(7);
    example
}

fn example() -> Value {
    json!({
        "debits": "open",
        "credits": "open",
        "closed": false,
        "balance_min": "0.00",
        "balance_max": null,
        "operation_max": null,
        "daily_out_max": "500.00",
    })
}
