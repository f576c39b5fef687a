//! `GET /api/events/`: the feed of all ledgers ([`events`](crate::events)).
//!
//! * A key that is tied to wallets asks for one of them by `wallet`: the feed of all would tell of others.
//! * A page is small enough to be answered whole: a reader that is behind asks for the next one at once.

use std::time::Duration;

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::entry::{self, Entry};
use super::error::Error;
use super::faults::{Fault, Faults};
use super::openapi::events as schemas;
use super::openapi::refusals::{of_a_wallet, of_the_client_limits, of_the_engine};
use super::openapi::schemas::both;
use super::query::{self, PageLimit, Query};
use super::resource::{Answer, Call, Endpoint, Permission, Refusal, Resource};
use crate::auth::Scope;
use crate::domain::WalletId;
use crate::engine::{EngineError, Queue};
use crate::events::{self, Cursor, Event, FeedError, Happened, SourceError};
use crate::messages::id;

/// The longest wait: proxies give up on a silent server after a minute.
const WAIT_MAX_S: u16 = 30;

/// The feed.
pub static EVENTS: Resource = Resource {
    template: "/api/events/",
    name: "Events",
    description: "What happened to all wallets, in order.",
    endpoints: &[Endpoint::get(
        |call| Box::pin(page(call)),
        Permission::of(Scope::EventsRead),
        &[of_a_page, of_a_wallet, of_the_engine, of_the_client_limits],
        None,
    )],
    problems: true,
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
    after: Option<String>,
    #[param(schema_with = limits)]
    limit: Option<u16>,
    #[param(schema_with = waits)]
    wait: Option<u16>,
    #[param(schema_with = schemas::wallet_alone)]
    wallet: Option<String>,
}

fn limits() -> ObjectBuilder {
    schemas::limit(id!("openapi-events-limit"), PageLimit::FEED)
}

fn waits() -> ObjectBuilder {
    schemas::whole(id!("openapi-events-wait"), (0, WAIT_MAX_S), 0)
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EventsPage)]
struct Page {
    #[schema(max_items = 1000)]
    events: Vec<EventBody>,
    #[schema(schema_with = schemas::next)]
    next: String,
}

#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Event, description = both(id!("openapi-event")))]
struct EventBody {
    #[schema(schema_with = schemas::cursor)]
    cursor: String,
    #[serde(rename = "type")]
    #[schema(schema_with = schemas::type_name)]
    type_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schemas::wallet)]
    wallet: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Entry>,
}

impl From<&Event> for EventBody {
    fn from(event: &Event) -> Self {
        let operation = match &event.happened {
            Happened::Operation(_, operation) => Some(Entry::from(&**operation)),
            Happened::Rewound => None,
        };
        Self {
            cursor: event.cursor.to_string(),
            type_name: event.type_name(),
            wallet: event.wallet().map(|wallet| wallet.to_string()),
            operation,
        }
    }
}

#[utoipa::path(
    get,
    path = EVENTS.template,
    tag = "events",
    operation_id = "listEvents",
    description = both(id!("openapi-events")),
    params(Filters),
    responses((
        status = 200,
        description = both(id!("openapi-events-page")),
        body = Page,
        example = example,
    )),
)]
async fn page(call: Call<'_>) -> Answer {
    let given = call.request.uri().query().unwrap_or_default();
    let asked = parse(given)?;
    match asked.wallet {
        Some(wallet) if !call.caller.reaches(wallet) => {
            return Err(Error::Engine(EngineError::WalletNotFound));
        }
        None if call.caller.is_tied() => {
            return Err(Error::Fields(Faults::one("wallet", Fault::Required)));
        }
        _ => {}
    }
    let limit = call
        .engine
        .deadline()
        .saturating_duration_since(Instant::now());
    let after = match asked.after {
        After::Now => call
            .feed
            .head(Instant::now() + limit)
            .await
            .map_err(error)?,
        After::Cursor(cursor) => cursor,
    };
    let query = events::Query {
        after,
        wallet: asked.wallet,
        limit: asked.limit,
    };
    let page = call
        .feed
        .page(query, asked.wait, limit)
        .await
        .map_err(error)?;
    Ok(HttpResponse::Ok().json(Page {
        events: page.events.iter().map(EventBody::from).collect(),
        next: page.next.to_string(),
    }))
}

/// A query.
struct Asked {
    after: After,
    limit: u16,
    wait: Duration,
    wallet: Option<WalletId>,
}

enum After {
    Cursor(Cursor),
    Now,
}

fn parse(query: &str) -> Result<Asked, Error> {
    let mut given = Query::read(["after", "limit", "wait", "wallet"], query);
    let after = given.optional("after", |text| match text {
        "now" => Ok(After::Now),
        text => Cursor::parse(text)
            .map(After::Cursor)
            .ok_or(Fault::NotACursor),
    });
    let limit = given.limit(PageLimit::FEED);
    let wait = given.optional("wait", query::integer(0, WAIT_MAX_S.into()));
    let wallet = given.optional("wallet", |text| {
        WalletId::parse(text).ok_or(Fault::NotAWallet)
    });
    given.finish()?;
    Ok(Asked {
        after: after.unwrap_or(After::Cursor(Cursor::START)),
        limit,
        wait: Duration::from_secs(wait.unwrap_or_default().unsigned_abs()),
        wallet,
    })
}

fn error(error: FeedError) -> Error {
    Error::Engine(match error {
        FeedError::Overloaded => EngineError::Overloaded(Queue::Feed),
        FeedError::Source(SourceError::Unreadable(cause)) => EngineError::Unavailable(cause),
        error => EngineError::NotDone(std::sync::Arc::new(error)),
    })
}

fn example() -> Value {
    let cursor = Cursor {
        position: 4711,
        seq: 2,
        ..Cursor::START
    };
    json!({
        "events": [{
            "cursor": cursor.to_string(),
            "type": "operation.withdraw",
            "wallet": "47c6a995-7685-412c-99fe-4259db91f18f",
            "operation": entry::example(),
        }],
        "next": cursor.to_string(),
    })
}

/// Of a request for a page.
fn of_a_page() -> Vec<Refusal> {
    let mut wrong = Faults::one("after", Fault::NotACursor);
    wrong.push("limit", PageLimit::FEED.fault());
    vec![("wrong fields", Error::Fields(wrong))]
}
