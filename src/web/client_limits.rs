//! The limits of clients, checked before a request reaches any service.
//!
//! 1. The rate of its client ([`RateLimit`]): 429, with `Retry-After`.
//! 2. The host that it names ([`AllowedHosts`]): 400.
//!
//! `/livez` and `/readyz` are exempt, because orchestrators request those often, and by address. Without any limit the
//! middleware is left out, see [`ClientLimits::are_off`].

use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse};

use super::body::{BodyWait, IncomingBody};
use super::client::{self, Network};
use super::error::Refusal;
use super::metrics::HttpMetrics;
use super::rate::{RateExceeded, RateLimit};
use super::{PROBES, RouteMatcher, unread_body};
use crate::config::{AllowedHosts, ClientRate};

/// The limits that every request is checked against.
pub struct ClientLimits {
    rate: Option<RateLimit<Network>>,
    hosts: AllowedHosts,
}

impl ClientLimits {
    #[must_use]
    pub fn new(rate: Option<ClientRate>, hosts: AllowedHosts) -> Self {
        Self {
            rate: rate.map(RateLimit::new),
            hosts,
        }
    }

    /// Whether there is no limit.
    #[must_use]
    pub fn are_off(&self) -> bool {
        self.rate.is_none() && self.hosts.allow_any()
    }

    fn admit(&self, request: &ServiceRequest) -> Result<(), Refusal> {
        if PROBES.contains(&request.path()) {
            return Ok(());
        }
        if let Some(rate) = &self.rate {
            let taken = rate.take(Network::of(client::address(request.request())));
            taken.map_err(|RateExceeded(wait)| Refusal::RateLimited { wait })?;
        }
        if self.hosts.allow_any() {
            return Ok(());
        }
        let host = client::asked_host(request.request());
        let allowed = host.is_some_and(|host| self.hosts.allow(host));
        allowed.then_some(()).ok_or(Refusal::UnknownHost)
    }
}

/// The middleware; inside `request_log`, for `actix_web::middleware::from_fn`. The application's data must hold a
/// `web::Data<ClientLimits>`.
///
/// # Errors
/// Those of the services inside, as they are.
pub async fn client_limits(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let began = Instant::now();
    let admitted = match request.app_data::<Data<ClientLimits>>() {
        Some(limits) => limits.admit(&request),
        None => Ok(()),
    };
    match admitted {
        Ok(()) => Ok(next.call(request).await?.map_into_left_body()),
        Err(error) => Ok(refuse(request, error, began).map_into_right_body()),
    }
}

fn refuse(mut request: ServiceRequest, error: Refusal, began: Instant) -> ServiceResponse {
    // It is never read.
    let body = IncomingBody::new(request.take_payload(), BodyWait(Duration::ZERO));
    let matcher = request.app_data::<Data<RouteMatcher>>();
    let response = match matcher {
        Some(matcher) => (matcher.refuse)(error, request.request()),
        None => HttpResponse::from_error(error),
    };
    if let Some(metrics) = request.app_data::<Data<HttpMetrics>>() {
        let route = matcher.and_then(|matcher| (matcher.find)(request.path()).template);
        metrics.answered(
            route.unwrap_or("unknown"),
            response.status(),
            began.elapsed(),
        );
    }
    request.into_response(unread_body::hold(response, body))
}
