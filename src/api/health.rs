//! `/livez` and `/readyz`: what an orchestrator and a load balancer request. They are no part of the contract, hence
//! outside `/api/`.
//!
//! * `/livez`: the process answers. The database is not queried, for no restart of the engine brings it back.
//! * `/readyz`: a request sent here makes sense: the engine is not stopping, the database takes writes, and group commits
//!   succeed if any are attempted. Otherwise 503, with the reason.
//!
//! They are requested every few seconds: the log has a line for each change, and one for each request at `debug` alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::{HttpResponse, web};
use serde::Serialize;
use tracing::{info, warn};
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, PartialSchema, ToSchema};

use super::error::Error;
use super::openapi::refusals::of_a_connection;
use super::openapi::schemas::{self, both};
use super::resource::{Answer, Call, Endpoint, Permission, Resource};
use crate::messages::id;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;
use crate::web::PROBES;

/// Whether the process serves.
pub static LIVE: Resource = Resource {
    template: PROBES[0],
    name: "Liveness",
    description: "Whether the process serves.",
    endpoints: &[Endpoint::get(
        |_| Box::pin(std::future::ready(Ok(live()))),
        Permission::Public,
        &[of_a_connection],
        None,
    )],
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

/// Whether a request makes sense.
pub static READY: Resource = Resource {
    template: PROBES[1],
    name: "Readiness",
    description: "Whether the database answers, and no stop is under way.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(ready(call)),
        Permission::Public,
        &[of_a_connection],
        None,
    )],
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(live, ready))]
struct Described;

// The body of both.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Health {
    #[schema(inline)]
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Unavailable,
}

/// The body of a 503, which a connection above the limit has as well.
struct NotReady;

/// The state behind `/readyz`, one for the whole application.
pub struct Readiness {
    database: Database,
    draining: AtomicBool,
    /// Why the last response was 503, if it was.
    reason: Mutex<Option<&'static str>>,
}

impl Readiness {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            draining: AtomicBool::new(false),
            reason: Mutex::new(None),
        }
    }

    /// Reports not ready from now on, while everything is still served: the engine is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Stores the reason of a response; `true` if it differs from the previous one.
    fn changes(&self, reason: Option<&'static str>) -> bool {
        let mut last = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, reason) != reason
    }
}

#[utoipa::path(
    get,
    path = LIVE.template,
    tag = "service",
    operation_id = "getLiveness",
    description = both(id!("openapi-live")),
    responses((
        status = 200,
        description = both(id!("openapi-live-yes")),
        body = Health,
        example = json!({"status": "ok"}),
    )),
)]
fn live() -> HttpResponse {
    healthy()
}

#[utoipa::path(
    get,
    path = READY.template,
    tag = "service",
    operation_id = "getReadiness",
    description = both(id!("openapi-ready")),
    responses(
        (
            status = 200,
            description = both(id!("openapi-ready-yes")),
            body = Health,
            example = json!({"status": "ok"}),
        ),
        (
            status = 503,
            description = both(id!("openapi-ready-no")),
            body = inline(NotReady),
            example = json!({"status": "unavailable", "reason": "the database does not answer"}),
        ),
    ),
)]
async fn ready(call: Call<'_>) -> Answer {
    let readiness = call.request.app_data::<web::Data<Readiness>>();
    let readiness = readiness.ok_or(Error::NoSuchPath)?;
    if readiness.draining.load(Ordering::Relaxed) || call.engine.is_stopping() {
        let reason = "the engine is stopping";
        if readiness.changes(Some(reason)) {
            info!(reason, "not ready");
        }
        return Ok(unready(reason));
    }
    match readiness.database.answers().await {
        Ok(()) => {
            if readiness.changes(None) {
                info!("ready again");
            }
            Ok(healthy())
        }
        Err(error) => {
            let reason = reason(&error);
            if readiness.changes(Some(reason)) {
                warn!(reason, error = %chain(&error), "not ready");
            }
            Ok(unready(reason))
        }
    }
}

impl ToSchema for NotReady {}

impl PartialSchema for NotReady {
    fn schema() -> RefOr<Schema> {
        let bodies = AnyOfBuilder::new().item(schemas::named("Health"));
        bodies.item(schemas::named("Detail")).into()
    }
}

fn reason(error: &StorageError) -> &'static str {
    match error {
        StorageError::ReadOnly | StorageError::OldPrimary { .. } => "the database takes no writes",
        StorageError::Stalled(_) => "no group commit succeeds",
        _ => "the database does not answer",
    }
}

fn healthy() -> HttpResponse {
    HttpResponse::Ok().json(Health {
        status: Status::Ok,
        reason: None,
    })
}

fn unready(reason: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(Health {
        status: Status::Unavailable,
        reason: Some(reason),
    })
}
