//! `/admin/keys/new/`: the form of a new key.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::form::{Form, fresh};
use super::made::{self, Refusal};
use super::path;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::page::{Page, Shell, html_with};
use crate::auth::Scope;
use crate::config::AuthMode;
use crate::domain::WalletId;
use crate::domain::staff_journal::Action;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;

/// Wallets that are named of those that do not exist.
const MISSING_NAMED_MAX: usize = 5;

#[derive(Template)]
#[template(path = "keys/new.html")]
struct NewPage {
    page: Page,
    lang: Lang,
    is_on: bool,
    form: Form,
    refusal: Option<Refusal>,
}

pub async fn show(shell: Shell, auth: web::Data<AuthMode>) -> Result<HttpResponse, AdminError> {
    page(&shell, **auth, Form::fresh(), None, StatusCode::OK)
}

pub async fn make(
    shell: Shell,
    form: CheckedForm<Form>,
    auth: web::Data<AuthMode>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let CheckedForm(mut form) = form;
    let wanted = form.check(shell.lang);
    let Some(wanted) = wanted else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return page(&shell, **auth, form, None, status);
    };
    if let Some(wallets) = &wanted.wallets {
        let missing = database.wallets_missing(wallets).await;
        let missing = missing.map_err(AdminError::Storage)?;
        if !missing.is_empty() {
            form.mistakes.wallets = Some(name_missing(&missing, shell.lang));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page(&shell, **auth, form, None, status);
        }
    }
    match made::make(&shell, &database, auth.is_on(), wanted, Action::KeyMade).await? {
        Ok(shown) => Ok(shown),
        Err(refusal) => {
            if refusal.form_is_used {
                form.number = fresh();
            }
            let status = refusal.status;
            page(&shell, **auth, form, Some(refusal), status)
        }
    }
}

fn page(
    shell: &Shell,
    auth: AuthMode,
    form: Form,
    refusal: Option<Refusal>,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let mut page = shell.page(text!(shell.lang, "keys-new"));
    path::NEW.clone_into(&mut page.path);
    let new = NewPage {
        page,
        lang: shell.lang,
        is_on: auth.is_on(),
        form,
        refusal,
    };
    html_with(status, &new)
}

fn name_missing(missing: &[WalletId], lang: Lang) -> String {
    let named = missing.iter().take(MISSING_NAMED_MAX);
    let named: Vec<_> = named.map(ToString::to_string).collect();
    let wallets = named.join(", ");
    match missing.len().saturating_sub(MISSING_NAMED_MAX) {
        0 => text!(lang, "keys-wallets-missing", wallets = wallets),
        more => text!(
            lang,
            "keys-wallets-missing-more",
            wallets = wallets,
            more = more
        ),
    }
}

impl NewPage {
    /// What a scope allows.
    fn about(scope: Scope) -> Id {
        match scope {
            Scope::WalletsRead => id!("keys-scope-wallets-read"),
            Scope::OperationsWrite => id!("keys-scope-operations-write"),
            Scope::TransfersWrite => id!("keys-scope-transfers-write"),
            Scope::HoldsWrite => id!("keys-scope-holds-write"),
            Scope::RulesWrite => id!("keys-scope-rules-write"),
            Scope::UsersWrite => id!("keys-scope-users-write"),
            Scope::EventsRead => id!("keys-scope-events-read"),
            Scope::WebhooksWrite => id!("keys-scope-webhooks-write"),
            Scope::JournalRead => id!("keys-scope-journal-read"),
        }
    }
}
