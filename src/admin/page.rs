//! What every page has around its own: the [`Shell`] that a handler takes, and the [`Page`] that a template is given.
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
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;
use futures_util::future::LocalBoxFuture;

use super::assets;
use super::error::AdminError;
use super::lang;
use super::local;
use super::session::{self, Staff};
use crate::messages::Lang;
use crate::storage::Database;
pub use crate::storage::admin::SessionMessage as Message;
use crate::web::assets::Asset;

/// The cookie of the reader's choice of light or dark.
pub const THEME_COOKIE: &str = "wallet_theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the reader's system has it.
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    #[must_use]
    pub fn of_request(request: &HttpRequest) -> Self {
        request
            .cookie(THEME_COOKIE)
            .and_then(|cookie| Self::parse(cookie.value()))
            .unwrap_or(Self::Auto)
    }
}

/// What a page's handler takes: only staff have one. It takes what the session has to say with it, on a GET; a handler
/// that makes no page takes [`Staff`] instead.
pub struct Shell {
    pub staff: Staff,
    pub lang: Lang,
    theme: Theme,
    path: String,
    database: web::Data<Database>,
}

/// What `layout.html` shows.
pub struct Page {
    pub title: String,
    pub lang: Lang,
    pub theme: Theme,
    /// Of who is signed in.
    pub username: String,
    /// For the hidden field of every form.
    pub csrf: String,
    /// Of the page itself, with its query.
    pub path: String,
    pub message: Option<Message>,
    pub css: &'static Asset,
    pub script: &'static Asset,
}

impl Page {
    /// Whether the page is below the address; the first page is below itself alone.
    #[must_use]
    pub fn is_in(&self, address: &str) -> bool {
        let path = self.path.split('?').next().unwrap_or_default();
        path == address || address != local::HOME && path.starts_with(address)
    }
}

impl Shell {
    /// The page's frame.
    #[must_use]
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page {
            title: title.into(),
            lang: self.lang,
            theme: self.theme,
            username: self.staff.username.clone(),
            csrf: self.staff.token.csrf(),
            path: self.path.clone(),
            message: self.staff.message.clone(),
            css: &assets::CSS,
            script: &assets::SCRIPT,
        }
    }

    /// Leaves a message for the next page, which a POST leads to.
    ///
    /// # Errors
    /// [`AdminError::Storage`].
    pub async fn say(&self, message: Message) -> Result<(), AdminError> {
        let token = self.staff.token.hash();
        let said = self.database.session_say(&token, &message).await;
        said.map_err(AdminError::Storage)
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
                    let heard = database.session_heard(&token, &message.text).await;
                    heard.map_err(AdminError::Storage)?;
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
                    .map_or(local::HOME, |asked| local::path_or_home(asked.as_str()))
                    .to_owned(),
                database,
            })
        })
    }
}

/// The template as an answer.
///
/// # Errors
/// [`AdminError::Template`].
pub fn html(template: &impl Template) -> Result<HttpResponse, AdminError> {
    let text = template.render().map_err(AdminError::Template)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(text))
}
