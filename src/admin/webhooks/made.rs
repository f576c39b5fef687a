//! The page that shows a secret: once, in the answer to the form that made it. It is no redirect with a flash message, as those are
//! stored in the database.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::path;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::events::webhooks::{Changed, StoreError, Webhook, WebhookSecret};
use crate::messages::{Lang, text};

#[derive(Template)]
#[template(path = "webhooks/made.html")]
struct MadePage {
    page: Page,
    lang: Lang,
    webhook: Webhook,
    secret: String,
}

/// Why there is no secret to show.
pub struct Refusal {
    pub text: &'static str,
    pub status: StatusCode,
    /// The form was used: another attempt takes another one.
    pub form_is_used: bool,
}

/// Returns the page that shows the secret, or why there is none.
pub fn answer(
    shell: &Shell,
    changed: Result<Changed<Webhook>, StoreError>,
    secret: &WebhookSecret,
) -> Result<Result<HttpResponse, Refusal>, AdminError> {
    let lang = shell.lang;
    let refused = |text, status, form_is_used| {
        Ok(Err(Refusal {
            text,
            status,
            form_is_used,
        }))
    };
    let webhook = match changed {
        Ok(Changed::Done(webhook)) => webhook,
        Ok(Changed::Replayed(_) | Changed::KeyReused) => {
            let text = text!(lang, "webhooks-form-sent");
            return refused(text, StatusCode::CONFLICT, true);
        }
        Ok(Changed::Full) => {
            return refused(
                text!(lang, "too-many-webhooks"),
                StatusCode::CONFLICT,
                false,
            );
        }
        Ok(Changed::NotFound) => return Err(AdminError::NotFound),
        // The form, with all that was typed, says it better than a page of an error.
        Err(StoreError::Unknown(_)) => {
            let text = text!(lang, "webhooks-unknown");
            return refused(text, StatusCode::SERVICE_UNAVAILABLE, false);
        }
        Err(error) => return Err(AdminError::Webhooks(error)),
    };
    let mut page = shell.page(text!(lang, "webhooks-made"));
    path::LIST.clone_into(&mut page.path);
    html(&MadePage {
        page,
        lang,
        webhook,
        secret: secret.expose(),
    })
    .map(Ok)
}
