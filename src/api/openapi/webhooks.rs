//! The schemas of webhooks.

use std::borrow::Cow;

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Required};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::super::webhook_body::{
    CURSOR, ID, MadeBody, SECRET, SetAsideBody, StateBody, WebhookBody, types,
};
use super::linked::{boolean, boolean_or_null, or_null, uuid};
use super::schemas::{both, closed, constant, number, text, time};
use crate::domain::history::PAGE_MAX;
use crate::events::webhooks::URL_CHARS_MAX;
use crate::messages::{Id, id};

/// The format of a place in the feed.
const CURSOR_PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{16}-[0-9a-f]{32}-[0-9a-f]{16}$";

/// The number of an event that was set aside, in an address, among the parameters of a handler.
pub struct SetAsideId;

impl IntoParams for SetAsideId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = number(id!("openapi-webhook-set-aside-id"), 3);
        let parameter = ParameterBuilder::new()
            .name("id")
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .schema(Some(number))
            .build();
        vec![parameter]
    }
}

/// The webhook in an address.
pub fn in_address() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("uuid".to_owned())))
        .examples([ID]);
    ParameterBuilder::new()
        .name("webhook")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(both(id!("openapi-webhook-id"))))
        .schema(Some(schema))
        .build()
}

impl PartialSchema for WebhookBody {
    fn schema() -> RefOr<Schema> {
        webhook()
            .description(Some(both(id!("openapi-webhook"))))
            .into()
    }
}

impl ToSchema for WebhookBody {
    fn name() -> Cow<'static, str> {
        "Webhook".into()
    }
}

impl PartialSchema for MadeBody {
    fn schema() -> RefOr<Schema> {
        let secret = text(id!("openapi-webhook-secret"), SECRET)
            .pattern(Some("^whsec_[A-Za-z0-9+/]{32,88}={0,2}$"));
        webhook()
            .property("secret", or_null(secret, Type::String))
            .required("secret")
            .description(Some(both(id!("openapi-webhook-made"))))
            .into()
    }
}

impl ToSchema for MadeBody {
    fn name() -> Cow<'static, str> {
        "WebhookWithSecret".into()
    }
}

impl PartialSchema for StateBody {
    fn schema() -> RefOr<Schema> {
        let at = |description| past_or_null(description, "2031-05-01T12:30:00.123456Z");
        let failure = text(
            id!("openapi-webhook-last-failure"),
            "the receiver answered 500",
        );
        let progress = closed([
            ("cursor", cursor(id!("openapi-webhook-cursor"))),
            ("waiting", count(id!("openapi-webhook-waiting"))),
            ("set_aside", count(id!("openapi-webhook-set-aside-count"))),
            ("last_success_at", at(id!("openapi-webhook-last-success"))),
            (
                "last_failure_at",
                at(id!("openapi-webhook-last-failure-at")),
            ),
            ("last_failure", or_null(failure, Type::String)),
        ])
        .description(Some(both(id!("openapi-webhook-progress"))));
        webhook()
            .property("progress", progress)
            .required("progress")
            .description(Some(both(id!("openapi-webhook-state"))))
            .into()
    }
}

impl ToSchema for StateBody {
    fn name() -> Cow<'static, str> {
        "WebhookState".into()
    }
}

impl PartialSchema for SetAsideBody {
    fn schema() -> RefOr<Schema> {
        let wallet = uuid(
            id!("openapi-webhook-event-wallet"),
            "47c6a995-7685-412c-99fe-4259db91f18f",
        );
        let status = count(id!("openapi-webhook-last-status"));
        let error = text(
            id!("openapi-webhook-last-error"),
            "the receiver answered 500",
        );
        closed([
            ("id", number(id!("openapi-webhook-set-aside-id"), 3)),
            ("cursor", cursor(id!("openapi-webhook-event-cursor"))),
            (
                "type",
                text(id!("openapi-webhook-event-type"), "operation.deposit"),
            ),
            ("wallet", or_null(wallet, Type::String)),
            (
                "operation",
                or_null(
                    number(id!("openapi-webhook-event-operation"), 7),
                    Type::Integer,
                ),
            ),
            (
                "set_aside_at",
                time(
                    id!("openapi-webhook-set-aside-at"),
                    "2031-05-04T12:00:00.123456Z",
                ),
            ),
            ("attempts", count(id!("openapi-webhook-attempts"))),
            ("last_status", or_null(status, Type::Integer)),
            ("last_error", or_null(error, Type::String)),
            (
                "send_requested_at",
                past_or_null(
                    id!("openapi-webhook-send-requested-at"),
                    "2031-05-05T09:00:00.123456Z",
                ),
            ),
        ])
        .description(Some(both(id!("openapi-webhook-event"))))
        .into()
    }
}

impl ToSchema for SetAsideBody {
    fn name() -> Cow<'static, str> {
        "EventSetAside".into()
    }
}

fn webhook() -> ObjectBuilder {
    let created_at = time(
        id!("openapi-webhook-created-at"),
        "2031-05-01T12:00:00.123456Z",
    );
    let updated_at = time(
        id!("openapi-webhook-updated-at"),
        "2031-05-01T12:00:00.123456Z",
    );
    let old_secret_until = past_or_null(
        id!("openapi-webhook-old-secret-until"),
        "2031-05-02T12:00:00.123456Z",
    );
    closed([
        ("id", uuid(id!("openapi-webhook-id"), ID)),
        ("url", url()),
        ("wallet", wallet_or_null()),
        ("enabled", enabled()),
        ("created_at", created_at),
        ("updated_at", updated_at),
        ("old_secret_until", old_secret_until),
    ])
    .property("types", types_or_null())
    .required("types")
}

/// Where deliveries go.
pub fn url() -> ObjectBuilder {
    text(
        id!("openapi-webhook-url"),
        "https://hooks.example.com/wallets",
    )
    .format(Some(SchemaFormat::Custom("uri".to_owned())))
    .min_length(Some(1))
    .max_length(Some(URL_CHARS_MAX))
}

/// The types of events, or all of them.
pub fn types_or_null() -> ArrayBuilder {
    let one = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(types().iter().copied()));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(one)
        .min_items(Some(1))
        .description(Some(both(id!("openapi-webhook-types"))))
}

/// The wallet whose events are delivered, or all of them.
pub fn wallet_or_null() -> ObjectBuilder {
    let wallet = uuid(
        id!("openapi-webhook-wallet"),
        "47c6a995-7685-412c-99fe-4259db91f18f",
    );
    or_null(wallet, Type::String)
}

/// Whether events are delivered.
pub fn enabled() -> ObjectBuilder {
    boolean(id!("openapi-webhook-enabled"))
}

/// Whether events are delivered, in a request.
pub fn enabled_or_null() -> ObjectBuilder {
    boolean_or_null(id!("openapi-webhook-enabled"))
}

/// Where deliveries begin.
pub fn after() -> AnyOfBuilder {
    AnyOfBuilder::new()
        .item(constant("now"))
        .item(constant("start"))
        .item(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(CURSOR_PATTERN)),
        )
        .description(Some(both(id!("openapi-webhook-after"))))
        .examples(["now"])
}

/// Where deliveries begin, in a request that may leave it open.
pub fn after_or_null() -> AnyOfBuilder {
    after().item(ObjectBuilder::new().schema_type(Type::Null))
}

/// The address of the next page of what was set aside.
pub fn next() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(both(id!("openapi-webhook-set-aside-next"))))
}

/// The size of a page of what was set aside.
pub fn limits() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .description(Some(both(id!("openapi-webhook-set-aside-limit"))))
}

fn cursor(description: Id) -> ObjectBuilder {
    text(description, CURSOR).pattern(Some(CURSOR_PATTERN))
}

fn count(description: Id) -> ObjectBuilder {
    number(description, 1).minimum(Some(0))
}

fn past_or_null(description: Id, example: &str) -> ObjectBuilder {
    or_null(time(description, example), Type::String)
}
