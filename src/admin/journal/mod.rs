//! The area "journal": what the staff did, newest first, and whether an entry is missing.
//!
//! What the engine was asked for is in the journal before it was carried out. Whether it was is read from the ledgers, by the key of its
//! form (`outcome`).

mod names;
mod query;

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use askama::Template;

use super::error::AdminError;
use super::format;
use super::page::{Page, Shell, html};
use super::paging::{self, Pager};
use super::route::{get, page};
use crate::domain::staff_journal::Action;
use crate::messages::{Lang, text};
use crate::storage::{Database, JournalEntry};
use query::{ADDRESS, Mistakes, SearchForm};

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/journal/").route(page(get().to(show))));
}

#[derive(Template)]
#[template(path = "journal/page.html")]
struct JournalPage {
    page: Page,
    lang: Lang,
    search: SearchForm,
    mistakes: Mistakes,
    /// Entries that somebody removed.
    missing: i64,
    entries: Vec<JournalEntry>,
    /// The numbers of the operations that entries asked for, by the entries' numbers.
    carried_out: BTreeMap<i64, i64>,
    pager: Option<Pager>,
}

async fn show(
    shell: Shell,
    search: web::Query<SearchForm>,
    database: web::Data<Database>,
) -> Result<HttpResponse, AdminError> {
    let lang = shell.lang;
    let mut page = JournalPage {
        page: shell.page(text!(lang, "panel-journal")),
        lang,
        search: search.into_inner(),
        mistakes: Mistakes::default(),
        missing: database
            .journal_missing()
            .await
            .map_err(AdminError::Storage)?,
        entries: Vec::new(),
        carried_out: BTreeMap::new(),
        pager: None,
    };
    let query = match page.search.query() {
        Ok(query) => query,
        Err(mistakes) => {
            page.mistakes = mistakes;
            return html(&page);
        }
    };
    let found = database.journal_page(&query).await;
    page.entries = found.map_err(AdminError::Storage)?;
    let has_more = page.entries.len() > usize::from(paging::JOURNAL);
    page.entries.truncate(paging::JOURNAL.into());
    let last = page.entries.last().filter(|_| has_more);
    page.pager = Some(page.search.pager(lang, last.map(|entry| entry.number)));
    let carried_out = database.journal_carried_out(&page.entries).await;
    page.carried_out = carried_out.map_err(AdminError::Storage)?;
    html(&page)
}

impl JournalPage {
    fn action(&self, entry: &JournalEntry) -> String {
        match Action::parse(&entry.action) {
            Some(action) => self.lang.text(names::action(&action)).to_owned(),
            // Of a later version.
            None => entry.action.clone(),
        }
    }

    /// The address of the subject's page, if it has one.
    fn subject_page(entry: &JournalEntry) -> Option<String> {
        let subject = entry.subject.as_ref()?;
        let area = match subject.kind.as_str() {
            "user" => "users",
            "wallet" => "wallets",
            "webhook" if entry.action != Action::WebhookDeleted.as_str() => "webhooks",
            _ => return None,
        };
        Some(format!("/admin/{area}/{}/", subject.id))
    }

    fn subject_kind(&self, kind: &str) -> String {
        match names::subject(kind) {
            Some(name) => self.lang.text(name).to_owned(),
            None => kind.to_owned(),
        }
    }

    fn detail(&self, name: &str) -> String {
        match names::detail(name) {
            Some(known) => self.lang.text(known).to_owned(),
            None => name.to_owned(),
        }
    }

    /// Returns whether the ledgers tell what became of it.
    fn is_of_a_ledger(entry: &JournalEntry) -> bool {
        Action::parse(&entry.action).is_some_and(Action::is_of_a_ledger)
    }

    /// Returns the number of the operation that came of it.
    fn operation(&self, entry: &JournalEntry) -> Option<i64> {
        self.carried_out.get(&entry.number).copied()
    }

    fn shows(value: &serde_json::Value) -> String {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    }
}
