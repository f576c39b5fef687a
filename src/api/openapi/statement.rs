//! Parts of the schemas of statements.

use std::borrow::Cow;

use serde_json::{Value, json};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{OpenApi, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::headers::STATEMENT_FINAL;
use super::schemas::{balance, both, closed, number, text, time};
use super::{linked, past_operations as past};
use crate::messages::{Id, id};
use crate::statements::Format;

/// A statement in JSON, which `statements::json` writes in parts.
pub struct StatementBody;

/// One of its entries.
pub struct StatementEntry;

impl PartialSchema for StatementBody {
    fn schema() -> RefOr<Schema> {
        let wallet = linked::uuid(
            id!("openapi-statement-wallet"),
            "47c6a995-7685-412c-99fe-4259db91f18f",
        );
        let entries = ArrayBuilder::new()
            .items(super::schemas::named("StatementEntry"))
            .description(Some(both(id!("openapi-statement-entries"))));
        closed([
            ("wallet", wallet),
            ("from", end(id!("openapi-statement-began"))),
            ("to", end(id!("openapi-statement-ended"))),
            ("opening", balances(id!("openapi-statement-opening"))),
            ("closing", balances(id!("openapi-statement-closing"))),
            ("total_in", total(id!("openapi-statement-total-in"))),
            ("total_out", total(id!("openapi-statement-total-out"))),
        ])
        .property("entries", entries)
        .required("entries")
        .description(Some(both(id!("openapi-statement"))))
        .into()
    }
}

impl ToSchema for StatementBody {
    fn name() -> Cow<'static, str> {
        "Statement".into()
    }
}

impl PartialSchema for StatementEntry {
    fn schema() -> RefOr<Schema> {
        closed([
            ("id", past::id()),
            ("kind", past::kind()),
            ("amount", past::amount()),
            ("balance_after", past::balance_after()),
            ("held_after", past::held_after()),
            ("created_at", past::created_at()),
        ])
        .property("transfer", linked::transfer())
        .property("other_wallet", linked::other_wallet())
        .property("reference", linked::reference())
        .property("hold", past::hold())
        .property("reverses", past::reverses())
        .description(Some(both(id!("openapi-statement-entry"))))
        .into()
    }
}

impl ToSchema for StatementEntry {
    fn name() -> Cow<'static, str> {
        "StatementEntry".into()
    }
}

/// From when on operations are in the statement.
pub fn asked_from() -> ObjectBuilder {
    asked(id!("openapi-statement-from"), "2031-04-01T00:00:00Z")
}

/// Until when they are.
pub fn asked_to() -> ObjectBuilder {
    asked(id!("openapi-statement-to"), "2031-05-01T00:00:00Z")
}

fn asked(description: Id, example: &str) -> ObjectBuilder {
    text(description, example).format(Some(SchemaFormat::Custom("date-time".to_owned())))
}

/// The format of a statement.
pub fn format() -> ObjectBuilder {
    text(id!("openapi-statement-format"), "json")
        .enum_values(Some(Format::NAMES))
        .default(Some(json!(Format::NAMES[0])))
}

fn end(description: Id) -> ObjectBuilder {
    time(description, "2031-05-01T00:00:00.000000Z")
}

fn balances(description: Id) -> ObjectBuilder {
    closed([
        ("balance", balance(id!("openapi-balance-whole"), "100.00")),
        ("held", balance(id!("openapi-balance-held"), "30.00")),
        (
            "version",
            number(id!("openapi-balance-version"), 8).minimum(Some(0)),
        ),
    ])
    .description(Some(both(description)))
}

fn total(description: Id) -> ObjectBuilder {
    let count = number(id!("openapi-statement-count"), 3).minimum(Some(0));
    // It may have more digits than a balance.
    let amount = text(id!("openapi-statement-sum"), "125.00").pattern(Some(r"^[0-9]+\.[0-9]{2}$"));
    closed([("count", count), ("amount", amount)]).description(Some(both(description)))
}

/// The document, whose response says whether the statement is final.
pub fn with_final(mut document: OpenApi) -> OpenApi {
    let items = document.paths.paths.values_mut();
    let operations = items.filter_map(|item| item.get.as_mut());
    let responses = operations.filter_map(|one| one.responses.responses.get_mut("200"));
    for response in responses {
        if let RefOr::T(response) = response {
            let schema = ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([json!("true"), json!("false")]))
                .description(Some(both(id!("openapi-statement-final"))));
            let header = HeaderBuilder::new().schema(Some(schema)).build();
            let name = STATEMENT_FINAL.to_owned();
            response.headers.insert(name, header.into());
        }
    }
    document
}

pub fn example() -> Value {
    json!({
        "wallet": "47c6a995-7685-412c-99fe-4259db91f18f",
        "from": "2031-04-01T00:00:00.000000Z",
        "to": "2031-05-01T00:00:00.000000Z",
        "opening": {"balance": "100.00", "held": "0.00", "version": 1},
        "closing": {"balance": "90.00", "held": "0.00", "version": 2},
        "entries": [{
            "id": 2,
            "kind": "WITHDRAW",
            "amount": "10.00",
            "balance_after": "90.00",
            "held_after": "0.00",
            "created_at": "2031-04-07T12:00:00.123456Z",
        }],
        "total_in": {"count": 0, "amount": "0.00"},
        "total_out": {"count": 1, "amount": "10.00"},
    })
}
