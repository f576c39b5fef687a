//! The list of users: those who are sought, of certain flags, in one of four orders, a page after a user.
//!
//! What an address asks for and nobody understands is not asked for: the page then shows what it does without.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::domain::UserId;
use crate::domain::registration::Username;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{
    USERS_FOUND_MAX, User, UserFlags, UserOrder, UserPage, UserPageQuery, UserSought,
};
use crate::web::redirect;

const ADDRESS: &str = "/admin/users/";
/// Users of a page.
const PAGE: usize = 50;

/// The query of the address, as it came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    active: String,
    staff: String,
    sort: String,
    after: String,
}

/// The values of a filter, and their names.
type Choices<const N: usize> = [(&'static str, Id); N];

const ACTIVE: Choices<3> = [
    ("", id!("users-all")),
    ("yes", id!("users-active-only")),
    ("no", id!("users-deactivated-only")),
];
const STAFF: Choices<3> = [
    ("", id!("users-all")),
    ("yes", id!("users-staff-only")),
    ("no", id!("users-clients-only")),
];
const SORT: Choices<4> = [
    ("newest", id!("users-sort-newest")),
    ("oldest", id!("users-sort-oldest")),
    ("username", id!("users-sort-username")),
    ("email", id!("users-sort-email")),
];

/// One of a filter's choices.
struct Choice {
    value: &'static str,
    name: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "users/list.html")]
struct UsersPage {
    page: Page,
    lang: Lang,
    /// What is looked for.
    sought: String,
    active: Vec<Choice>,
    staff: Vec<Choice>,
    sort: Vec<Choice>,
    /// Not everybody is asked for.
    is_narrowed: bool,
    users: Vec<User>,
    /// The search found more than it can put in order: this many.
    cut_at: Option<String>,
    /// Where the first page is, from a later one.
    first: Option<String>,
    next: Option<String>,
}

pub async fn show(
    shell: Shell,
    asked: web::Query<Asked>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let found = asked.find(&database).await?;
    let next = found.users.last().filter(|_| found.has_more);
    html(&UsersPage {
        page: shell.page(text!(lang, "panel-users")),
        lang,
        sought: asked.sought().to_owned(),
        active: choices(&asked.active, &ACTIVE, lang),
        staff: choices(&asked.staff, &STAFF, lang),
        sort: choices(&asked.sort, &SORT, lang),
        is_narrowed: asked.is_narrowed(),
        next: next.map(|last| asked.address(Some(last.id))),
        first: asked.after().map(|_| asked.address(None)),
        cut_at: found.is_cut.then(|| format::count(USERS_FOUND_MAX.into())),
        users: found.users,
    })
}

impl Asked {
    async fn find(&self, database: &Database) -> Result<UserPage, AdminError> {
        let query = UserPageQuery {
            flags: self.flags(),
            order: self.order(),
            after: self.after(),
            limit: PAGE,
        };
        let found = if self.sought().is_empty() {
            database.users_page(&query).await
        } else {
            let username = Username::normalised(self.sought());
            let sought = UserSought {
                username: &username,
                email: self.sought(),
            };
            database.users_found(&sought, &query).await
        };
        found.map_err(AdminError::Storage)
    }

    fn sought(&self) -> &str {
        self.q.trim()
    }

    fn flags(&self) -> UserFlags {
        let flag = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        UserFlags {
            is_active: flag(&self.active),
            is_staff: flag(&self.staff),
        }
    }

    fn order(&self) -> UserOrder {
        match self.sort.as_str() {
            "oldest" => UserOrder::Oldest,
            "username" => UserOrder::Username,
            "email" => UserOrder::Email,
            _ => UserOrder::Newest,
        }
    }

    fn after(&self) -> Option<UserId> {
        let id = self.after.parse().ok().filter(|id| *id > 0);
        id.map(UserId)
    }

    fn is_narrowed(&self) -> bool {
        !self.sought().is_empty() || self.flags() != UserFlags::default()
    }

    /// The page after a user, or the first one.
    fn address(&self, after: Option<UserId>) -> String {
        let after = after.map(|user| user.0.to_string()).unwrap_or_default();
        redirect::address(
            ADDRESS,
            &[
                ("q", self.sought()),
                ("active", &self.active),
                ("staff", &self.staff),
                ("sort", &self.sort),
                ("after", &after),
            ],
        )
    }
}

/// Each value with its name; what is none of them chooses the first.
fn choices<const N: usize>(chosen: &str, all: &Choices<N>, lang: Lang) -> Vec<Choice> {
    let at = all.iter().position(|(value, _)| *value == chosen);
    let each = all.iter().enumerate();
    each.map(|(place, (value, name))| Choice {
        value,
        name: lang.text(*name),
        is_chosen: place == at.unwrap_or(0),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_nobody_understands_asks_for_everybody() {
        for after in ["", "x", "-1", "0", "1e3", "99999999999999999999"] {
            let asked = Asked {
                active: "maybe".to_owned(),
                sort: "balance".to_owned(),
                after: after.to_owned(),
                ..Asked::default()
            };
            assert_eq!(asked.after(), None, "{after}");
            assert_eq!(asked.flags(), UserFlags::default());
            assert_eq!(asked.order(), UserOrder::Newest);
            assert!(!asked.is_narrowed());
        }
    }

    #[test]
    fn the_next_page_asks_for_the_same_after_a_user() {
        let asked = Asked {
            q: " a&b=%_' ".to_owned(),
            staff: "yes".to_owned(),
            after: "7".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            asked.address(Some(UserId(57))),
            "/admin/users/?q=a%26b%3D%25_%27&staff=yes&after=57"
        );
        assert_eq!(
            asked.address(None),
            "/admin/users/?q=a%26b%3D%25_%27&staff=yes"
        );
    }
}
