//! What is looked at before a request reaches any service.
//!
//! 1. How often its client asks ([`RateLimit`]): 429, with the seconds after which to come again.
//! 2. Which host it asks for ([`AllowedHosts`]): 400.
//!
//! `/livez` and `/readyz` are let through, because whoever asks those asks often, and by address. With nothing to look
//! at there is no gate, see [`Gate::is_open`].

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse};

use super::body::{BodyWait, IncomingBody};
use super::error::Error;
use super::metrics::HttpMetrics;
use super::rate::{RateLimit, TooOften};
use super::routing::Route;
use super::{client, health, unread};
use crate::config::{AllowedHosts, ClientRate};

/// What every request is held against.
pub struct Gate {
    rate: Option<RateLimit>,
    hosts: AllowedHosts,
}

impl Gate {
    #[must_use]
    pub fn new(rate: Option<ClientRate>, hosts: AllowedHosts) -> Self {
        Self {
            rate: rate.map(RateLimit::new),
            hosts,
        }
    }

    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rate.is_none() && self.hosts.allow_any()
    }

    fn admit(&self, request: &ServiceRequest) -> Result<(), Error> {
        if health::PATHS.contains(&request.path()) {
            return Ok(());
        }
        if let (Some(rate), Some(client)) = (&self.rate, client::address(request.request())) {
            let taken = rate.take(client);
            taken.map_err(|TooOften(wait)| Error::TooOften { wait })?;
        }
        if self.hosts.allow_any() {
            return Ok(());
        }
        let host = client::asked_host(request.request());
        let allowed = host.is_some_and(|host| self.hosts.allow(host));
        allowed.then_some(()).ok_or(Error::UnknownHost)
    }
}

/// The middleware; inside `request_log`, for `actix_web::middleware::from_fn`. The application's data must hold a
/// `web::Data<Gate>`.
///
/// # Errors
/// Those of the services inside, as they are.
pub async fn gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let began = Instant::now();
    let admitted = match request.app_data::<Data<Gate>>() {
        Some(gate) => gate.admit(&request),
        None => Ok(()),
    };
    match admitted {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => Ok(refuse(request, error, began).map_into_right_body()),
    }
}

fn refuse(mut request: ServiceRequest, error: Error, began: Instant) -> ServiceResponse {
    // Nobody will wait for it.
    let body = IncomingBody::new(request.take_payload(), BodyWait(Duration::ZERO));
    let response = HttpResponse::from_error(error);
    if let Some(metrics) = request.app_data::<Data<HttpMetrics>>() {
        let route = Route::find(request.path());
        metrics.answered(&route, response.status(), began.elapsed());
    }
    request.into_response(unread::keep(response, body))
}
