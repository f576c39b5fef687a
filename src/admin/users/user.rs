//! A user's page and its two forms.
//!
//! The form of a user carries the values that it showed. If the user was changed meanwhile by another member of staff,
//! nothing is written, and the page shows the current values.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use rust_decimal::Decimal;
use serde::Deserialize;
use tracing::info;

use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::paging::{self, List, Pager, Position};
use crate::admin::safe_redirect::see_other;
use crate::compat::registration::{self, Input};
use crate::domain::UserId;
use crate::domain::registration::FieldError;
use crate::engine::Engine;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{
    ChangedField, User, UserChange, UserEdit, UserEdited, UserSeen, UserWallet,
};

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

/// The mistakes in a form, by field.
#[derive(Default)]
struct Mistakes {
    email: Option<Id>,
    access: Option<Id>,
    password: Option<Id>,
    /// The user was changed meanwhile.
    stale: Option<Id>,
}

/// The values in the form of a user.
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
    balance: Option<String>,
    fields: Fields,
    mistakes: Mistakes,
    changes: Vec<UserChange>,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    id: web::Path<i64>,
    position: web::Query<Position>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let (user, after) = (UserId(*id), position.after());
    page(&shell, &database, user, after, None, Mistakes::default()).await
}

/// Redirects from the address of a form to its page.
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
    let mut mistakes = Mistakes::default();
    if user.0 == shell.staff.id && !(fields.is_active && fields.is_staff) {
        mistakes.access = Some(id!("users-own-access"));
    }
    let email = registration::email(Input::Text(fields.email.as_str().into()));
    let email = email.map_err(|errors| mistakes.email = first_mistake(&errors));
    let (Ok(email), None) = (email, mistakes.access) else {
        return page(&shell, &database, user, None, Some(fields), mistakes).await;
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
            info!(staff.id = staff.0, user.id = user.0, "user changed");
            return done(&shell, user, id!("users-saved")).await;
        }
        UserEdited::EmailTaken => {
            mistakes.email = Some(id!("users-email-taken"));
            Some(fields)
        }
        UserEdited::Stale => {
            mistakes.stale = Some(id!("users-stale"));
            None
        }
    };
    page(&shell, &database, user, None, fields, mistakes).await
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
    let mistake = match &password {
        Err(errors) => first_mistake(errors),
        Ok(_) if form.password != form.repeated => Some(id!("users-not-repeated")),
        Ok(_) => None,
    };
    let (Ok(password), None) = (password, mistake) else {
        let mistakes = Mistakes {
            password: mistake,
            ..Mistakes::default()
        };
        return page(&shell, &database, user, None, None, mistakes).await;
    };
    let hash = engine.password_hash(&password).await;
    let hash = hash.map_err(AdminError::Engine)?;
    let staff = UserId(shell.staff.id);
    let is_set = database.user_password_set(staff, user, &hash).await;
    if !is_set.map_err(AdminError::Storage)? {
        return Err(AdminError::NotFound);
    }
    info!(staff.id = staff.0, user.id = user.0, "user's password set");
    if staff == user {
        // The session ended with the password, so it has no next page for a message.
        return Ok(see_other(&address(user)));
    }
    done(&shell, user, id!("users-password-set")).await
}

async fn done(shell: &Shell, user: UserId, text: Id) -> Result<HttpResponse, AdminError> {
    let text = FlashMessage::done(shell.lang.text(text));
    shell.redirect(&address(user), text).await
}

/// Shows the user's page. A form that was refused keeps the values sent.
async fn page(
    shell: &Shell,
    database: &Database,
    id: UserId,
    after: Option<i64>,
    fields: Option<Fields>,
    mistakes: Mistakes,
) -> Result<HttpResponse, AdminError> {
    let found = database.user_find(id).await.map_err(AdminError::Storage)?;
    let (user, wallet) = found.ok_or(AdminError::NotFound)?;
    let changes = database.user_changes(id, after, paging::CHANGES).await;
    let changes = changes.map_err(AdminError::Storage)?;
    let list = List {
        path: &address(id),
        query: &[],
        anchor: "changes",
    };
    let label = text!(shell.lang, "users-changes");
    let status = mistakes.status();
    let mut page = shell.page(user.username.clone());
    if after.is_none() {
        page.path = address(id);
    }
    let user_page = UserPage {
        page,
        lang: shell.lang,
        balance: wallet
            .balance
            .map(|balance| format::money(Decimal::from(balance), shell.lang)),
        wallet,
        fields: fields.unwrap_or_else(|| Fields::of(&user)),
        mistakes,
        pager: list.pager((label, shell.lang), after, changes.next),
        changes: changes.rows,
        user,
    };
    html_with(status, &user_page)
}

fn address(user: UserId) -> String {
    format!("/admin/users/{}/", user.0)
}

/// Returns the message of the first error.
fn first_mistake(errors: &[FieldError]) -> Option<Id> {
    errors.first().map(|error| match error {
        FieldError::Required | FieldError::Null | FieldError::Blank => id!("users-blank"),
        FieldError::NotText | FieldError::NullCharacter => id!("users-not-text"),
        FieldError::TooLong { .. } => id!("users-too-long"),
        FieldError::NotAnEmail => id!("users-not-an-email"),
        FieldError::UsernameTaken | FieldError::EmailTaken => id!("users-email-taken"),
    })
}

impl Mistakes {
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
    /// The current values of the user.
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
