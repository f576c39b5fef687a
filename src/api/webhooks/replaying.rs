//! `POST /api/webhooks/{webhook}/replay/`: delivers once more what comes after a place in the feed.

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde_json::{Value, json};
use utoipa::{OpenApi, ToSchema};

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::openapi::headers::{self, REPLAYED};
use super::super::openapi::refusals::{self, of_a_key, of_the_client_limits, of_the_engine};
use super::super::openapi::schemas::both;
use super::super::openapi::webhooks as schemas;
use super::super::resource::{Answer, Call, Endpoint, Handler, Refusal, Resource};
use super::super::webhook_body::{self as body, WebhookBody};
use super::super::{idempotency, members};
use super::service::{self, Service};
use super::{PERMISSION, asked, of_a_webhook};
use crate::events::webhooks::request_hash;
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// Replays a webhook.
pub static REPLAY: Resource = Resource {
    template: "/api/webhooks/{webhook}/replay/",
    name: "Webhook Replay",
    description: "Delivers events once more, from a place in the feed on.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(replay(call))),
        permission: PERMISSION,
        refusals: &[
            of_a_replay,
            of_a_webhook,
            of_a_key,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: Some(|_| headers::of_response(Described::openapi(), "200", [REPLAYED])),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(replay), components(schemas(Asked, WebhookBody)))]
struct Described;

// For the description alone: `parse_replay` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookReplay, description = both(id!("openapi-webhook-replay-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
struct Asked {
    #[schema(schema_with = schemas::after)]
    after: String,
}

#[utoipa::path(
    post,
    path = REPLAY.template,
    tag = "webhooks",
    operation_id = "replayWebhook",
    description = both(id!("openapi-webhook-replay")),
    params(headers::OperationKey),
    request_body(content = Asked, example = asked_example),
    responses((
        status = 200,
        description = both(id!("openapi-webhook-replayed")),
        body = WebhookBody,
        example = body::example,
    )),
)]
async fn replay(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let bytes = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    let after = asked::parse_replay(&bytes)?;
    let key = idempotency::key(call.request.headers()).map_err(Error::IdempotencyKey)?;
    let cursor = service.cursor(after).await?.to_string();
    let principal = call.caller.principal();
    let hash = request_hash("replay", Some(id), &after.text());
    let request = service::request(&call, principal.as_ref(), key.as_ref(), &hash);
    let replayed = service
        .write(service.store().replay(id, &cursor, request))
        .await?;
    let (webhook, replayed) = service::done(replayed)?;
    let response = HttpResponse::Ok().json(WebhookBody::from(&webhook));
    Ok(idempotency::marked(response, replayed))
}

fn asked_example() -> Value {
    json!({"after": body::CURSOR})
}

/// Of a replay.
fn of_a_replay() -> Vec<Refusal> {
    let mut wrong = Faults::one("after", Fault::NotACursor);
    wrong.push("from", Fault::Unknown);
    vec![("wrong fields", Error::Fields(wrong))]
}
