//! `/api/webhooks/{webhook}/set-aside/`: events that were given up after three days, and `.../{id}/send/`, which has one sent again.
//!
//! What is sent again comes out of order, as its wallet has gone on; a receiver tells by the number of the operation. Delivered, it is
//! set aside no more; refused once more, it stays.

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::openapi::headers::{self, REPLAYED};
use super::super::openapi::holds::{self as pages, with_optional_bodies};
use super::super::openapi::refusals::{self, of_a_key, of_the_client_limits, of_the_engine};
use super::super::openapi::schemas::both;
use super::super::openapi::webhooks as schemas;
use super::super::query::PageLimit;
use super::super::resource::{Answer, Call, Endpoint, Handler, Refusal, Resource};
use super::super::webhook_body::{self as body, SetAsideBody};
use super::super::webhook_refused::WebhookRefused;
use super::super::{cursor, idempotency, members, query};
use super::rotating::of_nothing;
use super::service::{self, Service};
use super::{PERMISSION, asked, of_a_webhook};
use crate::events::webhooks::{WebhookId, request_hash};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;
use crate::web::redirect;

/// What a webhook set aside.
pub static SET_ASIDE: Resource = Resource {
    template: "/api/webhooks/{webhook}/set-aside/",
    name: "Webhook Events Set Aside",
    description: "Events that could not be delivered in three days.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(page(call)),
        PERMISSION,
        &[of_a_page, of_a_webhook, of_the_engine, of_the_client_limits],
        None,
    )],
    problems: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

/// Sends one again.
pub static SEND: Resource = Resource {
    template: "/api/webhooks/{webhook}/set-aside/{id}/send/",
    name: "Webhook Event Sent Again",
    description: "Has an event that was set aside sent again.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(send(call))),
        permission: PERMISSION,
        refusals: &[
            of_nothing,
            of_an_event,
            of_a_key,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: Some(|_| {
        let document = headers::of_response(Described::openapi(), "202", [REPLAYED]);
        with_optional_bodies(document)
    }),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(page, send), components(schemas(Nothing, SetAsideBody)))]
struct Described;

// For the description alone: `parse` reads the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described, and read by name")]
struct Filters {
    #[param(schema_with = schemas::limits)]
    limit: Option<String>,
    #[param(schema_with = pages::cursors)]
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventsSetAside, description = both(id!("openapi-webhook-set-aside-page")))]
struct Page {
    #[schema(required, schema_with = schemas::next)]
    next: Option<String>,
    #[schema(max_items = 200)]
    results: Vec<SetAsideBody>,
}

// For the description alone.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookSending, description = both(id!("openapi-webhook-nothing")))]
struct Nothing {}

#[utoipa::path(
    get,
    path = SET_ASIDE.template,
    tag = "webhooks",
    operation_id = "listEventsSetAside",
    description = both(id!("openapi-webhook-set-aside")),
    params(Filters),
    responses((
        status = 200,
        description = both(id!("openapi-webhook-set-aside-page")),
        body = Page,
        example = page_example,
    )),
)]
async fn page(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let given = call.request.uri().query().unwrap_or_default();
    let (below, limit) = parse(id, given)?;
    let store = service.store();
    let found = service.read(store.find(id, call.caller.reach())).await?;
    found.ok_or(Error::Webhook(WebhookRefused::NotFound))?;
    // One more tells whether there is another page.
    let events = store.set_aside(id, below, i64::from(limit) + 1);
    let mut events = service.read(events).await?;
    let has_more = events.len() > usize::from(limit);
    events.truncate(limit.into());
    let last = events.last().filter(|_| has_more);
    let next = last.map(|last| link(id, limit, last.id));
    let results = events.iter().map(SetAsideBody::from).collect();
    Ok(HttpResponse::Ok().json(Page { next, results }))
}

#[utoipa::path(
    post,
    path = SEND.template,
    tag = "webhooks",
    operation_id = "sendEventAgain",
    description = both(id!("openapi-webhook-send")),
    params(schemas::SetAsideId, headers::OperationKey),
    request_body(content = Nothing, example = json!({})),
    responses((
        status = 202,
        description = both(id!("openapi-webhook-sent")),
        body = SetAsideBody,
        example = body::set_aside_example,
    )),
)]
async fn send(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let number = call.params.id.ok_or(NO_EVENT)?;
    let bytes = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    asked::parse_nothing(&bytes)?;
    let key = idempotency::key(call.request.headers()).map_err(Error::IdempotencyKey)?;
    let principal = call.caller.principal();
    let hash = request_hash("send", Some(id), &number);
    let request = service::request(&call, principal.as_ref(), key.as_ref(), &hash);
    let sent = service
        .write(service.store().send_again(id, number, request))
        .await?;
    let (event, replayed) = service::done(sent).map_err(|error| match error {
        Error::Webhook(WebhookRefused::NotFound) => NO_EVENT,
        error => error,
    })?;
    let response = HttpResponse::Accepted().json(SetAsideBody::from(&event));
    Ok(idempotency::marked(response, replayed))
}

const NO_EVENT: Error = Error::Webhook(WebhookRefused::EventNotFound);

fn parse(id: WebhookId, query: &str) -> Result<(Option<i64>, u16), Error> {
    let mut given = query::Query::read(["limit", "cursor"], query);
    let limit = given.limit(PageLimit::LIST);
    let below = given.optional("cursor", |text| {
        cursor::read(&scope(id), text).ok_or(Fault::NotACursor)
    });
    given.finish()?;
    Ok((below, limit))
}

/// The address of the page that begins below that event.
fn link(id: WebhookId, limit: u16, below: i64) -> String {
    redirect::address(
        &format!("/api/webhooks/{id}/set-aside/"),
        &[
            ("limit", &limit.to_string()),
            ("cursor", &cursor::written(&scope(id), below)),
        ],
    )
}

/// What a cursor is of.
fn scope(id: WebhookId) -> String {
    format!("{id} set aside")
}

fn page_example() -> Value {
    json!({"next": null, "results": [body::set_aside_example()]})
}

/// Of a request for a page.
fn of_a_page() -> Vec<Refusal> {
    let mut wrong = Faults::one("limit", PageLimit::LIST.fault());
    wrong.push("cursor", Fault::NotACursor);
    vec![("wrong fields", Error::Fields(wrong))]
}

/// Of a request for one event.
fn of_an_event() -> Vec<Refusal> {
    vec![
        ("no such webhook", Error::Webhook(WebhookRefused::NotFound)),
        ("no such event", NO_EVENT),
    ]
}
