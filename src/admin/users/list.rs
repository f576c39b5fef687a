//! `GET /admin/users/`: users by search, flags and order, a page at a time. Unknown values in the address are ignored.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{self, Shell, html};
use crate::admin::paging::{self, Cursor, List, Pager};
use crate::domain::UserId;
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::{
    Page, Reach, TextSearch, USERS_FOUND_MAX, User, UserFlags, UserOrder, UserQuery,
};

/// The fields of the search form, as sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    q: String,
    active: String,
    staff: String,
    sort: String,
    after: String,
}

/// The values of a filter with their names.
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
    page: page::Page,
    lang: Lang,
    q: String,
    active: Vec<Choice>,
    staff: Vec<Choice>,
    sort: Vec<Choice>,
    /// A search or a filter is set.
    is_narrowed: bool,
    users: Vec<User>,
    /// The number of users that the search sorted, if it found more.
    cut_at: Option<String>,
    reach: Reach,
    pager: Pager,
}

pub async fn show(
    shell: Shell,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let found = search.find(&database).await?;
    html(&UsersPage {
        page: shell.page(text!(lang, "panel-users")),
        lang,
        q: search.text().to_owned(),
        active: choices(&search.active, &ACTIVE, lang),
        staff: choices(&search.staff, &STAFF, lang),
        sort: choices(&search.sort, &SORT, lang),
        is_narrowed: search.is_narrowed(),
        pager: search.pager(lang, found.next),
        cut_at: found.is_cut.then(|| format::count(USERS_FOUND_MAX)),
        reach: found.reach,
        users: found.rows,
    })
}

impl SearchForm {
    async fn find(&self, database: &Database) -> Result<Page<User, UserId>, AdminError> {
        let query = UserQuery {
            flags: self.flags(),
            order: self.order(),
            after: self.after(),
            limit: paging::USERS,
        };
        let found = if self.text().is_empty() {
            database.users_page(&query).await
        } else {
            let search = TextSearch::new(self.text());
            database.users_found(&search, &query).await
        };
        found.map_err(AdminError::Storage)
    }

    fn text(&self) -> &str {
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
        Cursor::parse(&self.after)
    }

    fn is_narrowed(&self) -> bool {
        !self.text().is_empty() || self.flags() != UserFlags::default()
    }

    fn pager(&self, lang: Lang, next: Option<UserId>) -> Pager {
        let list = List {
            path: "/admin/users/",
            query: &[
                ("q", self.text()),
                ("active", &self.active),
                ("staff", &self.staff),
                ("sort", &self.sort),
            ],
            anchor: "",
        };
        list.pager((text!(lang, "panel-users"), lang), self.after(), next)
    }
}

/// Returns the choices of a filter. An unknown value chooses the first.
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
    fn unknown_values_are_ignored() {
        let search = SearchForm {
            active: "maybe".to_owned(),
            sort: "balance".to_owned(),
            after: "x".to_owned(),
            ..SearchForm::default()
        };
        assert_eq!(search.after(), None);
        assert_eq!(search.flags(), UserFlags::default());
        assert_eq!(search.order(), UserOrder::Newest);
        assert!(!search.is_narrowed());
    }

    #[test]
    fn the_next_page_has_the_same_search() {
        let search = SearchForm {
            q: " a&b=%_' ".to_owned(),
            staff: "yes".to_owned(),
            after: "7".to_owned(),
            ..SearchForm::default()
        };
        let pager = search.pager(Lang::En, Some(UserId(57)));
        let first = "/admin/users/?q=a%26b%3D%25_%27&staff=yes";
        assert_eq!(pager.first.as_deref(), Some(first));
        assert_eq!(pager.next, Some(format!("{first}&after=57")));
    }
}
