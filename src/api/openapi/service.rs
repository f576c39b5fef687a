//! What operators and tools ask: the description itself, and the health of the service.

use serde_json::json;
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, OpenApi};

use super::recorded::{answer, at};
use super::schemas::{self, both};
use crate::compat::media_type::MediaType;
use crate::messages::id;

pub fn schema() -> OpenApi {
    let any = ObjectBuilder::new().schema_type(Type::Object);
    let response = ResponseBuilder::new()
        .description(both(id!("openapi-schema-document")))
        .content(
            MediaType::Json.as_str(),
            ContentBuilder::new().schema(Some(any)).build(),
        );
    let operation = OperationBuilder::new()
        .tag("service")
        .operation_id(Some("getSchema"))
        .summary(Some("Schema"))
        .description(Some(both(id!("openapi-schema"))))
        .response("200", response);
    at("/api/schema/", HttpMethod::Get, operation)
}

pub fn live() -> OpenApi {
    let well = answer(
        both(id!("openapi-live-yes")),
        schemas::named("Health"),
        json!({"status": "ok"}),
    );
    let operation = OperationBuilder::new()
        .tag("service")
        .operation_id(Some("getLiveness"))
        .summary(Some("Liveness"))
        .description(Some(both(id!("openapi-live"))))
        .response("200", well);
    at("/livez", HttpMethod::Get, operation)
}

pub fn ready() -> OpenApi {
    let well = answer(
        both(id!("openapi-ready-yes")),
        schemas::named("Health"),
        json!({"status": "ok"}),
    );
    let unwell = AnyOfBuilder::new()
        .item(schemas::named("Health"))
        .item(schemas::named("Detail"));
    let unwell = answer(
        both(id!("openapi-ready-no")),
        unwell.into(),
        json!({"status": "unavailable", "reason": "the database does not answer"}),
    );
    let operation = OperationBuilder::new()
        .tag("service")
        .operation_id(Some("getReadiness"))
        .summary(Some("Readiness"))
        .description(Some(both(id!("openapi-ready"))))
        .response("200", well)
        .response("503", unwell);
    at("/readyz", HttpMethod::Get, operation)
}
