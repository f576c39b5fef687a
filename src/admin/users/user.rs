//! A user's page, and what its two forms do.
//!
//! The form of a user carries what it showed. If the user is something else by now, another member of the staff was faster:
//! nothing is written, and the page shows the user as they are.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use rust_decimal::Decimal;
use serde::Deserialize;
use tracing::info;

use crate::admin::csrf::CheckedForm;
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Message, Page, Shell, html};
use crate::admin::see_other;
use crate::compat::registration::{self, Input};
use crate::domain::UserId;
use crate::domain::registration::FieldError;
use crate::engine::Engine;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{
    ChangedField, User, UserChange, UserEdit, UserEdited, UserSeen, UserWallet,
};

/// Changes that are shown at once.
const CHANGES: usize = 20;

#[derive(Deserialize)]
pub struct EditForm {
    email: String,
    /// Present if it is ticked.
    is_active: Option<String>,
    is_staff: Option<String>,
    seen_email: String,
    seen_active: bool,
    seen_staff: bool,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
    repeated: String,
}

#[derive(Default, Deserialize)]
pub struct Before {
    /// Only changes before this one.
    before: Option<i64>,
}

/// What is wrong with what was sent.
#[derive(Default)]
struct Faults {
    email: Option<Id>,
    access: Option<Id>,
    password: Option<Id>,
    /// Of the whole form.
    stale: Option<Id>,
}

/// What the form of a user holds.
struct Fields {
    email: String,
    is_active: bool,
    is_staff: bool,
    seen: UserSeen,
}

#[derive(Template)]
#[template(path = "users/user.html")]
struct UserPage {
    page: Page,
    lang: Lang,
    user: User,
    wallet: UserWallet,
    /// Of the wallet, if there is one.
    balance: Option<String>,
    fields: Fields,
    faults: Faults,
    changes: Vec<UserChange>,
    /// Where older changes are.
    older: Option<String>,
}

pub async fn show(
    shell: Shell,
    id: web::Path<i64>,
    before: web::Query<Before>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    page(
        &shell,
        &database,
        UserId(*id),
        before.before,
        None,
        Faults::default(),
    )
    .await
}

/// From the address of a form to the page that it is on.
pub async fn back(_: Shell, id: web::Path<i64>) -> HttpResponse {
    see_other(&address(UserId(*id)))
}

pub async fn edit(
    shell: Shell,
    id: web::Path<i64>,
    CheckedForm(form): CheckedForm<EditForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let fields = Fields::from(form);
    let mut faults = Faults::default();
    if user.0 == shell.staff.id && !(fields.is_active && fields.is_staff) {
        faults.access = Some(id!("users-own-access"));
    }
    let email = registration::email(Input::Text(fields.email.as_str().into()));
    let email = email.map_err(|errors| faults.email = first(&errors));
    let (Ok(email), None) = (email, faults.access) else {
        return page(&shell, &database, user, None, Some(fields), faults).await;
    };
    let edit = UserEdit {
        email,
        is_active: fields.is_active,
        is_staff: fields.is_staff,
    };
    let staff = UserId(shell.staff.id);
    let edited = database.user_edit(staff, user, &fields.seen, &edit).await;
    let fields = match edited.map_err(AdminError::Storage)? {
        UserEdited::Done => {
            info!(staff.id = staff.0, user.id = user.0, "a user was changed");
            return done(&shell, user, id!("users-saved")).await;
        }
        UserEdited::EmailTaken => {
            faults.email = Some(id!("users-email-taken"));
            Some(fields)
        }
        UserEdited::Stale => {
            faults.stale = Some(id!("users-stale"));
            None
        }
    };
    page(&shell, &database, user, None, fields, faults).await
}

pub async fn set_password(
    shell: Shell,
    id: web::Path<i64>,
    CheckedForm(form): CheckedForm<PasswordForm>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let password = registration::password(Input::Text(form.password.as_str().into()));
    let fault = match &password {
        Err(errors) => first(errors),
        Ok(_) if form.password != form.repeated => Some(id!("users-not-repeated")),
        Ok(_) => None,
    };
    let (Ok(password), None) = (password, fault) else {
        let faults = Faults {
            password: fault,
            ..Faults::default()
        };
        return page(&shell, &database, user, None, None, faults).await;
    };
    let hash = engine.password_hash(&password).await;
    let hash = hash.map_err(AdminError::Engine)?;
    let staff = UserId(shell.staff.id);
    let is_set = database.user_password_set(staff, user, &hash).await;
    if !is_set.map_err(AdminError::Storage)? {
        return Err(AdminError::NotFound);
    }
    info!(
        staff.id = staff.0,
        user.id = user.0,
        "a user's password was set"
    );
    if staff == user {
        // Their session ended with their password, and nothing can be said in it.
        return Ok(see_other(&address(user)));
    }
    done(&shell, user, id!("users-password-set")).await
}

async fn done(shell: &Shell, user: UserId, text: Id) -> Result<HttpResponse, AdminError> {
    let text = shell.lang.text(text).to_owned();
    shell.say(Message { text, good: true }).await?;
    Ok(see_other(&address(user)))
}

/// The user's page, with what was sent in place of what they are if it was refused.
async fn page(
    shell: &Shell,
    database: &Database,
    id: UserId,
    before: Option<i64>,
    fields: Option<Fields>,
    faults: Faults,
) -> Result<HttpResponse, AdminError> {
    let found = database.user_find(id).await.map_err(AdminError::Storage)?;
    let (user, wallet) = found.ok_or(AdminError::NotFound)?;
    let changes = database.user_changes(id, before, CHANGES).await;
    let changes = changes.map_err(AdminError::Storage)?;
    let last = changes.changes.last().filter(|_| changes.has_more);
    let status = faults.status();
    let mut page = shell.page(user.username.clone());
    if before.is_none() {
        page.path = address(id);
    }
    let mut response = html(&UserPage {
        page,
        lang: shell.lang,
        balance: wallet
            .balance
            .map(|balance| format::money(Decimal::from(balance), shell.lang)),
        wallet,
        fields: fields.unwrap_or_else(|| Fields::of(&user)),
        faults,
        older: last.map(|change| format!("{}?before={}", address(id), change.id)),
        changes: changes.changes,
        user,
    })?;
    *response.status_mut() = status;
    Ok(response)
}

fn address(user: UserId) -> String {
    format!("/admin/users/{}/", user.0)
}

/// What the page says of the first error.
fn first(errors: &[FieldError]) -> Option<Id> {
    errors.first().map(|error| match error {
        FieldError::Required | FieldError::Null | FieldError::Blank => id!("users-blank"),
        FieldError::NotText | FieldError::NullCharacter => id!("users-not-text"),
        FieldError::TooLong { .. } => id!("users-too-long"),
        FieldError::NotAnEmail => id!("users-not-an-email"),
        FieldError::UsernameTaken | FieldError::EmailTaken => id!("users-email-taken"),
    })
}

impl Faults {
    fn status(&self) -> StatusCode {
        if self.stale.is_some() {
            StatusCode::CONFLICT
        } else if self.email.or(self.access).or(self.password).is_some() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        }
    }
}

impl Fields {
    /// As the user is.
    fn of(user: &User) -> Self {
        Self {
            email: user.email.clone(),
            is_active: user.is_active,
            is_staff: user.is_staff,
            seen: UserSeen {
                email: user.email.clone(),
                is_active: user.is_active,
                is_staff: user.is_staff,
            },
        }
    }
}

impl From<EditForm> for Fields {
    fn from(form: EditForm) -> Self {
        Self {
            email: form.email,
            is_active: form.is_active.is_some(),
            is_staff: form.is_staff.is_some(),
            seen: UserSeen {
                email: form.seen_email,
                is_active: form.seen_active,
                is_staff: form.seen_staff,
            },
        }
    }
}
