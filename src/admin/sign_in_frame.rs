//! The frame of the pages of signing in, which have no menu: the password, and the code of a second factor.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde::Deserialize;

use super::assets;
use super::lang;
use super::page::Theme;
use super::token::Token;
use crate::messages::{Id, Lang};
use crate::web::assets::Asset;
use crate::web::redirect;

/// What a page of signing in says.
pub struct SignInTexts {
    pub address: &'static str,
    pub title: Id,
    pub lead: Id,
    pub refused: Id,
}

/// What `sign_in/frame.html` shows.
pub struct SignInFrame {
    pub lang: Lang,
    pub theme: Theme,
    pub css: &'static Asset,
    pub script: &'static Asset,
    pub csrf: String,
    pub title: &'static str,
    pub lead: &'static str,
    /// Why what was sent is refused.
    pub refused: Option<&'static str>,
    /// The page after sign-in.
    pub next: String,
    /// The address of this page with `next`, for the switches of language and theme.
    pub here: String,
}

/// The query of such a page.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    pub next: String,
}

impl SignInFrame {
    /// Returns the frame of a page, with the browser's token, that leads to the address `next`.
    pub fn of(
        request: &HttpRequest,
        texts: &SignInTexts,
        token: &Token,
        next: &str,
        is_refused: bool,
    ) -> Self {
        let lang = lang::of_request(request);
        Self {
            lang,
            theme: Theme::of_request(request),
            css: &assets::CSS,
            script: &assets::SCRIPT,
            csrf: token.csrf(),
            title: lang.text(texts.title),
            lead: lang.text(texts.lead),
            refused: is_refused.then(|| lang.text(texts.refused)),
            next: next.to_owned(),
            here: redirect::address(texts.address, &[("next", next)]),
        }
    }

    /// Returns the status of the page.
    pub fn status(&self) -> StatusCode {
        match self.refused {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        }
    }
}
