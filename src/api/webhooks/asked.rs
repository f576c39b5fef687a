//! What requests for webhooks ask for.

use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::super::error::Error;
use super::super::faults::Fault;
use super::super::gate::Caller;
use super::super::members::value::{self, Value};
use super::super::members::{self, Members};
use super::super::openapi::schemas::both;
use super::super::openapi::webhooks as schemas;
use super::super::webhook_body::types;
use crate::domain::WalletId;
use crate::events::Cursor;
use crate::events::webhooks::{Changes, Destination, Guard, WebhookId, request_hash};
use crate::messages::id;

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookRequest, description = both(id!("openapi-webhook-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Asked {
    #[schema(schema_with = schemas::url)]
    url: String,
    #[schema(required = false, schema_with = schemas::types_or_null)]
    types: Option<Vec<String>>,
    #[schema(required = false, schema_with = schemas::wallet_or_null)]
    wallet: Option<String>,
    #[schema(required = false, schema_with = schemas::enabled_or_null)]
    enabled: Option<bool>,
    #[schema(required = false, schema_with = schemas::after_or_null)]
    after: Option<String>,
}

// For the description alone: `parse_changes` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange, description = both(id!("openapi-webhook-change-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct AskedChanges {
    #[schema(required = false, schema_with = schemas::url)]
    url: Option<String>,
    #[schema(required = false, schema_with = schemas::types_or_null)]
    types: Option<Vec<String>>,
    #[schema(required = false, schema_with = schemas::enabled)]
    enabled: Option<bool>,
}

/// Where in the feed deliveries begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// With the oldest event.
    Start,
    /// With what happens from now on.
    Now,
    Cursor(Cursor),
}

/// A webhook to be made.
pub struct Wanted {
    pub url: String,
    pub types: Option<Vec<String>>,
    pub wallet: Option<WalletId>,
    pub is_enabled: bool,
    pub after: After,
    /// What a key stands for.
    pub hash: [u8; 32],
}

/// Reads a webhook to be made.
pub fn parse(body: &[u8], caller: &Caller, guard: Guard) -> Result<Wanted, Error> {
    let names = ["url", "types", "wallet", "enabled", "after"];
    let mut members = Members::read(names, body).map_err(Error::Json)?;
    let url = members.required("url", |value| url(value, guard));
    let types = members.optional("types", event_types);
    let wallet = if caller.is_tied() {
        members.required("wallet", value::wallet)
    } else {
        members.optional("wallet", value::wallet)
    };
    let enabled = members.optional("enabled", value::boolean);
    let after = members.optional("after", after);
    let faults = members.into_faults();
    let Some(url) = url.filter(|_| faults.is_empty()) else {
        return Err(Error::Fields(faults));
    };
    let is_enabled = enabled.unwrap_or(true);
    let after = after.unwrap_or(After::Now);
    let of_wallet = wallet.map(|wallet| wallet.to_string());
    let asked = (&url, &types, of_wallet, is_enabled, after.text());
    let hash = request_hash("create", None, &asked);
    Ok(Wanted {
        url,
        types,
        wallet,
        is_enabled,
        after,
        hash,
    })
}

/// Reads what is to be changed of a webhook, with the hash that a key stands for.
pub fn parse_changes(
    body: &[u8],
    id: WebhookId,
    guard: Guard,
) -> Result<(Changes, [u8; 32]), Error> {
    let names = ["url", "types", "enabled"];
    let mut members = Members::read(names, body).map_err(Error::Json)?;
    let changes = Changes {
        url: members.given("url", |value| url(value, guard)),
        types: members.given("types", value::or_null(event_types)),
        is_enabled: members.given("enabled", value::boolean),
    };
    let faults = members.into_faults();
    if !faults.is_empty() {
        return Err(Error::Fields(faults));
    }
    let asked = (&changes.url, &changes.types, changes.is_enabled);
    // `null` is one thing, and nothing at all another.
    let asked = (asked, changes.types.is_some());
    let hash = request_hash("change", Some(id), &asked);
    Ok((changes, hash))
}

/// Reads from where a webhook is replayed.
pub fn parse_replay(body: &[u8]) -> Result<After, Error> {
    let mut members = Members::read(["after"], body).map_err(Error::Json)?;
    let after = members.required("after", after);
    let faults = members.into_faults();
    after
        .filter(|_| faults.is_empty())
        .ok_or(Error::Fields(faults))
}

/// Reads a body without any members.
pub fn parse_nothing(body: &[u8]) -> Result<(), Error> {
    let members = Members::read([], members::or_empty(body)).map_err(Error::Json)?;
    let faults = members.into_faults();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Fields(faults))
    }
}

impl After {
    /// As requests name it.
    pub fn text(&self) -> String {
        match self {
            Self::Start => START.to_owned(),
            Self::Now => NOW.to_owned(),
            Self::Cursor(cursor) => cursor.to_string(),
        }
    }
}

const START: &str = "start";
const NOW: &str = "now";

fn after(value: Value<'_>) -> Result<After, Fault> {
    let text = value.text()?;
    match &*text {
        START => Ok(After::Start),
        NOW => Ok(After::Now),
        text => Cursor::parse(text)
            .map(After::Cursor)
            .ok_or(Fault::NotACursor),
    }
}

/// As it was sent: what of it is shown and signed is the client's own text.
fn url(value: Value<'_>, guard: Guard) -> Result<String, Fault> {
    let text = value.text()?.into_owned();
    match Destination::parse(&text, guard) {
        Ok(_) => Ok(text),
        Err(fault) => Err(Fault::Url(fault)),
    }
}

/// Each once, in the order of all types: the same types are the same request.
fn event_types(value: Value<'_>) -> Result<Vec<String>, Fault> {
    let given = value.texts()?;
    if given.is_empty() {
        return Err(Fault::Empty);
    }
    if !given.iter().all(|text| types().contains(&text.as_str())) {
        return Err(Fault::NotOneOf(types()));
    }
    let is_given = |name: &&&str| given.iter().any(|text| text == **name);
    let in_order = types().iter().filter(is_given);
    Ok(in_order.map(|name| (*name).to_owned()).collect())
}

pub fn example() -> Json {
    json!({"url": "https://hooks.example.com/wallets", "types": ["operation.deposit"]})
}

pub fn changes_example() -> Json {
    json!({"enabled": false})
}
