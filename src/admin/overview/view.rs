//! The part of the overview that the page reloads, rendered from the newest values.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use askama::Template;
use time::OffsetDateTime;

use super::cached::Reading;
use super::charts::{self, DrawnChart};
use super::number_format::{bytes, clock, milliseconds, rounded};
use super::sampler::Sample;
use super::state::{Busy, Counts, Overview};
use crate::admin::format::{self, count};
use crate::engine::{Committers, Engine, Refusal, Totals};
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::ServerState;

/// The values that the template shows.
#[derive(Template)]
#[template(path = "overview/view.html")]
pub struct View {
    lang: Lang,
    pub at: OffsetDateTime,
    pub engine_name: String,
    pub stats: [Stat; 4],
    /// When the totals were counted; `count_failed` if the last attempt failed.
    pub counted_at: Option<OffsetDateTime>,
    pub count_failed: bool,
    pub charts: [DrawnChart; 3],
    pub hottest: Vec<HotRow>,
    pub hottest_over: String,
    pub refusals: Vec<RefusalRow>,
    pub stopping: bool,
    pub engine: Vec<Fact>,
    pub committers: Vec<CommitterRow>,
    pub sets_waiting: String,
    pub server: Server,
}

/// A number at the top of the page.
pub struct Stat {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

/// A name and its value.
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    /// Operators should act on it.
    pub bad: bool,
}

pub struct HotRow {
    pub id: String,
    pub operations: String,
    pub rate: String,
    pub waiting: String,
    pub balance: String,
}

pub struct RefusalRow {
    pub reason: &'static str,
    pub lately: String,
    pub since_start: String,
    /// It happened in the last minutes, and operators should act on it.
    pub bad: bool,
}

pub struct CommitterRow {
    pub number: usize,
    pub has_permit: bool,
    /// Of the group that it writes.
    pub operations: Option<String>,
    pub wallets: Option<String>,
    pub since: Option<String>,
}

/// The state of PostgreSQL.
pub struct Server {
    pub answers: bool,
    /// The last attempt to read the facts failed, so they are from before.
    pub is_stale: bool,
    pub facts: Vec<Fact>,
}

/// From here on in [`Refusal::ALL`], clients did not cause the refusal.
const OPERATORS_FROM: Refusal = Refusal::WalletFull;

/// The name of each of [`Refusal::ALL`].
const REASONS: [Id; Refusal::ALL.len()] = [
    id!("insufficient-funds"),
    id!("balance-limit"),
    id!("wallet-frozen"),
    id!("wallet-closed"),
    id!("limit-exceeded"),
    id!("wallet-not-empty"),
    id!("hold-closed"),
    id!("exceeds-hold"),
    id!("overview-reason-expiry"),
    id!("already-reversed"),
    id!("exceeds-original"),
    id!("overview-reason-key-reused"),
    id!("overview-reason-wallet-not-found"),
    id!("overview-reason-wallet-full"),
    id!("overview-reason-overloaded"),
    id!("overview-reason-stopping"),
    id!("overview-reason-not-done"),
    id!("overview-reason-unknown"),
];

/// Collects the values.
pub async fn view(
    overview: &Overview,
    engine: &Engine,
    database: &web::Data<Database>,
    lang: Lang,
) -> View {
    let (counts, server, busy, answers) = futures_util::join!(
        overview.counts(database),
        overview.server(database),
        overview.busy(engine),
        database.answers(),
    );
    let formatter = Formatter { lang };
    let samples = overview.samples.all();
    let totals = engine.totals();
    let busy = busy.value.as_deref().and_then(Option::as_ref);
    let committers = engine.committers();
    let counted = counts.value.as_deref();
    View {
        lang,
        at: OffsetDateTime::now_utc(),
        engine_name: overview.engine_name.clone(),
        stats: formatter.stats(&counts, engine),
        counted_at: counted.map(|counts| counts.at),
        count_failed: counts.failed,
        charts: charts::all(&samples, lang),
        hottest: busy.map(|busy| formatter.hottest(busy)).unwrap_or_default(),
        hottest_over: clock(busy.map_or(Duration::ZERO, |busy| busy.hottest.over)),
        refusals: formatter.refusals(&totals, &samples),
        stopping: engine.is_stopping(),
        engine: formatter.engine(overview, engine, database, &totals, busy),
        sets_waiting: count(committers.waiting_wallets),
        committers: formatter.committers(&committers),
        server: formatter.server(&server, answers.is_ok()),
    }
}

struct Formatter {
    lang: Lang,
}

impl Formatter {
    fn stats(&self, counts: &Reading<Counts>, engine: &Engine) -> [Stat; 4] {
        let lang = self.lang;
        let names = [
            text!(lang, "panel-users"),
            text!(lang, "panel-wallets"),
            text!(lang, "overview-balance"),
            text!(lang, "overview-today"),
        ];
        let why = if counts.failed {
            text!(lang, "overview-not-counted")
        } else {
            text!(lang, "overview-being-counted")
        };
        let unknown = |name: &'static str| Stat {
            name,
            value: "\u{2013}".to_owned(),
            note: why.to_owned(),
        };
        let value = counts.value.as_deref();
        let Some((totals, operations)) =
            value.and_then(|counts| Some((counts.totals?, counts.today)))
        else {
            return names.map(unknown);
        };
        let [users, wallets, balance, today] = names;
        let stat = |name, value, note| Stat { name, value, note };
        let active = count(engine.active_wallets());
        let active = text!(lang, "overview-active", count = active);
        [
            stat(users, count(totals.users), String::new()),
            stat(wallets, count(totals.wallets), active),
            stat(
                balance,
                format::money(totals.balance, self.lang),
                String::new(),
            ),
            match operations {
                Some(operations) => stat(
                    today,
                    count(operations),
                    text!(
                        lang,
                        "overview-today-note",
                        count = count(totals.operations)
                    ),
                ),
                None => unknown(today),
            },
        ]
    }

    fn hottest(&self, busy: &Busy) -> Vec<HotRow> {
        let over_s = busy.hottest.over.as_secs_f64().max(1.0);
        let wallets = busy.hottest.wallets.iter();
        #[expect(clippy::cast_precision_loss, reason = "one place is shown")]
        wallets
            .map(|wallet| HotRow {
                id: wallet.id.0.hyphenated().to_string(),
                operations: count(wallet.operations),
                rate: rounded(wallet.operations as f64 / over_s, self.lang),
                waiting: count(wallet.waiting),
                balance: format::money(wallet.balance.into(), self.lang),
            })
            .collect()
    }

    fn refusals(&self, totals: &Totals, samples: &[Arc<Sample>]) -> Vec<RefusalRow> {
        let before = samples.first().map(|sample| sample.totals.refused);
        let before = before.unwrap_or(totals.refused);
        let operators_from = Refusal::ALL.iter().position(|r| *r == OPERATORS_FROM);
        let operators_from = operators_from.unwrap_or(usize::MAX);
        let reasons = REASONS.iter().enumerate();
        reasons
            .map(|(at, reason)| {
                let lately = totals.refused[at].saturating_sub(before[at]);
                RefusalRow {
                    reason: self.lang.text(*reason),
                    lately: count(lately),
                    since_start: count(totals.refused[at]),
                    bad: lately > 0 && at >= operators_from,
                }
            })
            .collect()
    }

    fn engine(
        &self,
        overview: &Overview,
        engine: &Engine,
        database: &Database,
        totals: &Totals,
        busy: Option<&Busy>,
    ) -> Vec<Fact> {
        let lang = self.lang;
        let pool = database.pool_in_use();
        let waiting = busy.map_or(0, |busy| busy.pending.operations);
        let part = |some, all| text!(lang, "panel-part", part = count(some), whole = count(all));
        let median = totals.commit_seconds.quantile(0.5);
        let median = median.map_or_else(
            || "\u{2013}".to_owned(),
            |seconds| milliseconds(seconds, lang),
        );
        vec![
            Fact {
                name: text!(lang, "overview-waiting-operations"),
                value: part(waiting, engine.inflight_max()),
                bad: waiting * 10 >= engine.inflight_max() * 9,
            },
            Fact::good(
                text!(lang, "overview-waiting-wallets"),
                count(busy.map_or(0, |busy| busy.pending.wallets)),
            ),
            Fact::good(
                text!(lang, "overview-active-wallets"),
                count(engine.active_wallets()),
            ),
            Fact::good(text!(lang, "overview-pool"), part(pool.used, pool.max)),
            Fact {
                name: text!(lang, "overview-pool-waiting"),
                value: count(pool.waiting),
                bad: pool.waiting > 0,
            },
            Fact::good(text!(lang, "overview-commit-time"), median),
            Fact::good(
                text!(lang, "overview-commits-failed"),
                count(totals.commits_failed),
            ),
            Fact::good(
                text!(lang, "overview-guard-misses"),
                count(totals.guard_misses),
            ),
            Fact::good(
                text!(lang, "overview-started"),
                format::time(overview.started),
            ),
        ]
    }

    fn committers(&self, committers: &Committers) -> Vec<CommitterRow> {
        let rows = committers.workers.iter().map(|committer| CommitterRow {
            number: committer.session + 1,
            has_permit: committer.has_permit,
            operations: committer.writing.map(|(group, _)| count(group.operations)),
            wallets: committer.writing.map(|(group, _)| count(group.wallets)),
            since: committer
                .writing
                .map(|(_, since)| milliseconds(since.as_secs_f64(), self.lang)),
        });
        rows.collect()
    }

    fn server(&self, reading: &Reading<ServerState>, answers: bool) -> Server {
        let facts = reading
            .value
            .as_deref()
            .map(|state| self.server_facts(state));
        Server {
            answers,
            is_stale: reading.failed,
            facts: facts.unwrap_or_default(),
        }
    }

    fn server_facts(&self, state: &ServerState) -> Vec<Fact> {
        let lang = self.lang;
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
            Fact::good(
                text!(lang, "overview-started"),
                format::time(state.started_at),
            ),
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
}

impl Fact {
    fn good(name: &'static str, value: String) -> Self {
        Self {
            name,
            value,
            bad: false,
        }
    }
}
