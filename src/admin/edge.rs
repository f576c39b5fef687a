//! Around every answer of the panel: an error becomes a page in the reader's language, a panic costs one request, nothing
//! is waited for without end, and the strict headers are on all of them.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpResponse, ResponseError, Route, web};
use askama::Template;
use tracing::error;

use super::assets;
use super::error::{AdminError, ErrorText};
use super::lang;
use super::page::Theme;
use crate::failpoint;
use crate::messages::{Lang, text};
use crate::telemetry::chain;
use crate::web::assets::Asset;
use crate::web::error::{Answer, answer};
use crate::web::{guard, redirect};

/// What a browser may load and do on a page: what comes from here alone, and nothing inline.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// How long a page may take, among the application's data.
pub struct PageMax(pub Duration);

/// The middleware, for `actix_web::middleware::from_fn`.
///
/// # Errors
/// None of the panel's: whatever went wrong is a page.
pub async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let reader = Reader {
        lang: lang::of_request(request.request()),
        theme: Theme::of_request(request.request()),
    };
    // No text that PostgreSQL could hold has it, so nothing is looked for by it.
    if request.uri().to_string().contains("%00") {
        let failure = Failure::new(&AdminError::NotFound, reader);
        return Ok(request.into_response(HttpResponse::from_error(failure)));
    }
    let mut answer = next.call(request).await?.map_into_boxed_body();
    if let Some(failure) = failure(&answer, reader) {
        let (request, _) = answer.into_parts();
        answer = ServiceResponse::new(request, HttpResponse::from_error(failure));
    }
    secure(answer.headers_mut());
    Ok(answer)
}

/// A route that moves no money: given up after [`PageMax`].
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

/// A route that moves money. It has no limit but those of its parts, which answer with its form and key: cut off here, it
/// would lose the key of what may still happen.
pub fn money(route: Route) -> Route {
    route.wrap(from_fn(async |request, next: Next<BoxBody>| {
        guarded(request, next, Duration::MAX).await
    }))
}

/// Within a route the request may be kept (actix 4.17 still needs it for itself before), so a panic or a time-out has an
/// answer like any other: with its line in the log, its id and its status.
async fn guarded(
    request: ServiceRequest,
    next: Next<BoxBody>,
    limit: Duration,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let kept = request.request().clone();
    let answer = guard::caught_within(limit, async {
        failpoint::reach("panel");
        next.call(request).await
    });
    match answer.await {
        Ok(answer) => answer,
        Err(refusal) => Ok(ServiceResponse::from_err(AdminError::Web(refusal), kept)),
    }
}

/// What is wrong with the answer, if it has no page of its own that says so.
fn failure(answer: &ServiceResponse<BoxBody>, reader: Reader) -> Option<Failure> {
    let error = answer.response().error();
    if let Some(error) = error.and_then(|error| error.as_error::<AdminError>()) {
        return Some(Failure::new(error, reader));
    }
    let status = answer.status();
    let failed = status.is_client_error() || status.is_server_error();
    let is_page = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    (failed && !is_page).then(|| Failure::new(&AdminError::Status(status), reader))
}

fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[derive(Clone, Copy)]
struct Reader {
    lang: Lang,
    theme: Theme,
}

/// An error with its page. Its `Display` is the whole chain of causes, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{causes}")]
struct Failure {
    causes: String,
    status: StatusCode,
    page: String,
    retry_after_s: Option<u64>,
    location: Option<String>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    lang: Lang,
    theme: Theme,
    css: &'static Asset,
    script: &'static Asset,
    status: u16,
    error: ErrorText,
}

impl Failure {
    fn new(error: &AdminError, Reader { lang, theme }: Reader) -> Self {
        let page = ErrorPage {
            lang,
            theme,
            css: &assets::CSS,
            script: &assets::SCRIPT,
            status: error.status().as_u16(),
            error: error.in_language(lang),
        };
        let location = match error {
            AdminError::NotSignedIn { next } => {
                Some(redirect::address("/admin/sign-in/", &[("next", next)]))
            }
            _ => None,
        };
        Self {
            causes: chain(error).to_string(),
            status: error.status(),
            page: page.render().unwrap_or_else(|cause| {
                error!(error = %chain(&cause), "could not write the page of an error");
                String::new()
            }),
            retry_after_s: error.retry_after_s(),
            location,
        }
    }
}

impl Answer for Failure {
    fn status(&self) -> StatusCode {
        self.status
    }

    fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = answer(self);
        if let Some(location) = &self.location {
            response.insert_header((LOCATION, location.as_str()));
        }
        let mut response = if self.location.is_some() {
            response.finish()
        } else {
            response
                .content_type("text/html; charset=utf-8")
                .body(self.page.clone())
        };
        secure(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    use super::*;

    async fn broken() -> HttpResponse {
        panic!("as planted")
    }

    #[actix_rt::test]
    async fn a_panic_is_a_page_and_says_nothing_of_its_cause() {
        let panel = web::scope("/admin")
            .wrap(from_fn(edge))
            .route("/", super::page(web::get().to(broken)))
            .route("/money/", money(web::get().to(broken)));
        let page_max = web::Data::new(PageMax(Duration::MAX));
        let app = init_service(App::new().app_data(page_max).service(panel)).await;
        for path in ["/admin/", "/admin/money/"] {
            let request = TestRequest::get().uri(path).to_request();
            let page = call_service(&app, request).await;
            assert_eq!(page.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(page.headers().get(X_FRAME_OPTIONS).unwrap(), "DENY");
            let body = read_body(page).await;
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(
                body.contains("<html") && !body.contains("planted"),
                "{body}"
            );
        }
    }
}
