//! Who takes what, and answers what.

pub mod history;

use serde_json::{Value, json};
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, PathItem, Paths, PathsBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Required, Schema};

use super::refusals::{self, Refusal};
use super::{both, headers, schemas};
use crate::compat::media_type::MediaType;

pub fn paths() -> Paths {
    let get = |operation| PathItem::new(HttpMethod::Get, operation);
    let post = |operation| PathItem::new(HttpMethod::Post, operation);
    PathsBuilder::new()
        .path("/api/register/", post(register()))
        .path("/api/wallets/{wallet}/", get(wallet()))
        .path("/api/wallets/{wallet}/operation/", post(operation()))
        .path("/api/wallets/{wallet}/operations/", get(history::page()))
        .path(
            "/api/wallets/{wallet}/operations/{id}/",
            get(history::one()),
        )
        .path("/api/schema/", get(schema()))
        .path("/livez", get(live()))
        .path("/readyz", get(ready()))
        .build()
}

fn register() -> Operation {
    let body = body(
        "Registration",
        &[(
            "a new user",
            json!({"username": "new_user", "email": "new_user@example.com", "password": "StrongPassword123"}),
        )],
    );
    let created = answer(
        both(
            "The user, with an empty wallet.",
            "Пользователь и его кошелек созданы.",
        ),
        schemas::named("Registered"),
        json!({"username": "new_user", "email": "new_user@example.com", "wallet_balance": "0.00"}),
    )
    .header_ref(headers::LOCATION, headers::named(headers::LOCATION))
    .header_ref(headers::REPLAYED, headers::named(headers::REPLAYED));
    let refusals = vec![
        refusals::of_a_registration(),
        refusals::of_a_key(),
        refusals::of_a_body(),
        refusals::of_the_engine(),
        refusals::of_the_gate(),
    ];
    let operation = operation_of("wallets", "registerUser")
        .summary(Some("User Registration"))
        .description(Some(both(
            "Registers a user and makes a wallet for them. The wallet's address is in `Location`.",
            "Регистрация нового пользователя и создание для него кошелька.",
        )))
        .parameter(headers::registration_key())
        .request_body(Some(body))
        .response("201", created);
    refused(operation, refusals, "RegistrationErrors")
}

fn wallet() -> Operation {
    let found = answer(
        both("The wallet.", "Детали кошелька."),
        schemas::named("Wallet"),
        json!({"user": 1, "balance": "1200.50"}),
    );
    let refusals = vec![
        refusals::of_a_wallet(),
        refusals::of_the_engine(),
        refusals::of_the_gate(),
    ];
    let operation = operation_of("wallets", "getWallet")
        .summary(Some("Wallet Detail"))
        .description(Some(both(
            "Whose a wallet is and what it holds.",
            "Получение информации о кошельке по его UUID.",
        )))
        .parameter(headers::wallet())
        .response("200", found);
    refused(operation, refusals, "Detail")
}

fn operation() -> Operation {
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
        both(
            "The operation happened and is durable.",
            "Результат операции.",
        ),
        schemas::named("Receipt"),
        json!({"status": "success", "balance": "1200.50"}),
    )
    .header_ref(headers::REPLAYED, headers::named(headers::REPLAYED));
    let refusals = vec![
        refusals::of_an_operation(),
        refusals::of_a_key(),
        refusals::of_a_wallet(),
        refusals::of_a_body(),
        refusals::of_the_engine(),
        refusals::of_the_gate(),
    ];
    let operation = operation_of("wallets", "performOperation")
        .summary(Some("Wallet Operation"))
        .description(Some(both(
            "Deposits to a wallet or withdraws from it. The body is looked at before the wallet.",
            "Выполнение операции пополнения (DEPOSIT) или снятия (WITHDRAW) средств с кошелька.",
        )))
        .parameter(headers::wallet())
        .parameter(headers::operation_key())
        .request_body(Some(body))
        .response("200", done);
    refused(operation, refusals, "OperationErrors")
}

fn schema() -> Operation {
    let any = ObjectBuilder::new().schema_type(Type::Object);
    let response = ResponseBuilder::new()
        .description(both("This document.", "Этот документ."))
        .content(
            MediaType::Json.as_str(),
            ContentBuilder::new().schema(Some(any)).build(),
        )
        .header_ref(headers::REQUEST_ID, headers::named(headers::REQUEST_ID));
    let operation = operation_of("service", "getSchema")
        .summary(Some("Schema"))
        .description(Some(both(
            "The description of this API, in OpenAPI 3.1.",
            "Описание этого API.",
        )))
        .response("200", response);
    refused(
        operation,
        vec![refusals::of_a_connection(), refusals::of_the_gate()],
        "Detail",
    )
}

fn live() -> Operation {
    let well = answer(
        both("It does.", "Работает."),
        schemas::named("Health"),
        json!({"status": "ok"}),
    );
    let operation = operation_of("service", "getLiveness")
        .summary(Some("Liveness"))
        .description(Some(both(
            "Whether the process serves.",
            "Работает ли процесс.",
        )))
        .response("200", well);
    refused(operation, vec![refusals::of_a_connection()], "Detail")
}

fn ready() -> Operation {
    let well = answer(
        both("It does.", "Готов."),
        schemas::named("Health"),
        json!({"status": "ok"}),
    );
    let unwell = AnyOfBuilder::new()
        .item(schemas::named("Health"))
        .item(schemas::named("Detail"));
    let unwell = answer(
        both("It does not, and why.", "Не готов, и почему."),
        unwell.into(),
        json!({"status": "unavailable", "reason": "the database does not answer"}),
    );
    operation_of("service", "getReadiness")
        .summary(Some("Readiness"))
        .description(Some(both(
            "Whether a request makes sense: the database answers, and no stop is under way.",
            "Готов ли сервис принимать запросы.",
        )))
        .response("200", well)
        .response("503", unwell)
        .build()
}

fn operation_of(tag: &str, id: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(id))
        .parameter(headers::request_id())
}

fn refused(operation: OperationBuilder, refusals: Vec<Vec<Refusal>>, fields: &str) -> Operation {
    let refusals: Vec<_> = refusals.into_iter().flatten().collect();
    refusals::responses(&refusals, fields)
        .into_iter()
        .fold(operation, |operation, (status, response)| {
            operation.response(status.to_string(), response)
        })
        .build()
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

fn answer(description: String, schema: RefOr<Schema>, example: Value) -> ResponseBuilder {
    let content = ContentBuilder::new()
        .schema(Some(schema))
        .example(Some(example));
    ResponseBuilder::new()
        .description(description)
        .content(MediaType::Json.as_str(), content.build())
        .header_ref(headers::REQUEST_ID, headers::named(headers::REQUEST_ID))
}

#[cfg(test)]
mod tests {
    use super::super::super::routing::Route;
    use super::*;

    #[test]
    fn every_documented_address_is_served_under_the_name_that_the_log_has() {
        let mut documented = 0;
        for address in paths()
            .paths
            .keys()
            .filter(|path| path.starts_with("/api/"))
        {
            let path = address.replace("{wallet}", "47c6a995-7685-412c-99fe-4259db91f18f");
            let path = path.replace("{id}", "1");
            assert_eq!(Route::find(&path).template(), Some(address.as_str()));
            documented += 1;
        }
        assert_eq!(documented, 6);
    }
}
