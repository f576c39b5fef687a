//! The recorded endpoints, whose bodies [`compat`](crate::compat) reads: no types of theirs are there to derive from.

use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{ContentBuilder, OpenApi, OpenApiBuilder, RefOr, Required, Schema};

use super::headers;
use super::schemas::{self, both};
use crate::compat::media_type::MediaType;
use crate::messages::id;

pub fn register() -> OpenApi {
    let body = body(
        "Registration",
        &[(
            "a new user",
            json!({"username": "new_user", "email": "new_user@example.com", "password": "StrongPassword123"}),
        )],
    );
    let created = answer(
        both(id!("openapi-user-created")),
        schemas::named("Registered"),
        json!({"username": "new_user", "email": "new_user@example.com", "wallet_balance": "0.00"}),
    )
    .header_ref(headers::LOCATION, headers::named(headers::LOCATION))
    .header_ref(headers::REPLAYED, headers::named(headers::REPLAYED));
    let operation = OperationBuilder::new()
        .tag("wallets")
        .operation_id(Some("registerUser"))
        .summary(Some("User Registration"))
        .description(Some(both(id!("openapi-register"))))
        .parameter(headers::registration_key())
        .request_body(Some(body))
        .response("201", created);
    at("/api/register/", HttpMethod::Post, operation)
}

pub fn wallet() -> OpenApi {
    let found = answer(
        both(id!("openapi-wallet-found")),
        schemas::named("Wallet"),
        json!({"user": 1, "balance": "1200.50"}),
    );
    let operation = OperationBuilder::new()
        .tag("wallets")
        .operation_id(Some("getWallet"))
        .summary(Some("Wallet Detail"))
        .description(Some(both(id!("openapi-wallet-get"))))
        .response("200", found);
    at("/api/wallets/{wallet}/", HttpMethod::Get, operation)
}

pub fn operation() -> OpenApi {
    let body = body(
        "Operation",
        &[
            (
                "DEPOSIT",
                json!({"operationType": "DEPOSIT", "amount": "100.00"}),
            ),
            (
                "WITHDRAW",
                json!({"operationType": "WITHDRAW", "amount": "50.00"}),
            ),
        ],
    );
    let done = answer(
        both(id!("openapi-operation-done")),
        schemas::named("Receipt"),
        json!({"status": "success", "balance": "1200.50"}),
    )
    .header_ref(headers::REPLAYED, headers::named(headers::REPLAYED));
    let operation = OperationBuilder::new()
        .tag("wallets")
        .operation_id(Some("performOperation"))
        .summary(Some("Wallet Operation"))
        .description(Some(both(id!("openapi-operation"))))
        .parameter(headers::operation_key())
        .request_body(Some(body))
        .response("200", done);
    at(
        "/api/wallets/{wallet}/operation/",
        HttpMethod::Post,
        operation,
    )
}

/// A document of that operation alone.
pub fn at(path: &str, method: HttpMethod, operation: OperationBuilder) -> OpenApi {
    let paths = PathsBuilder::new().path(path, PathItem::new(method, operation));
    OpenApiBuilder::new().paths(paths).build()
}

/// A body in each of the types that are read.
fn body(schema: &str, examples: &[(&str, Value)]) -> RequestBody {
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    MediaType::ALL
        .into_iter()
        .fold(body, |body, kind| {
            let suffix = match kind {
                MediaType::Json => "",
                MediaType::Form => "Form",
                MediaType::Multipart => "Multipart",
            };
            let examples = examples.iter().map(|(name, value)| {
                let example = ExampleBuilder::new().value(Some(value.clone()));
                (*name, example.build())
            });
            let content = ContentBuilder::new()
                .schema(Some(schemas::named(&format!("{schema}{suffix}"))))
                .examples_from_iter(examples);
            body.content(kind.as_str(), content.build())
        })
        .build()
}

/// An answer with a body.
pub fn answer(description: String, schema: RefOr<Schema>, example: Value) -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .example(Some(example));
    ResponseBuilder::new()
        .description(description)
        .content(MediaType::Json.as_str(), content.build())
}
