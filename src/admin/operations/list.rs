//! `GET /admin/operations/` and `GET /admin/wallets/{wallet}/operations/`: what was found, a page at a time.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use tracing::warn;

use super::owner::Owner;
use super::query::{Mistakes, SearchForm};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html_with};
use crate::admin::paging::{self, Pager};
use crate::admin::wallets::{kinds, path};
use crate::domain::{OperationKind, WalletId};
use crate::messages::{Id, Lang, id, text};
use crate::storage::admin::{
    COUNT_MAX, FoundOperation, FoundPage, OperationCount, OperationFilter, User,
};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// An input of the form.
struct Field<'a> {
    name: &'static str,
    label: Id,
    value: &'a str,
    mistake: Option<Id>,
    class: &'static str,
    kind: &'static str,
    hint: Option<&'static str>,
    is_money: bool,
}

impl<'a> Field<'a> {
    fn text(
        name: &'static str,
        label: Id,
        value: &'a str,
        mistake: Option<Id>,
        class: &'static str,
    ) -> Self {
        Self {
            name,
            label,
            value,
            mistake,
            class,
            kind: "text",
            hint: None,
            is_money: false,
        }
    }

    fn money(name: &'static str, label: Id, value: &'a str, mistake: Option<Id>) -> Self {
        Self {
            is_money: true,
            ..Self::text(name, label, value, mistake, "field--short")
        }
    }

    fn time(name: &'static str, label: Id, value: &'a str, mistake: Option<Id>) -> Self {
        Self {
            hint: Some("2026-11-26 17:03"),
            ..Self::text(name, label, value, mistake, "field--order")
        }
    }
}

const ALL: &str = "/admin/operations/";

/// What the form asks for.
pub enum Asked {
    Search(OperationFilter),
    Mistaken(Mistakes),
    /// Several users match, or nobody does.
    Choose(Vec<User>),
}

#[derive(Template)]
#[template(path = "operations/list.html")]
struct ListPage {
    page: Page,
    lang: Lang,
    /// The wallet whose operations are searched; `None`: all.
    wallet: Option<WalletId>,
    form: SearchForm,
    mistakes: Mistakes,
    /// Users to choose from; `None`: nothing is to be chosen.
    choices: Option<Vec<User>>,
    /// The search did not end in time.
    is_too_long: bool,
    /// `None` without a search.
    list: Option<List>,
}

struct List {
    found: Vec<FoundOperation>,
    count: Option<String>,
    /// How far the search came, if it did not fill the page.
    stopped: Option<Stopped>,
    has_past: bool,
    /// The address of the file, if there can be one.
    file: Option<String>,
    pager: Pager,
}

/// Where a search stopped.
struct Stopped {
    at: time::OffsetDateTime,
    /// The address of the page that goes on.
    on: String,
}

pub async fn show(
    shell: Shell,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    answer(&shell, None, search.into_inner(), &database).await
}

pub async fn show_of_wallet(
    shell: Shell,
    wallet: web::Path<String>,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let wallet = path::wallet(&wallet)?;
    answer(&shell, Some(wallet), search.into_inner(), &database).await
}

async fn answer(
    shell: &Shell,
    wallet: Option<WalletId>,
    form: SearchForm,
    database: &Database,
) -> Result<HttpResponse, AdminError> {
    let asked = asked(wallet, &form, database).await?;
    page(shell, wallet, form, asked, database, StatusCode::OK).await
}

/// Returns what the form asks for. In a wallet, the user is known.
pub async fn asked(
    wallet: Option<WalletId>,
    form: &SearchForm,
    database: &Database,
) -> Result<Asked, AdminError> {
    let filter = match form.filter() {
        Ok(filter) => filter,
        Err(mistakes) => return Ok(Asked::Mistaken(*mistakes)),
    };
    let wallet = match wallet {
        Some(wallet) => Some(wallet),
        None => match Owner::find(database, &form.user).await? {
            Owner::Anyone => None,
            Owner::Wallet(wallet) => Some(wallet),
            Owner::Choose(users) => return Ok(Asked::Choose(users)),
        },
    };
    Ok(Asked::Search(OperationFilter { wallet, ..filter }))
}

/// Returns the page of what is asked for, with that status unless the search itself fails.
pub async fn page(
    shell: &Shell,
    wallet: Option<WalletId>,
    form: SearchForm,
    asked: Asked,
    database: &Database,
    status: StatusCode,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let mut page = ListPage {
        page: shell.page(text!(lang, "panel-operations")),
        lang,
        wallet,
        form,
        mistakes: Mistakes::default(),
        choices: None,
        is_too_long: false,
        list: None,
    };
    let filter = match asked {
        Asked::Search(filter) => filter,
        Asked::Mistaken(mistakes) => {
            page.mistakes = mistakes;
            return html_with(status, &page);
        }
        Asked::Choose(users) => {
            page.choices = Some(users);
            return html_with(status, &page);
        }
    };
    let after = page.form.after();
    match database
        .operations_found(&filter, after, paging::OPERATIONS)
        .await
    {
        Ok(Some(found)) => {
            page.list = Some(page.list_of(found, filter.from.is_some()));
            html_with(status, &page)
        }
        // The page of a wallet; a counterpart that does not exist has no operations.
        Ok(None) if wallet.is_some() => Err(AdminError::NotFound),
        Ok(None) => {
            page.list = Some(page.list_of(FoundPage::default(), false));
            html_with(status, &page)
        }
        Err(error @ StorageError::TooLong { .. }) => {
            warn!(error = %chain(&error), "a search for operations took too long");
            page.is_too_long = true;
            html_with(StatusCode::SERVICE_UNAVAILABLE, &page)
        }
        Err(error) => Err(AdminError::Storage(error)),
    }
}

impl ListPage {
    fn list_of(&self, found: FoundPage, has_beginning: bool) -> List {
        let lang = self.lang;
        let path = self.path();
        let count = found.count.map(|count| match count {
            OperationCount::Exactly(count) => {
                text!(
                    lang,
                    "operations-count",
                    count = count,
                    number = format::count(count)
                )
            }
            OperationCount::Many => {
                text!(
                    lang,
                    "operations-count-many",
                    number = format::count(COUNT_MAX)
                )
            }
            OperationCount::AtLeast(count) => {
                text!(lang, "operations-count-part", number = format::count(count))
            }
        });
        let file = match self.wallet {
            Some(_) => Some(format!("{path}found.csv")),
            None if has_beginning => Some("/admin/operations.csv".to_owned()),
            None => None,
        };
        let pager = self.form.pager(&path, lang, found.next);
        let stopped = found.stopped_at.zip(pager.next.clone());
        List {
            found: found.rows,
            count,
            stopped: stopped.map(|(at, on)| Stopped { at, on }),
            has_past: found.has_past,
            file: file.map(|path| self.form.address(&path)),
            pager,
        }
    }

    fn path(&self) -> String {
        self.wallet.map_or(ALL.to_owned(), path::operations_of)
    }

    fn chosen(&self, user: &User) -> String {
        self.form.address_of(&self.path(), &user.id.0.to_string())
    }

    /// What a search usually is by.
    fn first_fields(&self) -> Vec<Field<'_>> {
        let (form, wrong) = (&self.form, &self.mistakes);
        let user = Field {
            hint: Some(self.lang.text(id!("operations-user-hint"))),
            ..Field::text(
                "user",
                id!("operations-user"),
                &form.user,
                wrong.user,
                "field--user",
            )
        };
        let amount = id!("wallets-amount");
        let amount = Field::money("amount", amount, &form.amount, wrong.amount);
        let day = Field {
            kind: "date",
            hint: Some("2026-11-26"),
            ..Field::text(
                "day",
                id!("operations-day"),
                &form.day,
                wrong.time.day,
                "field--short",
            )
        };
        let user = Some(user).filter(|_| self.wallet.is_none());
        user.into_iter().chain([amount, day]).collect()
    }

    fn more_fields(&self) -> [Field<'_>; 7] {
        let (form, wrong) = (&self.form, &self.mistakes);
        let least = id!("operations-least");
        let most = id!("operations-most");
        let key = id!("wallets-key");
        let reference = id!("operations-reference");
        let other = id!("operations-other");
        [
            Field::money("least", least, &form.least, wrong.least),
            Field::money("most", most, &form.most, wrong.most),
            Field::time("from", id!("operations-from"), &form.from, wrong.time.from),
            Field::time("to", id!("operations-to"), &form.to, wrong.time.to),
            Field::text("key", key, &form.key, wrong.key, "field--order"),
            Field::text(
                "reference",
                reference,
                &form.reference,
                wrong.reference,
                "field--order",
            ),
            Field::text("other", other, &form.other, wrong.other, "field--wide"),
        ]
    }

    /// Returns whether one of those fields is set.
    fn has_more(&self) -> bool {
        let fields = self.more_fields();
        fields.iter().any(|field| !field.value.trim().is_empty())
    }

    fn kinds(&self) -> [(&'static str, &str, bool); OperationKind::ALL.len()] {
        OperationKind::ALL.map(|kind| {
            let name = kinds::kind_name(kind.as_str(), self.lang);
            (kind.as_str(), name, self.form.kind() == Some(kind))
        })
    }
}
