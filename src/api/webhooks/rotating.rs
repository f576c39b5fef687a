//! `POST /api/webhooks/{webhook}/rotate/`: another secret. The one before signs as well for a day, so that a receiver can change over
//! without a delivery that it refuses.
//!
//! Two secrets sign at most: to rotate again within the day ends the first one at once.

use actix_web::HttpResponse;
use actix_web::http::Method;
use utoipa::{OpenApi, ToSchema};

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::openapi::headers::{self, REPLAYED};
use super::super::openapi::holds::with_optional_bodies;
use super::super::openapi::refusals::{self, of_a_key, of_the_client_limits, of_the_engine};
use super::super::openapi::schemas::both;
use super::super::resource::{Answer, Call, Endpoint, Handler, Refusal, Resource};
use super::super::webhook_body::{self as body, MadeBody};
use super::super::{idempotency, members};
use super::service::{self, Service};
use super::{PERMISSION, asked, of_a_webhook};
use crate::events::webhooks::{WebhookSecret, request_hash};
use crate::messages::id;
use crate::web::body::BODY_MAX_BYTES;

/// Gives a webhook another secret.
pub static ROTATE: Resource = Resource {
    template: "/api/webhooks/{webhook}/rotate/",
    name: "Webhook Rotation",
    description: "Gives a webhook another secret; the present one signs as well for a day.",
    endpoints: &[Endpoint {
        method: Method::POST,
        handler: Handler::Resource(|call| Box::pin(rotate(call))),
        permission: PERMISSION,
        refusals: &[
            of_nothing,
            of_a_webhook,
            of_a_key,
            refusals::of_a_json_body,
            of_the_engine,
            of_the_client_limits,
        ],
        fields: None,
    }],
    problems: true,
    document: Some(|_| {
        let document = headers::of_response(Described::openapi(), "200", [REPLAYED]);
        with_optional_bodies(document)
    }),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(rotate), components(schemas(Nothing, MadeBody)))]
struct Described;

// For the description alone.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRotation, description = both(id!("openapi-webhook-nothing")))]
struct Nothing {}

#[utoipa::path(
    post,
    path = ROTATE.template,
    tag = "webhooks",
    operation_id = "rotateWebhook",
    description = both(id!("openapi-webhook-rotate")),
    params(headers::OperationKey),
    request_body(content = Nothing, example = json!({})),
    responses((
        status = 200,
        description = both(id!("openapi-webhook-rotated")),
        body = MadeBody,
        example = body::made_example,
    )),
)]
async fn rotate(call: Call<'_>) -> Answer {
    let (service, id) = (Service::of(&call)?, call.params.webhook()?);
    let bytes = members::receive(call.request, call.body, BODY_MAX_BYTES).await?;
    asked::parse_nothing(&bytes)?;
    let key = idempotency::key(call.request.headers()).map_err(Error::IdempotencyKey)?;
    let secret = WebhookSecret::generate().map_err(service::no_secret)?;
    let principal = call.caller.principal();
    let hash = request_hash("rotate", Some(id), &());
    let request = service::request(&call, principal.as_ref(), key.as_ref(), &hash);
    let rotated = service
        .write(service.store().rotate(id, secret.as_bytes(), request))
        .await?;
    let (webhook, replayed) = service::done(rotated)?;
    let body = MadeBody::new(&webhook, (!replayed).then_some(&secret));
    let response = HttpResponse::Ok().json(body);
    Ok(idempotency::marked(response, replayed))
}

/// Of a request without any members.
pub(super) fn of_nothing() -> Vec<Refusal> {
    let unknown = Faults::one("secret", Fault::Unknown);
    vec![("wrong fields", Error::Fields(unknown))]
}
