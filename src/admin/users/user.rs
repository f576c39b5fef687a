//! A user's page and its forms.
//!
//! The form of a user carries the values that it showed. If the user was changed meanwhile by another member of staff,
//! nothing is written, and the page shows the current values.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use rust_decimal::Decimal;
use serde::Deserialize;
use tracing::info;

use super::new_password::{first_mistake, too_short_for_staff, typed_twice};
use crate::admin::access;
use crate::admin::error::AdminError;
use crate::admin::form::CheckedForm;
use crate::admin::format;
use crate::admin::page::{FlashMessage, Page, Shell, html_with};
use crate::admin::paging::{self, List, Pager, Position};
use crate::admin::safe_redirect::see_other;
use crate::compat::registration::{self, Input};
use crate::domain::registration::Password;
use crate::domain::staff_journal::{Action, StaffAction, Subject};
use crate::domain::{Role, UserId};
use crate::engine::Engine;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{
    ChangedField, User, UserAccess, UserChange, UserEdit, UserEdited, UserSeen, UserWallet,
};

#[derive(Deserialize)]
pub struct EditForm {
    email: String,
    /// Present if it is ticked.
    is_active: Option<String>,
    /// Empty of who is not staff.
    #[serde(default)]
    role: String,
    seen_email: String,
    seen_active: bool,
    seen_role: String,
    /// Of who is made staff.
    #[serde(default)]
    staff_password: String,
    #[serde(default)]
    staff_repeated: String,
}

/// The mistakes in a form, by field.
#[derive(Default)]
pub struct Mistakes {
    pub email: Option<Id>,
    pub access: Option<Id>,
    pub staff_password: Option<String>,
    pub password: Option<String>,
    /// The user was changed meanwhile.
    pub stale: Option<Id>,
}

/// The values in the form of a user.
pub struct Fields {
    email: String,
    is_active: bool,
    role: Option<Role>,
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
    /// Those that are valid.
    tokens: i64,
    access: UserAccess,
    /// The page is the signed-in user's own.
    is_own: bool,
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
    engine: web::Data<Engine>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let user = UserId(*id);
    let password = staff_password(&form, shell.lang);
    let fields = Fields::from(form);
    let mut mistakes = Mistakes::default();
    let password = password.map_err(|mistake| mistakes.staff_password = Some(mistake));
    let is_of_staff = fields.role.or(fields.seen.role).is_some();
    if is_of_staff && shell.staff.role < Role::Administrator {
        let least = Role::Administrator;
        return Err(AdminError::NotPermitted { least });
    }
    let access_changes = !fields.is_active || fields.role != fields.seen.role;
    if user.0 == shell.staff.id && access_changes {
        mistakes.access = Some(id!("users-own-access"));
    }
    let email = registration::email(Input::Text(fields.email.as_str().into()));
    let email = email.map_err(|errors| mistakes.email = first_mistake(&errors));
    let (Ok(email), Ok(password), None) = (email, password, mistakes.access) else {
        return page(&shell, &database, user, None, Some(fields), mistakes).await;
    };
    let password_hash = match password {
        Some(password) => Some(engine.password_hash(&password).await),
        None => None,
    };
    let password_hash = password_hash.transpose().map_err(AdminError::Engine)?;
    let edit = UserEdit {
        email,
        is_active: fields.is_active,
        role: fields.role,
        password_hash,
    };
    let staff = UserId(shell.staff.id);
    let entry = entry(&shell, user, &fields.seen, &edit);
    let edited = database
        .user_edit(staff, user, &fields.seen, &edit, entry.as_ref())
        .await;
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

/// What the journal of the staff has of an edit; nothing of one that changes nothing.
fn entry(shell: &Shell, user: UserId, seen: &UserSeen, edit: &UserEdit) -> Option<StaffAction> {
    let role = |role: Option<Role>| role.map_or("none", Role::as_str);
    let mut entry = shell.staff.did(Action::UserEdited).to(Subject::User(user));
    if seen.email != edit.email.as_str() {
        entry = entry
            .with("email_old", &seen.email)
            .with("email_new", edit.email.as_str());
    }
    if seen.is_active != edit.is_active {
        entry = entry.with("active", edit.is_active);
    }
    if seen.role != edit.role {
        entry = entry
            .with("role_old", role(seen.role))
            .with("role_new", role(edit.role));
    }
    (!entry.details.is_empty()).then_some(entry)
}

/// Returns the password of a user who is made staff, or what is wrong with it; `None` for anyone else.
fn staff_password(form: &EditForm, lang: Lang) -> Result<Option<Password>, String> {
    let is_made_staff = !form.role.is_empty() && form.seen_role.is_empty();
    if !is_made_staff {
        let is_typed = !(form.staff_password.is_empty() && form.staff_repeated.is_empty());
        return if is_typed {
            Err(text!(lang, "users-staff-password-alone").to_owned())
        } else {
            Ok(None)
        };
    }
    let password = typed_twice(&form.staff_password, &form.staff_repeated, lang)?;
    if !password.suits_staff() {
        return Err(too_short_for_staff(lang));
    }
    Ok(Some(password))
}

pub async fn done(shell: &Shell, user: UserId, text: Id) -> Result<HttpResponse, AdminError> {
    let text = FlashMessage::done(shell.lang.text(text));
    shell.redirect(&address(user), text).await
}

/// Shows the user's page. A form that was refused keeps the values sent, but for passwords.
pub async fn page(
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
    let tokens = database.user_tokens(id).await;
    let tokens = tokens.map_err(AdminError::Storage)?;
    let access = database
        .user_access(id)
        .await
        .map_err(AdminError::Storage)?;
    let access = access.ok_or(AdminError::NotFound)?;
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
        tokens,
        access,
        is_own: id.0 == shell.staff.id,
        fields: fields.unwrap_or_else(|| Fields::of(&user)),
        mistakes,
        pager: list.pager((label, shell.lang), after, changes.next),
        changes: changes.rows,
        user,
    };
    html_with(status, &user_page)
}

pub fn address(user: UserId) -> String {
    format!("/admin/users/{}/", user.0)
}

impl UserPage {
    /// Returns whether the reader may change this user: only an administrator changes staff.
    fn may_edit(&self) -> bool {
        self.page.is_administrator() || self.page.is_supervisor() && self.user.role.is_none()
    }
}

impl Mistakes {
    fn status(&self) -> StatusCode {
        if self.stale.is_some() {
            StatusCode::CONFLICT
        } else if self.email.or(self.access).is_some()
            || self.staff_password.is_some()
            || self.password.is_some()
        {
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
            role: user.role,
            seen: UserSeen {
                email: user.email.clone(),
                is_active: user.is_active,
                role: user.role,
            },
        }
    }
}

impl From<EditForm> for Fields {
    fn from(form: EditForm) -> Self {
        Self {
            email: form.email,
            is_active: form.is_active.is_some(),
            role: Role::parse(&form.role),
            seen: UserSeen {
                email: form.seen_email,
                is_active: form.seen_active,
                role: Role::parse(&form.seen_role),
            },
        }
    }
}
