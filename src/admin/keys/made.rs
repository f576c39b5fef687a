//! Makes a key, and shows it: once, in the answer to the form alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use time::OffsetDateTime;
use tracing::{info, warn};

use super::form::Wanted;
use super::path;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::auth::{Scopes, Secret};
use crate::domain::staff_journal::{Action, StaffAction};
use crate::domain::{UserId, WalletId};
use crate::messages::{Lang, text};
use crate::storage::{Database, KeyMade, NewKey};
use crate::telemetry::chain;
use crate::web::error::Answer;

/// The page that shows a key.
#[derive(Template)]
#[template(path = "keys/made.html")]
struct MadePage {
    page: Page,
    lang: Lang,
    /// Keys have an effect.
    is_on: bool,
    secret: Secret,
    id: i64,
    name: String,
    scopes: Scopes,
    wallets: Option<Vec<WalletId>>,
    expires_at: Option<OffsetDateTime>,
    /// Other live keys of the name.
    others: Vec<i64>,
}

/// Why no key was made.
pub struct Refusal {
    pub text: String,
    pub status: StatusCode,
    /// Live keys, one of which may be revoked instead.
    pub live: Vec<i64>,
    /// The form was used: another attempt takes another one.
    pub form_is_used: bool,
}

/// Makes the key; gives the page that shows it, or why there is none.
pub async fn make(
    shell: &Shell,
    database: &Database,
    is_on: bool,
    wanted: Wanted,
    action: Action,
) -> Result<Result<HttpResponse, Refusal>, AdminError> {
    let lang = shell.lang;
    let staff = UserId(shell.staff.id);
    let secret = Secret::new_key().map_err(AdminError::Key)?;
    let entry = entry(shell, &wanted, action);
    let new = NewKey {
        name: &wanted.name,
        digest: secret.digest(),
        scopes: wanted.scopes,
        wallets: wanted.wallets.as_deref(),
        lasts: wanted.lasts,
        form: Some(wanted.form),
        entry: Some(&entry),
    };
    let name = wanted.name.as_str();
    let made = match database.key_create(&new).await.map_err(AdminError::Storage) {
        Ok(made) => made,
        // The form, with all that was typed, says it better than a page of an error.
        Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
            warn!(staff.id = staff.0, key.name = name, error = %chain(&error), "making of a key unknown");
            return Ok(Err(Refusal {
                text: text!(lang, "keys-unknown").to_owned(),
                status: StatusCode::SERVICE_UNAVAILABLE,
                live: Vec::new(),
                form_is_used: false,
            }));
        }
        Err(error) => return Err(error),
    };
    let (id, expires_at) = match made {
        KeyMade::Made { id, expires_at } => (id, expires_at),
        KeyMade::FormSent => {
            return Ok(Err(Refusal {
                text: text!(lang, "keys-form-sent").to_owned(),
                status: StatusCode::CONFLICT,
                live: Vec::new(),
                form_is_used: true,
            }));
        }
        KeyMade::TwoLive => {
            let live = database.keys_of(&wanted.name).await;
            return Ok(Err(Refusal {
                text: text!(lang, "keys-two-live", name = name),
                status: StatusCode::CONFLICT,
                live: live.map_err(AdminError::Storage)?,
                form_is_used: false,
            }));
        }
    };
    info!(staff.id = staff.0, key.id = id, key.name = name, "key made");
    // It must be shown, whatever else is not known.
    let others = database.keys_of(&wanted.name).await;
    let others = others.inspect_err(|error| {
        warn!(error = %chain(error), "other keys of a name could not be found");
    });
    let mut others = others.unwrap_or_default();
    others.retain(|other| *other != id);
    let mut page = shell.page(text!(lang, "keys-made", name = name));
    path::LIST.clone_into(&mut page.path);
    html(&MadePage {
        page,
        lang,
        is_on,
        secret,
        id,
        name: name.to_owned(),
        scopes: wanted.scopes,
        wallets: wanted.wallets,
        expires_at,
        others,
    })
    .map(Ok)
}

/// What the journal of the staff has of it.
fn entry(shell: &Shell, wanted: &Wanted, action: Action) -> StaffAction {
    let entry = shell.staff.did(action).under(wanted.form);
    let entry = entry
        .with("name", wanted.name.as_str())
        .with("scopes", wanted.scopes);
    match &wanted.wallets {
        Some(wallets) => {
            let wallets: Vec<_> = wallets.iter().map(ToString::to_string).collect();
            entry.with("wallets", wallets.join(" "))
        }
        None => entry,
    }
}
