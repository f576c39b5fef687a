//! The recorded endpoints, whose bodies [`compat`](crate::compat) reads: they have no types to derive schemas from.
//!
//! Responses are described completely. Requests are described as a client should write them; the engine also accepts what
//! the recorded service accepts beyond that, such as `" 1e2 "` for an amount.

use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{
    AnyOfBuilder, ComponentsBuilder, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{ContentBuilder, OpenApi, OpenApiBuilder, RefOr, Required};

use super::super::resource::Resource;
use super::headers::{self, LOCATION, REPLAYED};
use super::schemas::{self, balance, both, closed, constant, number, text};
use crate::compat::media_type::MediaType;
use crate::domain::OperationKind;
use crate::domain::registration::{EMAIL_MAX_CHARS, USERNAME_MAX_CHARS};
use crate::messages::{Id, id};

pub fn register(resource: &Resource) -> OpenApi {
    let user = json!({"username": "new_user", "email": "new_user@example.com", "password": "StrongPassword123"});
    let created =
        json!({"username": "new_user", "email": "new_user@example.com", "wallet_balance": "0.00"});
    let registered = closed([
        (
            "username",
            text(id!("openapi-username-registered"), "new_user"),
        ),
        ("email", email()),
        (
            "wallet_balance",
            balance(id!("openapi-wallet-balance"), "0.00"),
        ),
    ]);
    Described::new("registerUser", id!("openapi-register"))
        .with(|operation| operation.parameter(headers::registration_key()))
        .request("Registration", |_| registration(), &[("a new user", user)])
        .response(
            ("201", id!("openapi-user-created")),
            ("Registered", registered, created),
            &[LOCATION, REPLAYED],
        )
        .at(resource)
}

pub fn wallet(resource: &Resource) -> OpenApi {
    let wallet = closed([
        ("user", number(id!("openapi-user"), 1)),
        ("balance", balance(id!("openapi-balance"), "1200.50")),
    ]);
    let found = json!({"user": 1, "balance": "1200.50"});
    Described::new("getWallet", id!("openapi-wallet-get"))
        .response(
            ("200", id!("openapi-wallet-found")),
            ("Wallet", wallet, found),
            &[],
        )
        .at(resource)
}

pub fn operation(resource: &Resource) -> OpenApi {
    let examples = [("DEPOSIT", "100.00"), ("WITHDRAW", "50.00")]
        .map(|(kind, amount)| (kind, json!({"operationType": kind, "amount": amount})));
    let receipt = closed([
        ("status", constant("success")),
        (
            "balance",
            balance(id!("openapi-receipt-balance"), "1200.50"),
        ),
    ]);
    let done = json!({"status": "success", "balance": "1200.50"});
    Described::new("performOperation", id!("openapi-operation"))
        .with(|operation| operation.parameter(headers::operation_key()))
        .request("Operation", operation_body, &examples)
        .response(
            ("200", id!("openapi-operation-done")),
            ("Receipt", receipt, done),
            &[REPLAYED],
        )
        .at(resource)
}

/// The one operation of an address, with the schemas that it names.
pub(super) struct Described {
    operation: OperationBuilder,
    components: ComponentsBuilder,
}

impl Described {
    pub fn new(id: &str, description: Id) -> Self {
        Self {
            operation: OperationBuilder::new()
                .tag("wallets")
                .operation_id(Some(id))
                .description(Some(both(description))),
            components: ComponentsBuilder::new(),
        }
    }

    pub fn with(mut self, change: impl FnOnce(OperationBuilder) -> OperationBuilder) -> Self {
        self.operation = change(self.operation);
        self
    }

    /// A body of each type that is read. Each has a schema of its own, also where it has the same fields: generated clients
    /// choose the type to send by it.
    pub fn request(
        mut self,
        name: &str,
        schema: impl Fn(MediaType) -> ObjectBuilder,
        examples: &[(&str, Value)],
    ) -> Self {
        let mut body = RequestBodyBuilder::new().required(Some(Required::True));
        for kind in MediaType::ALL {
            let suffix = match kind {
                MediaType::Json => "",
                MediaType::Form => "Form",
                MediaType::Multipart => "Multipart",
            };
            let name = format!("{name}{suffix}");
            let examples = examples.iter().map(|(name, value)| {
                let example = ExampleBuilder::new().value(Some(value.clone()));
                (*name, example.build())
            });
            let content = ContentBuilder::new()
                .schema(Some(schemas::named(&name)))
                .examples_from_iter(examples);
            body = body.content(kind.as_str(), content.build());
            self.components = self.components.schema(name, schema(kind));
        }
        self.with(|operation| operation.request_body(Some(body.build())))
    }

    pub fn response(
        mut self,
        (status, description): (&str, Id),
        (name, schema, example): (&str, ObjectBuilder, Value),
        headers: &[&str],
    ) -> Self {
        let content = ContentBuilder::new()
            .schema(Some(schemas::named(name)))
            .example(Some(example));
        let response = ResponseBuilder::new()
            .description(both(description))
            .content(MediaType::Json.as_str(), content.build());
        let response = headers.iter().fold(response, |response, name| {
            response.header_ref(*name, headers::named(name))
        });
        self.components = self.components.schema(name, schema);
        self.with(|operation| operation.response(status, response))
    }

    pub fn at(self, resource: &Resource) -> OpenApi {
        let reads = resource.endpoint(&Method::GET).is_some();
        let method = if reads {
            HttpMethod::Get
        } else {
            HttpMethod::Post
        };
        let item = PathItem::new(method, self.operation);
        let paths = PathsBuilder::new().path(resource.template, item);
        OpenApiBuilder::new()
            .paths(paths)
            .components(Some(self.components.build()))
            .build()
    }
}

fn registration() -> ObjectBuilder {
    let username = text(id!("openapi-username"), "new_user")
        .min_length(Some(1))
        .max_length(Some(USERNAME_MAX_CHARS))
        .pattern(Some(r"\S"));
    let password = text(id!("openapi-password"), "StrongPassword123")
        .format(Some(SchemaFormat::Custom("password".to_owned())))
        .write_only(true)
        .min_length(Some(1))
        .pattern(Some(r"\S"));
    schemas::object([
        ("username", username),
        ("email", email().max_length(Some(EMAIL_MAX_CHARS))),
        ("password", password),
    ])
}

fn email() -> ObjectBuilder {
    text(id!("openapi-email"), "new_user@example.com")
        .format(Some(SchemaFormat::Custom("email".to_owned())))
}

fn operation_body(media_type: MediaType) -> ObjectBuilder {
    let kind = text(id!("openapi-operation-type"), "DEPOSIT")
        .enum_values(Some(OperationKind::REQUESTABLE.map(OperationKind::as_str)));
    let amount: RefOr<Schema> = match media_type {
        MediaType::Json => amount().into(),
        _ => schemas::amount_text().into(),
    };
    schemas::object([("operationType", kind.into()), ("amount", amount)])
}

/// JSON has numbers as well. Their decimal places are not described: tools disagree about `multipleOf: 0.01`.
fn amount() -> AnyOfBuilder {
    let number = ObjectBuilder::new()
        .schema_type(Type::Number)
        .minimum(Some(0.01))
        .maximum(Some(99_999_999.99));
    AnyOfBuilder::new()
        .item(schemas::amount_text())
        .item(number)
        .description(Some(both(id!("openapi-amount"))))
        .examples(["100.00"])
}
