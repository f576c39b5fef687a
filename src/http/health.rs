//! `/livez` and `/readyz`: what an orchestrator and a load balancer ask. They are no part of the contract, hence
//! outside `/api/`.
//!
//! * `/livez`: the process answers. The database is not looked at, for no restart of the engine brings it back.
//! * `/readyz`: a request sent here makes sense: the engine is not stopping, the database takes writes, and group commits
//!   succeed where they are asked for. Otherwise 503, with the reason.

use actix_web::guard;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use tracing::warn;

use super::connection;
use super::error::Error;
use crate::engine::Engine;
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// Where they are.
pub const PATHS: [&str; 2] = ["/livez", "/readyz"];

/// The body of both.
#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Serves both addresses. The application's data must hold a `web::Data<Engine>` and a `web::Data<Database>`.
pub fn routes(config: &mut web::ServiceConfig) {
    let [livez, readyz] = PATHS;
    let asked = || guard::Any(guard::Get()).or(guard::Head());
    config
        .service(web::resource(livez).route(web::route().guard(asked()).to(live)))
        .service(web::resource(readyz).route(web::route().guard(asked()).to(ready)));
}

async fn live(request: HttpRequest) -> Result<HttpResponse, Error> {
    let _handled = connection::begin(&request)?;
    Ok(well())
}

async fn ready(
    request: HttpRequest,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, Error> {
    let _handled = connection::begin(&request)?;
    if engine.is_stopping() {
        return Ok(unready("the engine is stopping"));
    }
    match database.answers().await {
        Ok(()) => Ok(well()),
        Err(error) => {
            let reason = reason(&error);
            warn!(error = %chain(&error), "{reason}");
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
