//! `/livez` and `/readyz`: what an orchestrator and a load balancer ask. They are no part of the contract, hence
//! outside `/api/`.
//!
//! * `/livez`: the process answers. The database is not looked at, for no restart of the engine brings it back.
//! * `/readyz`: a request sent here makes sense: the engine is not stopping, the database takes writes, and group commits
//!   succeed where they are asked for. Otherwise 503, with the reason.
//!
//! They are asked every few seconds: the log has a line for each change, and one for each request at `debug` alone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::guard;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use tracing::{info, warn};

use crate::engine::Engine;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;
use crate::web::error::Refusal;
use crate::web::{PROBES, connection};

/// The body of both.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// What `/readyz` answers that the engine does not know, one for the whole application.
#[derive(Debug, Default)]
pub struct Readiness {
    draining: AtomicBool,
    /// Why the last answer was 503, if it was.
    reason: Mutex<Option<&'static str>>,
}

impl Readiness {
    /// Not ready from now on, though everything is still served: the engine is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Remembers an answer; `true` if it is another than the one before.
    fn changes(&self, reason: Option<&'static str>) -> bool {
        let mut last = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *last, reason) != reason
    }
}

/// Serves both addresses. The application's data must hold a `web::Data` of [`Engine`], [`Database`] and [`Readiness`].
pub fn routes(config: &mut web::ServiceConfig) {
    let [livez, readyz] = PROBES;
    let asked = || guard::Any(guard::Get()).or(guard::Head());
    config
        .service(web::resource(livez).route(web::route().guard(asked()).to(live)))
        .service(web::resource(readyz).route(web::route().guard(asked()).to(ready)));
}

async fn live(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let _handled = connection::begin(&request)?;
    Ok(well())
}

async fn ready(
    request: HttpRequest,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
    readiness: web::Data<Readiness>,
) -> Result<HttpResponse, Refusal> {
    let _handled = connection::begin(&request)?;
    if readiness.draining.load(Ordering::Relaxed) || engine.is_stopping() {
        let reason = "the engine is stopping";
        if readiness.changes(Some(reason)) {
            info!(reason, "not ready");
        }
        return Ok(unready(reason));
    }
    match database.answers().await {
        Ok(()) => {
            if readiness.changes(None) {
                info!("ready again");
            }
            Ok(well())
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

fn reason(error: &StorageError) -> &'static str {
    match error {
        StorageError::ReadOnly | StorageError::OldPrimary { .. } => "the database takes no writes",
        StorageError::Stalled(_) => "no group commit succeeds",
        _ => "the database does not answer",
    }
}

fn well() -> HttpResponse {
    HttpResponse::Ok().json(Health {
        status: "ok",
        reason: None,
    })
}

fn unready(reason: &'static str) -> HttpResponse {
    HttpResponse::ServiceUnavailable().json(Health {
        status: "unavailable",
        reason: Some(reason),
    })
}
