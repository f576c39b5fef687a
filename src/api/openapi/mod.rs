//! `/api/schema/`: the description of the API, in OpenAPI 3.1.
//!
//! 1. What utoipa derives of a resource's handlers and types comes from its registration. The recorded endpoints have no such
//!    types: `recorded` describes them. `schemas`, `linked`, `holds` and `problems` have what both are made from.
//! 2. [`describe`] adds what every endpoint has: the wallet of its address, the request's id (`headers`), and its refusals.
//! 3. `refusals` makes the response to every refusal that an endpoint registers with the table of `api/error.rs`: status,
//!    body and headers of the examples are real.
//! 4. Descriptions are in English, then in Russian, the language of the contract.
//!
//! `.ci/schemathesis` tests the description from outside, with requests that it allows and requests that it does not.
//!
//! `openapi.json` is a copy; `make docs` writes it, `tests/documents.rs` compares it.

pub(super) mod access;
pub(super) mod balance;
pub(super) mod events;
pub(super) mod headers;
pub(super) mod holds;
pub(super) mod journal;
pub(super) mod linked;
pub(super) mod past_operations;
pub(super) mod problems;
pub(super) mod recorded;
pub(super) mod refusals;
pub(super) mod rules;
pub(super) mod schemas;
pub(super) mod statement;
pub(super) mod webhooks;

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::Method;
use futures_util::future::ready;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::tag::Tag;
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, Paths, RefOr, Schema};

use self::schemas::both;
use super::resource::{Endpoint, Permission, Resource};
use super::response;
use crate::messages::{Id, id};

/// Serves the document.
pub static SCHEMA: Resource = Resource {
    template: "/api/schema/",
    name: "Schema",
    description: "The description of this API, in OpenAPI 3.1.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(ready(Ok(handle(call.resources)))),
        Permission::Public,
        &[refusals::of_a_connection, refusals::of_the_client_limits],
        None,
    )],
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(utoipa::OpenApi)]
#[openapi(paths(handle))]
struct Described;

/// The document as it is served; constant while the engine runs.
static SERVED: OnceLock<String> = OnceLock::new();

#[utoipa::path(
    get,
    path = SCHEMA.template,
    tag = "service",
    operation_id = "getSchema",
    description = both(id!("openapi-schema")),
    responses((
        status = 200,
        description = both(id!("openapi-schema-document")),
        content_type = "application/json",
        body = Object,
    )),
)]
fn handle(resources: &[&Resource]) -> HttpResponse {
    let served =
        SERVED.get_or_init(|| serde_json::to_string(&describe(resources)).unwrap_or_default());
    HttpResponse::Ok()
        .insert_header(response::JSON)
        .body(served.as_str())
}

/// The document of these resources.
pub fn describe(resources: &[&Resource]) -> OpenApi {
    let mut components = access::add(headers::add(problems::add(schemas::components()).build()));
    let mut paths = Paths::new();
    for resource in resources {
        let Some(mut document) = resource.document.map(|document| document(resource)) else {
            continue;
        };
        if let Some(derived) = document.components.take() {
            components.schemas.extend(derived.schemas);
        }
        let Some(mut item) = document.paths.paths.swap_remove(resource.template) else {
            continue;
        };
        for endpoint in resource.endpoints {
            if let Some((name, fields)) = endpoint.fields {
                let errors = schemas::errors(fields).into();
                components.schemas.insert(name.to_owned(), errors);
            }
            if let Some(operation) = operation(&mut item, &endpoint.method) {
                complete(operation, resource, endpoint);
            }
        }
        paths.paths.insert(resource.template.to_owned(), item);
    }
    OpenApiBuilder::new()
        .info(info())
        .tags(Some([
            tag("wallets", id!("openapi-tag-wallets")),
            tag("webhooks", id!("openapi-tag-webhooks")),
            tag("access", id!("openapi-tag-access")),
            tag("service", id!("openapi-tag-service")),
        ]))
        .paths(paths)
        .components(Some(components))
        .build()
}

fn operation<'i>(item: &'i mut PathItem, method: &Method) -> Option<&'i mut Operation> {
    match method.as_str() {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PATCH" => item.patch.as_mut(),
        "DELETE" => item.delete.as_mut(),
        _ => None,
    }
}

/// Moves a schema's description to its parameter: utoipa's derive (6.0) gives none to a parameter with `schema_with`.
fn describe_parameter(parameter: &mut Parameter) {
    if let (None, Some(RefOr::T(Schema::Object(schema)))) =
        (&parameter.description, &mut parameter.schema)
    {
        parameter.description = schema.description.take();
    }
}

/// Adds what no endpoint describes itself: its own response of a status comes before the refusals of that status.
fn complete(operation: &mut Operation, resource: &Resource, endpoint: &Endpoint) {
    operation.summary = Some(resource.name.to_owned());
    access::require(operation, endpoint.permission);
    let mut parameters = vec![RefOr::T(headers::request_id())];
    if resource.template.contains("{wallet}") {
        parameters.push(RefOr::T(headers::wallet()));
    }
    if resource.template.contains("{webhook}") {
        parameters.push(RefOr::T(webhooks::in_address()));
    }
    parameters.extend(operation.parameters.take().unwrap_or_default());
    for parameter in &mut parameters {
        if let RefOr::T(parameter) = parameter {
            describe_parameter(parameter);
        }
    }
    operation.parameters = Some(parameters);
    let responses = &mut operation.responses.responses;
    for response in responses.values_mut() {
        if let RefOr::T(response) = response {
            let named = headers::named(headers::REQUEST_ID);
            *response = ResponseBuilder::from(std::mem::take(response))
                .header_ref(headers::REQUEST_ID, named)
                .build();
        }
    }
    for (status, refusal) in refusals::responses(endpoint, resource.problems) {
        responses.entry(status).or_insert(RefOr::T(refusal));
    }
}

fn info() -> Info {
    let mut info = Info::new("Wallet API", env!("CARGO_PKG_VERSION"));
    info.description = Some(both(id!("openapi-api")));
    info
}

fn tag(name: &str, description: Id) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(both(description));
    tag
}
