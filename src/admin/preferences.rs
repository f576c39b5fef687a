//! What a reader chooses for themselves: the language, light or dark. Cookies keep it, also before sign-in.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::csrf::CheckedForm;
use super::edge::page;
use super::error::AdminError;
use super::lang;
use super::page::{THEME_COOKIE, Theme};
use super::token::kept;
use super::{local, see_other};
use crate::messages::Lang;

/// How long a choice is kept.
const KEPT: Duration = Duration::days(365);

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/language/").route(page(web::post().to(choose_language))))
        .service(web::resource("/theme/").route(page(web::post().to(choose_theme))));
}

#[derive(Deserialize)]
struct Choice {
    choice: String,
    next: String,
}

async fn choose_language(
    request: HttpRequest,
    CheckedForm(form): CheckedForm<Choice>,
) -> Result<HttpResponse, AdminError> {
    let lang = Lang::parse(&form.choice).ok_or(AdminError::NotFound)?;
    keep(&request, lang::COOKIE, lang.code(), &form.next)
}

async fn choose_theme(
    request: HttpRequest,
    CheckedForm(form): CheckedForm<Choice>,
) -> Result<HttpResponse, AdminError> {
    let theme = Theme::parse(&form.choice).ok_or(AdminError::NotFound)?;
    keep(&request, THEME_COOKIE, theme.name(), &form.next)
}

fn keep(
    request: &HttpRequest,
    name: &'static str,
    choice: &str,
    next: &str,
) -> Result<HttpResponse, AdminError> {
    let mut cookie = kept(name, choice.to_owned(), request);
    cookie.set_max_age(KEPT);
    let mut response = see_other(local::path_or_home(next));
    response
        .add_cookie(&cookie)
        .map_err(|error| AdminError::Form(error.to_string()))?;
    Ok(response)
}
