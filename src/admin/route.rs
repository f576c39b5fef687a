//! Routes of the panel. Each handler runs under a guard, so that a panic costs one request and a page does not wait
//! without end.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::{Route, guard, web};

use super::error::AdminError;
use crate::failpoint;
use crate::web::catch_panic::catch_panic_within;

/// How long a page may take, among the application's data.
pub struct PageMax(pub Duration);

/// A route of a page: GET, and HEAD, which actix's own `web::get` leaves out.
pub fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A route that moves no money. It ends with an error after [`PageMax`].
pub fn page(route: Route) -> Route {
    route.wrap(from_fn(async |request: ServiceRequest, next| {
        let Some(limit) = request.app_data::<web::Data<PageMax>>() else {
            let missing = AdminError::Status(StatusCode::INTERNAL_SERVER_ERROR);
            return Ok(request.error_response(missing));
        };
        let limit = limit.0;
        guarded(request, next, limit).await
    }))
}

/// A route that moves money. Only its parts have limits, and they answer with the form and its key: a limit on the whole
/// would lose the key of an operation that may still happen.
pub fn money(route: Route) -> Route {
    route.wrap(from_fn(async |request, next: Next<BoxBody>| {
        guarded(request, next, Duration::MAX).await
    }))
}

/// Within a route a clone of the request may outlive the handler (outside, actix 4.17 needs the only one), so a panic or
/// a timeout is answered like any other error: with a line in the log, a request id and a status.
async fn guarded(
    request: ServiceRequest,
    next: Next<BoxBody>,
    limit: Duration,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let cloned = request.request().clone();
    let answer = catch_panic_within(limit, async {
        failpoint::reach("panel");
        next.call(request).await
    });
    match answer.await {
        Ok(answer) => answer,
        Err(refusal) => Ok(ServiceResponse::from_err(AdminError::Web(refusal), cloned)),
    }
}
