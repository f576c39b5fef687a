//! `/api/webhooks/`: where events are delivered to. `rotating` and `replaying` change one, `set_aside` has what was given up.
//!
//! * A secret is in the answer that made it, and in no other: not in the answer to a repetition under the same key, nor in any that
//!   lists webhooks. Whoever lost the answer asks for another one by `.../rotate/`.
//! * A key that is tied to wallets makes webhooks of those wallets alone, and others do not exist for it.
//! * A webhook that is deleted is gone: to delete it again answers the same.

mod asked;
pub mod replaying;
pub mod rotating;
mod service;
pub mod set_aside;

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use self::asked::{Asked, AskedChanges};
use self::service::Service;
use super::error::Error;
use super::faults::{Fault, Faults};
use super::openapi::headers::{self, REPLAYED, WEBHOOK_LOCATION};
use super::openapi::refusals::{self, of_a_key, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::resource::{Answer, Call, Endpoint, Handler, Permission, Refusal, Resource};
use super::webhook_body::{self as body, MadeBody, StateBody, WebhookBody};
use super::webhook_refused::WebhookRefused;
use super::{idempotency, members, response};
use crate::auth::Scope;
use crate::events::webhooks::{DestinationFault, NewWebhook, Request, WebhookSecret};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// What every endpoint of webhooks takes, to read as well: who reads one learns its URL, which may have a token in it.
const PERMISSION: Permission = Permission::of(Scope::WebhooksWrite);

/// All webhooks.
pub static WEBHOOKS: Resource = Resource {
    template: "/api/webhooks/",
    name: "Webhooks",
    description: "Makes and lists webhooks: addresses that events are delivered to.",
    endpoints: &[
        Endpoint::get(
            |call| Box::pin(list(call)),
            PERMISSION,
            &[of_the_engine, of_the_client_limits],
            None,
        ),
        Endpoint {
            method: Method::POST,
            handler: Handler::Resource(|call| Box::pin(create(call))),
            permission: PERMISSION,
            refusals: &[
                of_a_new_one,
                of_a_key,
                refusals::of_a_json_body,
                of_the_engine,
                of_the_client_limits,
            ],
            fields: None,
        },
    ],
    problems: true,
    document: Some(|_| {
        let headers = [WEBHOOK_LOCATION, REPLAYED];
        headers::of_response(Described::openapi(), "201", headers)
    }),
    ..Resource::EMPTY
};

/// One webhook.
pub static WEBHOOK: Resource = Resource {
    template: "/api/webhooks/{webhook}/",
    name: "Webhook Detail",
    description: "One webhook, with how far its deliveries are.",
    endpoints: &[
        Endpoint::get(
            |call| Box::pin(one(call)),
            PERMISSION,
            &[of_a_webhook, of_the_engine, of_the_client_limits],
            None,
        ),
        Endpoint {
            method: Method::PATCH,
            handler: Handler::Resource(|call| Box::pin(change(call))),
            permission: PERMISSION,
            refusals: &[
                of_a_change,
                of_a_webhook,
                of_a_key,
                refusals::of_a_json_body,
                of_the_engine,
                of_the_client_limits,
            ],
            fields: None,
        },
        Endpoint {
            method: Method::DELETE,
            handler: Handler::Resource(|call| Box::pin(delete(call))),
            permission: PERMISSION,
            refusals: &[of_a_webhook, of_the_engine, of_the_client_limits],
            fields: None,
        },
    ],
    problems: true,
    document: Some(|_| headers::of_response(Described::openapi(), "200", [REPLAYED])),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(
    paths(list, create, one, change, delete),
    components(schemas(Asked, AskedChanges, WebhookBody, MadeBody, StateBody))
)]
struct Described;

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Webhooks, description = both(id!("openapi-webhooks")))]
struct List {
    #[schema(max_items = 100)]
    results: Vec<StateBody>,
}

#[utoipa::path(
    get,
    path = WEBHOOKS.template,
    tag = "webhooks",
    operation_id = "listWebhooks",
    description = both(id!("openapi-webhooks-list")),
    responses((
        status = 200,
        description = both(id!("openapi-webhooks")),
        body = List,
        example = list_example,
    )),
)]
async fn list(call: Call<'_>) -> Answer {
    let service = Service::of(&call)?;
    let found = service
        .read(service.store().list(call.caller.reach()))
        .await?;
    let results = found.iter().map(StateBody::from).collect();
    Ok(HttpResponse::Ok().json(List { results }))
}

#[utoipa::path(
    post,
    path = WEBHOOKS.template,
    tag = "webhooks",
    operation_id = "createWebhook",
    description = both(id!("openapi-webhook-create")),
    params(headers::OperationKey),
    request_body(content = Asked, example = asked::example),
    responses((
        status = 201,
        description = both(id!("openapi-webhook-created")),
        body = MadeBody,
        example = body::made_example,
    )),
)]
async fn create(call: Call<'_>) -> Answer {
    let service = Service::of(&call)?;
    let bytes = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let asked = asked::parse(&bytes, &call.caller, service.guard())?;
    let key = idempotency::key(call.request.headers()).map_err(Error::IdempotencyKey)?;
    if let Some(wallet) = asked.wallet {
        service.check_wallet(wallet, &call.caller).await?;
    }
    let secret = WebhookSecret::generate().map_err(service::no_secret)?;
    let cursor = service.cursor(asked.after).await?.to_string();
    let new = NewWebhook {
        url: &asked.url,
        types: asked.types.as_deref(),
        wallet: asked.wallet,
        is_enabled: asked.is_enabled,
        secret: secret.as_bytes(),
        cursor: &cursor,
    };
    let principal = call.caller.principal();
    let request = service::request(&call, principal.as_ref(), key.as_ref(), &asked.hash);
    let made = service.write(service.store().create(&new, request)).await?;
    let (webhook, replayed) = service::done(made)?;
    let location = format!("/api/webhooks/{}/", webhook.id);
    let body = MadeBody::new(&webhook, (!replayed).then_some(&secret));
    let response = response::created(&location, &body);
    Ok(idempotency::marked(response, replayed))
}

#[utoipa::path(
    get,
    path = WEBHOOK.template,
    tag = "webhooks",
    operation_id = "getWebhook",
    description = both(id!("openapi-webhook-get")),
    responses((
        status = 200,
        description = both(id!("openapi-webhook-state")),
        body = StateBody,
        example = body::state_example,
    )),
)]
async fn one(call: Call<'_>) -> Answer {
    let service = Service::of(&call)?;
    let found = service
        .read(
            service
                .store()
                .find(call.params.webhook()?, call.caller.reach()),
        )
        .await?;
    let found = found.ok_or(Error::Webhook(WebhookRefused::NotFound))?;
    Ok(HttpResponse::Ok().json(StateBody::from(&found)))
}

#[utoipa::path(
    patch,
    path = WEBHOOK.template,
    tag = "webhooks",
    operation_id = "changeWebhook",
    description = both(id!("openapi-webhook-change")),
    params(headers::OperationKey),
    request_body(content = AskedChanges, example = asked::changes_example),
    responses((
        status = 200,
        description = both(id!("openapi-webhook-changed")),
        body = WebhookBody,
        example = body::example,
    )),
)]
async fn change(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let bytes = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let (changes, hash) = asked::parse_changes(&bytes, id, service.guard())?;
    let key = idempotency::key(call.request.headers()).map_err(Error::IdempotencyKey)?;
    let principal = call.caller.principal();
    let request = service::request(&call, principal.as_ref(), key.as_ref(), &hash);
    let done = service
        .write(service.store().change(id, &changes, request))
        .await?;
    let (webhook, replayed) = service::done(done)?;
    let response = HttpResponse::Ok().json(WebhookBody::from(&webhook));
    Ok(idempotency::marked(response, replayed))
}

#[utoipa::path(
    delete,
    path = WEBHOOK.template,
    tag = "webhooks",
    operation_id = "deleteWebhook",
    description = both(id!("openapi-webhook-delete")),
    responses((status = 204, description = both(id!("openapi-webhook-deleted")))),
)]
async fn delete(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let request = Request {
        reach: call.caller.reach(),
        ..Request::default()
    };
    service.write(service.store().delete(id, request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn list_example() -> Value {
    json!({"results": [body::state_example()]})
}

/// Of every request to one webhook.
fn of_a_webhook() -> Vec<Refusal> {
    vec![("no such webhook", Error::Webhook(WebhookRefused::NotFound))]
}

/// Of a webhook to be made.
fn of_a_new_one() -> Vec<Refusal> {
    let mut wrong = Faults::one("url", Fault::Url(DestinationFault::NotHttps));
    wrong.push("types", Fault::NotOneOf(body::types()));
    wrong.push("after", Fault::NotACursor);
    wrong.push("events", Fault::Unknown);
    let no_wallet = Faults::one("wallet", Fault::NoSuchWallet);
    vec![
        ("wrong fields", Error::Fields(wrong)),
        ("no such wallet", Error::Fields(no_wallet)),
        ("too many webhooks", Error::Webhook(WebhookRefused::TooMany)),
    ]
}

/// Of a change.
fn of_a_change() -> Vec<Refusal> {
    let mut wrong = Faults::one("url", Fault::Url(DestinationFault::NotUrl));
    wrong.push("enabled", Fault::NotABoolean);
    wrong.push("wallet", Fault::Unknown);
    vec![("wrong fields", Error::Fields(wrong))]
}
