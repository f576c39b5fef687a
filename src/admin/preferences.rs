//! A reader's choice of language and of light or dark, kept in cookies, also before sign-in.

use actix_web::cookie::time::Duration;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::error::AdminError;
use super::form::CheckedForm;
use super::lang;
use super::page::{THEME_COOKIE, Theme};
use super::route::page;
use super::safe_redirect::{path_or_home, see_other};
use super::token::cookie;
use crate::messages::Lang;

/// How long the browser keeps a choice.
const COOKIE_MAX_AGE: Duration = Duration::days(365);

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
    store(&request, lang::COOKIE, lang.code(), &form.next)
}

async fn choose_theme(
    request: HttpRequest,
    CheckedForm(form): CheckedForm<Choice>,
) -> Result<HttpResponse, AdminError> {
    let theme = Theme::parse(&form.choice).ok_or(AdminError::NotFound)?;
    store(&request, THEME_COOKIE, theme.name(), &form.next)
}

fn store(
    request: &HttpRequest,
    name: &'static str,
    choice: &str,
    next: &str,
) -> Result<HttpResponse, AdminError> {
    let mut cookie = cookie(name, choice.to_owned(), request);
    cookie.set_max_age(COOKIE_MAX_AGE);
    let mut response = see_other(path_or_home(next));
    response
        .add_cookie(&cookie)
        .map_err(|error| AdminError::Form(error.to_string()))?;
    Ok(response)
}
