//! The page between a form and what it does: it shows whose wallet it is, and what the balance is now and would be afterwards, and
//! asks once more.
//!
//! Its own form has everything that was entered, with the key, in hidden fields. Sent with `confirmed`, it is carried out; with
//! `edit` as well, by its other button, the first form is shown again. Nothing is stored before it is confirmed.
//!
//! What is confirmed is checked again like any form. The engine decides on the balance that it finds then: a page that asks again
//! because of another deposit in between would only be clicked away.

use actix_web::HttpResponse;
use askama::Template;

use super::summary::Summary;
use crate::admin::error::AdminError;
use crate::admin::page::{Page, Shell, html};
use crate::domain::WalletId;
use crate::messages::{Lang, text};

/// What a form was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// To be asked about.
    Ask,
    /// To be shown again, with everything entered.
    Edit,
    Confirmed,
}

/// What is asked, for a page.
pub struct Question {
    /// What is to happen.
    pub title: String,
    pub facts: Vec<(&'static str, String)>,
    pub summary: Summary,
    /// What is to be known before.
    pub note: Option<String>,
    /// Where its form is sent.
    pub action: String,
    /// The fields of the form as entered.
    pub fields: Vec<(&'static str, String)>,
    pub button: &'static str,
}

#[derive(Template)]
#[template(path = "wallets/confirmation.html")]
struct ConfirmationPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    asked: Question,
}

impl Stage {
    /// Reads the fields of a form. Only the page's own value confirms.
    pub fn of(confirmed: &str, edit: &str) -> Self {
        match (confirmed, edit) {
            ("1", "") => Self::Confirmed,
            (_, "") => Self::Ask,
            _ => Self::Edit,
        }
    }
}

/// The page.
pub fn page(shell: &Shell, id: WalletId, asked: Question) -> Result<HttpResponse, AdminError> {
    html(&ConfirmationPage {
        page: shell.page(text!(shell.lang, "confirm-title")),
        lang: shell.lang,
        id,
        asked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_value_of_the_page_confirms_and_the_other_button_never_does() {
        assert_eq!(Stage::of("1", ""), Stage::Confirmed);
        for confirmed in ["", "0", "true", "11", " 1", "on"] {
            assert_eq!(Stage::of(confirmed, ""), Stage::Ask, "{confirmed:?}");
        }
        for confirmed in ["", "1"] {
            assert_eq!(Stage::of(confirmed, "1"), Stage::Edit, "{confirmed:?}");
        }
    }
}
