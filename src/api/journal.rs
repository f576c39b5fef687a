//! `GET /api/journal/`: the journal of the staff, oldest first, for systems that collect such journals.
//!
//! * The cursor is the number of an entry. Entries appear in the order of their numbers, so a reader that goes on after the last one
//!   misses none.
//! * A filter leaves entries out of a page and not of its limit, so a page costs the same whatever is looked for.
//! * It names people and their addresses: only a key with the scope reads it, and where `WALLET_AUTH` is off nobody does.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::timeout_at;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::error::Error;
use super::faults::{Fault, Faults};
use super::openapi::journal as schemas;
use super::openapi::refusals::{of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::query::{self, PageLimit, Query};
use super::resource::{Answer, Call, Endpoint, Permission, Refusal, Resource};
use crate::auth::Scope;
use crate::domain::time_text;
use crate::engine::EngineError;
use crate::messages::id;
use crate::storage::{Database, JournalEntry};

/// The journal of the staff.
pub static JOURNAL: Resource = Resource {
    template: "/api/journal/",
    name: "Journal",
    description: "What members of the staff did.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(page(call)),
        Permission::of(Scope::JournalRead),
        &[of_a_page, of_the_engine, of_the_client_limits],
        None,
    )],
    problems: true,
    with_auth_alone: true,
    document: Some(|_| Described::openapi()),
    ..Resource::EMPTY
};

#[derive(OpenApi)]
#[openapi(paths(page))]
struct Described;

// For the description alone: `parse` reads the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described, and read by name")]
struct Filters {
    #[param(schema_with = schemas::after)]
    after: Option<i64>,
    #[param(schema_with = schemas::limit)]
    limit: Option<u16>,
    #[param(schema_with = schemas::username)]
    username: Option<String>,
    #[param(schema_with = schemas::subject)]
    subject: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JournalPage)]
struct Page {
    #[schema(max_items = 1000)]
    entries: Vec<EntryBody>,
    #[schema(schema_with = schemas::next)]
    next: i64,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JournalEntry, description = both(id!("openapi-journal-entry")))]
struct EntryBody {
    #[schema(schema_with = schemas::entry_number)]
    number: i64,
    #[schema(schema_with = schemas::at)]
    at: String,
    #[schema(required, schema_with = schemas::staff_id)]
    staff_id: Option<i64>,
    #[schema(required, schema_with = schemas::entry_username)]
    username: Option<String>,
    #[schema(required, schema_with = schemas::address)]
    address: Option<String>,
    #[schema(schema_with = schemas::action)]
    action: String,
    #[schema(required, schema_with = schemas::subject_kind)]
    subject_kind: Option<String>,
    #[schema(required, schema_with = schemas::entry_subject)]
    subject: Option<String>,
    #[schema(schema_with = schemas::details)]
    details: Map<String, Value>,
}

impl From<JournalEntry> for EntryBody {
    fn from(entry: JournalEntry) -> Self {
        let (subject_kind, subject) = match entry.subject {
            Some(subject) => (Some(subject.kind), Some(subject.id)),
            None => (None, None),
        };
        Self {
            number: entry.number,
            at: time_text::utc(entry.at, time_text::LEDGER),
            staff_id: entry.staff.map(|user| user.0),
            username: entry.username,
            address: entry.address,
            action: entry.action,
            subject_kind,
            subject,
            details: entry.details,
        }
    }
}

#[utoipa::path(
    get,
    path = JOURNAL.template,
    tag = "journal",
    operation_id = "listJournal",
    description = both(id!("openapi-journal")),
    params(Filters),
    responses((
        status = 200,
        description = both(id!("openapi-journal-page")),
        body = Page,
        example = example,
    )),
)]
async fn page(call: Call<'_>) -> Answer {
    let asked = parse(call.request.uri().query().unwrap_or_default())?;
    let database = call.request.app_data::<web::Data<Database>>();
    let database = database.ok_or(Error::NoSuchPath)?;
    let read = database.journal_after(asked.after, asked.limit);
    let read = timeout_at(call.engine.deadline(), read).await;
    let mut entries = read.map_err(|_| not_done(TooSlow))?.map_err(not_done)?;
    let next = entries.last().map_or(asked.after, |entry| entry.number);
    entries.retain(|entry| asked.is_met_by(entry));
    Ok(HttpResponse::Ok().json(Page {
        entries: entries.into_iter().map(EntryBody::from).collect(),
        next,
    }))
}

/// A query.
struct Asked {
    after: i64,
    limit: u16,
    username: Option<String>,
    subject: Option<String>,
}

impl Asked {
    fn is_met_by(&self, entry: &JournalEntry) -> bool {
        let username = self.username.as_ref().is_none_or(|wanted| {
            let username = entry.username.as_ref();
            username.is_some_and(|username| username.to_lowercase() == wanted.to_lowercase())
        });
        let subject = self.subject.as_ref().is_none_or(|wanted| {
            let subject = entry.subject.as_ref();
            subject.is_some_and(|subject| subject.id == *wanted)
        });
        username && subject
    }
}

fn parse(query: &str) -> Result<Asked, Error> {
    let mut given = Query::read(["after", "limit", "username", "subject"], query);
    let after = given.optional("after", query::integer(0, i64::MAX));
    let limit = given.limit(PageLimit::FEED);
    let username = given.optional("username", |text| Ok(text.to_owned()));
    let subject = given.optional("subject", |text| Ok(text.to_owned()));
    given.finish()?;
    Ok(Asked {
        after: after.unwrap_or_default(),
        limit,
        username,
        subject,
    })
}

#[derive(Debug, thiserror::Error)]
#[error("the journal of the staff was not read in time")]
struct TooSlow;

fn not_done(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Engine(EngineError::NotDone(Arc::new(cause)))
}

fn example() -> Value {
    json!({
        "entries": [{
            "number": 12,
            "at": "2026-11-29T10:15:00.123456Z",
            "staff_id": 3,
            "username": "olga",
            "address": "192.0.2.7",
            "action": "hold_voided",
            "subject_kind": "wallet",
            "subject": "47c6a995-7685-412c-99fe-4259db91f18f",
            "details": {"hold": "7", "reason": "order cancelled"},
        }],
        "next": 12,
    })
}

/// Of a request for a page.
fn of_a_page() -> Vec<Refusal> {
    let mut wrong = Faults::one("after", Fault::NotInRange(0, i64::MAX));
    wrong.push("limit", PageLimit::FEED.fault());
    vec![("wrong fields", Error::Fields(wrong))]
}
