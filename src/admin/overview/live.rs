//! What of the overview changes: made anew for every look, from what is known by then.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use time::OffsetDateTime;

use super::charts::{self, Drawn};
use super::figures::{bytes, clock, count, count_u64, milliseconds, rounded};
use super::kept::Known;
use super::sampler::Sample;
use super::state::{Busy, Counts, Overview};
use crate::admin::format;
use crate::engine::{Committers, Engine, Refusal, Totals};
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::ServerState;

/// What the template shows.
pub struct Live {
    pub at: OffsetDateTime,
    pub engine_name: String,
    pub stats: [Stat; 4],
    /// What the counts are from, and whether the last attempt failed.
    pub counted_at: Option<OffsetDateTime>,
    pub count_failed: bool,
    pub charts: [Drawn; 3],
    pub hottest: Vec<HotRow>,
    pub hottest_over: String,
    pub refusals: Vec<RefusalRow>,
    pub stopping: bool,
    pub engine: Vec<Fact>,
    pub committers: Vec<CommitterRow>,
    pub sets_waiting: String,
    pub server: Server,
}

/// A figure at the top.
pub struct Stat {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

/// A name and what it is.
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    /// It calls for somebody.
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
    pub in_all: String,
    /// Of the last minutes, and a matter of the operators'.
    pub bad: bool,
}

pub struct CommitterRow {
    pub number: usize,
    pub has_turn: bool,
    /// What it writes.
    pub operations: Option<String>,
    pub wallets: Option<String>,
    pub since: Option<String>,
}

/// How PostgreSQL is.
pub struct Server {
    pub answers: bool,
    /// The facts are from an earlier look.
    pub is_old: bool,
    pub facts: Vec<Fact>,
}

/// Refusals from here on in [`Refusal::ALL`] are no client's doing.
const OPERATORS_FROM: Refusal = Refusal::WalletFull;

/// What each of [`Refusal::ALL`] is called.
const REASONS: [Id; Refusal::ALL.len()] = [
    id!("insufficient-funds"),
    id!("balance-limit"),
    id!("overview-reason-key-reused"),
    id!("overview-reason-wallet-not-found"),
    id!("overview-reason-wallet-full"),
    id!("overview-reason-overloaded"),
    id!("overview-reason-stopping"),
    id!("overview-reason-not-done"),
    id!("overview-reason-unknown"),
];

/// Looks at everything.
pub async fn look(
    overview: &Overview,
    engine: &Engine,
    database: &web::Data<Database>,
    lang: Lang,
) -> Live {
    let (counts, server, busy, answers) = futures_util::join!(
        overview.counts(database),
        overview.server(database),
        overview.busy(engine),
        database.answers(),
    );
    let writer = Writer { lang };
    let samples = overview.samples.all();
    let totals = engine.totals();
    let busy = busy.found.as_deref().and_then(Option::as_ref);
    let committers = engine.committers();
    let counted = counts.found.as_deref();
    Live {
        at: OffsetDateTime::now_utc(),
        engine_name: overview.engine_name.clone(),
        stats: writer.stats(&counts, engine),
        counted_at: counted.map(|counts| counts.at),
        count_failed: counts.failed,
        charts: charts::all(&samples, lang),
        hottest: busy.map(|busy| writer.hottest(busy)).unwrap_or_default(),
        hottest_over: clock(busy.map_or(Duration::ZERO, |busy| busy.hottest.over)),
        refusals: writer.refusals(&totals, &samples),
        stopping: engine.is_stopping(),
        engine: writer.engine(overview, engine, database, &totals, busy),
        sets_waiting: count(committers.waiting_wallets),
        committers: writer.committers(&committers),
        server: writer.server(&server, answers.is_ok()),
    }
}

struct Writer {
    lang: Lang,
}

impl Writer {
    fn stats(&self, counts: &Known<Counts>, engine: &Engine) -> [Stat; 4] {
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
        let found = counts.found.as_deref();
        let Some((totals, operations)) =
            found.and_then(|counts| Some((counts.totals?, counts.today)))
        else {
            return names.map(unknown);
        };
        let [users, wallets, balance, today] = names;
        let stat = |name, value, note| Stat { name, value, note };
        let active = count(engine.active_wallets());
        let active = text!(lang, "overview-active", count = active);
        [
            stat(users, format::count(totals.users), String::new()),
            stat(wallets, format::count(totals.wallets), active),
            stat(
                balance,
                format::money(totals.balance, self.lang),
                String::new(),
            ),
            match operations {
                Some(operations) => stat(
                    today,
                    format::count(operations),
                    text!(
                        lang,
                        "overview-today-note",
                        count = format::count(totals.operations)
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
                operations: count_u64(wallet.operations),
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
                    lately: count_u64(lately),
                    in_all: count_u64(totals.refused[at]),
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
                count_u64(totals.commits_failed),
            ),
            Fact::good(
                text!(lang, "overview-guard-misses"),
                count_u64(totals.guard_misses),
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
            has_turn: committer.has_permit,
            operations: committer.writing.map(|(group, _)| count(group.operations)),
            wallets: committer.writing.map(|(group, _)| count(group.wallets)),
            since: committer
                .writing
                .map(|(_, since)| milliseconds(since.as_secs_f64(), self.lang)),
        });
        rows.collect()
    }

    fn server(&self, known: &Known<ServerState>, answers: bool) -> Server {
        let facts = known.found.as_deref().map(|state| self.server_facts(state));
        Server {
            answers,
            is_old: known.failed,
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
            many => format::count(many),
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
                    part = format::count(state.connections),
                    whole = format::count(state.connections_max),
                ),
                bad: state.connections * 10 >= state.connections_max * 9,
            },
            Fact {
                name: text!(lang, "overview-lock-waits"),
                value: format::count(state.waiting_for_locks),
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
