//! The middleware around the panel: an error becomes a page in the reader's language, and every answer has the strict
//! headers.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use tracing::error;

use super::assets;
use super::error::{AdminError, ErrorText};
use super::lang;
use super::page::Theme;
use super::safe_redirect::{ACCOUNT, SECOND_STEP};
use crate::messages::{Lang, text};
use crate::telemetry::chain;
use crate::web::assets::Asset;
use crate::web::error::{Answer, answer};
use crate::web::redirect;

/// What a browser may load and do on a page: only what this server sends, and nothing inline.
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

/// The middleware, for `actix_web::middleware::from_fn`.
pub async fn error_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let reader = Reader {
        lang: lang::of_request(request.request()),
        theme: Theme::of_request(request.request()),
    };
    // PostgreSQL stores no text with U+0000, so no such address exists.
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

/// Returns the failure of an answer that has no page of its own.
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
            AdminError::CodeAwaited { next: Some(next) } => {
                Some(redirect::address(SECOND_STEP, &[("next", next)]))
            }
            AdminError::FactorRequired { is_page: true } => Some(ACCOUNT.to_owned()),
            _ => None,
        };
        Self {
            causes: chain(error).to_string(),
            status: error.status(),
            page: page.render().unwrap_or_else(|cause| {
                error!(error = %chain(&cause), "could not render an error page");
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
    use std::time::Duration;

    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, web};

    use super::*;
    use crate::admin::route::{self, PageMax};

    async fn broken() -> HttpResponse {
        panic!("planted")
    }

    #[actix_rt::test]
    async fn a_panic_is_an_error_page_without_its_cause() {
        let panel = web::scope("/admin")
            .wrap(from_fn(error_pages))
            .route("/", route::page(web::get().to(broken)))
            .route("/money/", route::money(web::get().to(broken)));
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
