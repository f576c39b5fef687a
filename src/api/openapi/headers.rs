//! The headers of requests and responses.

use std::mem::take;

use serde_json::json;
use utoipa::IntoParams;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Components, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required};

use super::schemas::{self, both};
use crate::domain::idempotency::KEY_CHARS_MAX;
use crate::messages::id;

pub const LOCATION: &str = "Location";
/// The component of `Location` where an operation was created.
pub const OPERATION_LOCATION: &str = "OperationLocation";
/// The component of `Location` where a hold was placed.
pub const HOLD_LOCATION: &str = "HoldLocation";
/// The component of `Location` where a webhook was made.
pub const WEBHOOK_LOCATION: &str = "WebhookLocation";
pub const RETRY_AFTER: &str = "Retry-After";
pub const REPLAYED: &str = "Idempotency-Replayed";
/// Of a statement alone: whether it has the same bytes for ever.
pub const STATEMENT_FINAL: &str = "Statement-Final";
pub const REQUEST_ID: &str = "X-Request-Id";
pub const WWW_AUTHENTICATE: &str = "WWW-Authenticate";

const WALLET_PATH: &str =
    "/api/wallets/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/";

/// The components, with the headers of responses.
pub fn add(mut components: Components) -> Components {
    let headers = [
        (LOCATION, location()),
        (OPERATION_LOCATION, operation_location()),
        (HOLD_LOCATION, hold_location()),
        (WEBHOOK_LOCATION, webhook_location()),
        (RETRY_AFTER, retry_after()),
        (REPLAYED, replayed()),
        (REQUEST_ID, response_request_id()),
        (WWW_AUTHENTICATE, challenge()),
    ];
    components
        .headers
        .extend(headers.map(|(name, header)| (name.to_owned(), RefOr::T(header))));
    components
}

/// A reference to one of the headers of responses.
pub fn named(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// The document of one operation, whose response of that status has these headers.
pub fn of_response<const N: usize>(
    mut document: OpenApi,
    status: &str,
    components: [&str; N],
) -> OpenApi {
    let items = document.paths.paths.values_mut();
    let operations = items.flat_map(|item| item.post.iter_mut().chain(&mut item.patch));
    let responses = operations.filter_map(|one| one.responses.responses.get_mut(status));
    for response in responses {
        if let RefOr::T(response) = response {
            let described =
                components
                    .iter()
                    .fold(take(response).into(), |response: ResponseBuilder, name| {
                        let header = if name.ends_with(LOCATION) {
                            LOCATION
                        } else {
                            name
                        };
                        response.header_ref(header, named(name))
                    });
            *response = described.build();
        }
    }
    document
}

/// The key of an operation, among the parameters of a handler.
pub struct OperationKey;

impl IntoParams for OperationKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![operation_key()]
    }
}

/// The wallet in an address.
pub fn wallet() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .examples(["47c6a995-7685-412c-99fe-4259db91f18f"]);
    ParameterBuilder::new()
        .name("wallet")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(both(id!("openapi-wallet"))))
        .schema(Some(schema))
        .build()
}

/// The key under which an operation happens once.
pub fn operation_key() -> Parameter {
    idempotency_key(&both(id!("openapi-operation-key")))
}

/// The key under which a user is registered once.
pub fn registration_key() -> Parameter {
    idempotency_key(&both(id!("openapi-registration-key")))
}

fn idempotency_key(description: &str) -> Parameter {
    let (first, rest) = ("[!#-~]", KEY_CHARS_MAX - 1);
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!(
            r#"^({first}[!-~]{{0,{rest}}}|"([!#-\[\]-~]|\\["\\]){{1,{KEY_CHARS_MAX}}}")$"#
        )))
        .examples(["rent-2031-05"]);
    request_header("Idempotency-Key", schema, description)
}

/// The client's id for its request.
pub fn request_id() -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    request_header(REQUEST_ID, schema, &both(id!("openapi-request-id")))
}

fn request_header(name: &str, schema: ObjectBuilder, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn location() -> Header {
    let schema = schemas::text(
        id!("openapi-location"),
        "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/",
    );
    always(schema.pattern(Some(format!("^{WALLET_PATH}$"))))
}

fn operation_location() -> Header {
    let schema = schemas::text(
        id!("openapi-operation-location"),
        "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/operations/7/",
    );
    always(schema.pattern(Some(format!("^{WALLET_PATH}operations/[1-9][0-9]*/$"))))
}

fn hold_location() -> Header {
    let schema = schemas::text(
        id!("openapi-hold-location"),
        "/api/wallets/47c6a995-7685-412c-99fe-4259db91f18f/holds/8/",
    );
    always(schema.pattern(Some(format!("^{WALLET_PATH}holds/[1-9][0-9]*/$"))))
}

fn webhook_location() -> Header {
    let schema = schemas::text(
        id!("openapi-webhook-location"),
        "/api/webhooks/5f0c0b6e-7a55-4a0b-8e0e-4a1b2c3d4e5f/",
    );
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    always(schema.pattern(Some(format!("^/api/webhooks/{id}/$"))))
}

fn retry_after() -> Header {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .description(Some(both(id!("openapi-retry-after"))))
        .examples([1]);
    always(schema)
}

fn challenge() -> Header {
    always(schemas::text(id!("openapi-challenge"), "Bearer"))
}

/// Not in every response, hence not required.
fn replayed() -> Header {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([json!("true")]))
        .description(Some(both(id!("openapi-replayed"))));
    HeaderBuilder::new().schema(Some(schema)).build()
}

fn response_request_id() -> Header {
    let schema = schemas::text(
        id!("openapi-answered-request-id"),
        "3f1c7a52-5d0e-4c8b-9f6e-0a1b2c3d4e5f",
    )
    .pattern(Some("^[!-~]{1,128}$"));
    always(schema)
}

/// A required header. utoipa (6.0) has no field for that; its extensions are written beside its own fields.
fn always(schema: ObjectBuilder) -> Header {
    let required = Extensions::from_iter([("required", true)]);
    HeaderBuilder::new()
        .schema(Some(schema))
        .extensions(Some(required))
        .build()
}

#[cfg(test)]
mod tests {
    use super::super::super::idempotency::IDEMPOTENCY_KEY;
    use super::*;

    #[test]
    fn headers_are_documented_under_the_names_that_are_read() {
        for key in [operation_key(), registration_key()] {
            assert_eq!(key.name.to_lowercase(), IDEMPOTENCY_KEY.as_str());
        }
    }
}
