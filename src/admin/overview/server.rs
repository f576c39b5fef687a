//! The card of PostgreSQL.

use time::OffsetDateTime;

use super::cached::Reading;
use super::facts::Fact;
use super::number_format::bytes;
use crate::admin::format::count;
use crate::messages::{Lang, text};
use crate::storage::admin::ServerState;

/// The state of PostgreSQL.
pub struct Server {
    pub answers: bool,
    /// The last attempt to read the facts failed, so they are from before.
    pub is_stale: bool,
    pub started_at: Option<OffsetDateTime>,
    pub facts: Vec<Fact>,
}

pub fn server(reading: &Reading<ServerState>, answers: bool, lang: Lang) -> Server {
    let facts = reading.value.as_deref().map(|state| facts(state, lang));
    Server {
        answers,
        is_stale: reading.failed,
        started_at: reading.value.as_deref().map(|state| state.started_at),
        facts: facts.unwrap_or_default(),
    }
}

fn facts(state: &ServerState, lang: Lang) -> Vec<Fact> {
    let version = if state.read_only {
        format!("{} ({})", state.version, text!(lang, "overview-standby"))
    } else {
        state.version.clone()
    };
    let replicas = match state.replicas {
        0 => text!(lang, "panel-none").to_owned(),
        many => count(many),
    };
    let durability = if state.durability_off.is_empty() {
        text!(lang, "overview-durable").to_owned()
    } else {
        text!(
            lang,
            "overview-not-durable",
            settings = state.durability_off.join(", ")
        )
    };
    vec![
        Fact {
            name: text!(lang, "overview-version"),
            value: version,
            bad: state.read_only,
        },
        Fact {
            name: text!(lang, "overview-connections"),
            value: text!(
                lang,
                "panel-part",
                part = count(state.connections),
                whole = count(state.connections_max),
            ),
            bad: state.connections * 10 >= state.connections_max * 9,
        },
        Fact {
            name: text!(lang, "overview-lock-waits"),
            value: count(state.waiting_for_locks),
            bad: state.waiting_for_locks > 0,
        },
        Fact::good(text!(lang, "overview-size"), bytes(state.bytes, lang)),
        Fact::good(text!(lang, "overview-replication"), replicas),
        Fact {
            name: text!(lang, "overview-durability"),
            value: durability,
            bad: !state.durability_off.is_empty(),
        },
    ]
}
