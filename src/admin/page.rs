//! The frame of every page: the [`Shell`] that a handler takes, and the [`Page`] that a template gets.
//!
//! ```ignore
//! async fn show(shell: Shell, database: web::Data<Database>) -> Result<HttpResponse, AdminError> {
//!     let users = database.users_page(...).await.map_err(AdminError::Storage)?;
//!     page::html(&UsersPage { page: shell.page(text!(shell.lang, "panel-users")), lang: shell.lang, users })
//! }
//! ```
//!
//! The template begins with `{% extends "layout.html" %}`. A form in it carries
//! `<input type="hidden" name="csrf" value="{{ page.csrf }}">`.

use actix_web::dev::Payload;
use actix_web::http::header::RETRY_AFTER;
use actix_web::http::{Method, StatusCode};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;
use tracing::warn;

use super::assets;
use super::error::AdminError;
use super::lang;
use super::safe_redirect;
use super::session::{self, Staff};
use crate::domain::Role;
use crate::messages::Lang;
use crate::storage::Database;
pub use crate::storage::admin::FlashMessage;
use crate::telemetry::chain;
use crate::web::assets::Asset;
use crate::web::error::retry_after_s;

/// The cookie of the reader's choice of light or dark.
pub const THEME_COOKIE: &str = "wallet_theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system is set.
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    pub fn of_request(request: &HttpRequest) -> Self {
        request
            .cookie(THEME_COOKIE)
            .and_then(|cookie| Self::parse(cookie.value()))
            .unwrap_or(Self::Auto)
    }
}

/// The argument of a page's handler, which only signed-in staff have. On a GET it takes the session's flash message; a
/// handler without a page takes [`Staff`] instead.
pub struct Shell {
    pub staff: Staff,
    pub lang: Lang,
    theme: Theme,
    path: String,
    database: web::Data<Database>,
}

/// The values that `layout.html` shows.
pub struct Page {
    pub title: String,
    pub lang: Lang,
    pub theme: Theme,
    /// The signed-in user.
    pub username: String,
    pub role: Role,
    /// The hidden field of every form.
    pub csrf: String,
    /// The page's own address with its query.
    pub path: String,
    pub message: Option<FlashMessage>,
    pub css: &'static Asset,
    pub script: &'static Asset,
}

impl Page {
    /// Returns whether the signed-in user is an operator, or may do what one may.
    pub fn is_operator(&self) -> bool {
        self.role >= Role::Operator
    }

    /// Returns whether the signed-in user is a supervisor, or may do what one may.
    pub fn is_supervisor(&self) -> bool {
        self.role >= Role::Supervisor
    }

    /// Returns whether the signed-in user is an administrator.
    pub fn is_administrator(&self) -> bool {
        self.role >= Role::Administrator
    }

    /// Returns whether the page is below the address. Only the first page itself is below its address.
    pub fn is_in(&self, address: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path == address || address != safe_redirect::HOME && path.starts_with(address)
    }
}

impl Shell {
    /// Returns the page's frame.
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            lang: self.lang,
            theme: self.theme,
            username: self.staff.username.clone(),
            role: self.staff.role,
            csrf: self.staff.token.csrf(),
            path: self.path.clone(),
            message: self.staff.message.clone(),
            css: &assets::CSS,
            script: &assets::SCRIPT,
        }
    }

    /// Stores the flash message of the session's next page.
    pub async fn flash(&self, message: FlashMessage) -> Result<(), AdminError> {
        let token = self.staff.token.hash();
        let stored = self.database.flash_set(&token, &message).await;
        stored.map_err(AdminError::Storage)
    }

    /// The answer to a POST: the browser loads that page, which shows the message.
    pub async fn redirect(
        &self,
        to: &str,
        message: FlashMessage,
    ) -> Result<HttpResponse, AdminError> {
        self.flash(message).await?;
        Ok(safe_redirect::see_other(to))
    }

    /// Does what [`redirect`](Self::redirect) does, also where the message cannot be stored: for what has happened, which that page
    /// shows in any case.
    pub async fn redirect_anyway(&self, to: &str, message: FlashMessage) -> HttpResponse {
        if let Err(error) = self.flash(message).await {
            warn!(error = %chain(&error), "could not store a flash message");
        }
        safe_redirect::see_other(to)
    }
}

impl FromRequest for Shell {
    type Error = AdminError;
    type Future = LocalBoxFuture<'static, Result<Self, AdminError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let staff = Staff::from_request(&request, payload);
        Box::pin(async move {
            let mut staff = staff.await?;
            let database = session::database(&request)?.clone();
            match &staff.message {
                Some(message) if request.method() == Method::GET => {
                    let token = staff.token.hash();
                    let removed = database.flash_take(&token, &message.text).await;
                    removed.map_err(AdminError::Storage)?;
                }
                _ => staff.message = None,
            }
            Ok(Self {
                staff,
                lang: lang::of_request(&request),
                theme: Theme::of_request(&request),
                path: request
                    .uri()
                    .path_and_query()
                    .map_or(safe_redirect::HOME, |asked| {
                        safe_redirect::path_or_home(asked.as_str())
                    })
                    .to_owned(),
                database,
            })
        })
    }
}

/// The page as an answer.
pub fn html(template: &impl Template) -> Result<HttpResponse, AdminError> {
    html_with(StatusCode::OK, template)
}

/// The page as an answer with that status, such as a form with its mistakes. A 503 has a `Retry-After`.
pub fn html_with(status: StatusCode, template: &impl Template) -> Result<HttpResponse, AdminError> {
    let text = template.render().map_err(AdminError::Template)?;
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = retry_after_s(status) {
        response.insert_header((RETRY_AFTER, seconds));
    }
    Ok(response.content_type("text/html; charset=utf-8").body(text))
}
