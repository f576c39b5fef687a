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
use super::words::Words;
use crate::admin::format;
use crate::admin::lang::Lang;
use crate::engine::{Committers, Engine, Refusal, Totals};
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

/// Looks at everything.
pub async fn look(
    overview: &Overview,
    engine: &Engine,
    database: &web::Data<Database>,
    words: &'static Words,
    lang: Lang,
) -> Live {
    let (counts, server, busy, answers) = futures_util::join!(
        overview.counts(database),
        overview.server(database),
        overview.busy(engine),
        database.answers(),
    );
    let writer = Writer { words, lang };
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
        charts: charts::all(&samples, words, lang),
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
    words: &'static Words,
    lang: Lang,
}

impl Writer {
    fn stats(&self, counts: &Known<Counts>, engine: &Engine) -> [Stat; 4] {
        let Words {
            users,
            wallets,
            balance,
            today,
            today_is_utc,
            operations_in_all,
            active,
            being_counted,
            not_counted,
            ..
        } = self.words;
        let active = format!("{} {active}", count(engine.active_wallets()));
        let why = if counts.failed {
            not_counted
        } else {
            being_counted
        };
        let unknown = |name: &'static str| Stat {
            name,
            value: "\u{2013}".to_owned(),
            note: (*why).to_owned(),
        };
        let found = counts.found.as_deref();
        let Some((totals, operations)) =
            found.and_then(|counts| Some((counts.totals?, counts.today)))
        else {
            return [users, wallets, balance, today].map(|name| unknown(name));
        };
        let stat = |name: &&'static str, value, note| Stat { name, value, note };
        let in_all = format!("{} {operations_in_all}", format::count(totals.operations));
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
                    format!("{today_is_utc}, {in_all}"),
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
        let reasons = self.words.reasons.iter().enumerate();
        reasons
            .map(|(at, reason)| {
                let lately = totals.refused[at].saturating_sub(before[at]);
                RefusalRow {
                    reason,
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
        let Self { words, lang } = self;
        let pool = database.pool_in_use();
        let waiting = busy.map_or(0, |busy| busy.pending.operations);
        let part = |some, all| format!("{} {} {}", count(some), words.of, count(all));
        let median = totals.commit_seconds.quantile(0.5);
        let median = median.map_or_else(
            || "\u{2013}".to_owned(),
            |seconds| milliseconds(seconds, words, *lang),
        );
        vec![
            Fact {
                name: words.waiting_operations,
                value: part(waiting, engine.inflight_max()),
                bad: waiting * 10 >= engine.inflight_max() * 9,
            },
            Fact::good(
                words.waiting_wallets,
                count(busy.map_or(0, |busy| busy.pending.wallets)),
            ),
            Fact::good(words.active_wallets, count(engine.active_wallets())),
            Fact::good(words.pool, part(pool.used, pool.max)),
            Fact {
                name: words.pool_waiting,
                value: count(pool.waiting),
                bad: pool.waiting > 0,
            },
            Fact::good(words.commit_time, median),
            Fact::good(words.commits_failed, count_u64(totals.commits_failed)),
            Fact::good(words.guard_misses, count_u64(totals.guard_misses)),
            Fact::good(words.engine_since, format::time(overview.started)),
        ]
    }

    fn committers(&self, committers: &Committers) -> Vec<CommitterRow> {
        let rows = committers.seated.iter().map(|committer| CommitterRow {
            number: committer.lane + 1,
            has_turn: committer.has_turn,
            operations: committer.writing.map(|(group, _)| count(group.operations)),
            wallets: committer.writing.map(|(group, _)| count(group.wallets)),
            since: committer
                .writing
                .map(|(_, since)| milliseconds(since.as_secs_f64(), self.words, self.lang)),
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
        let Self { words, lang } = self;
        let version = if state.read_only {
            format!("{} ({})", state.version, words.standby)
        } else {
            state.version.clone()
        };
        let replicas = match state.replicas {
            0 => words.none.to_owned(),
            many => format::count(many),
        };
        let durability = if state.durability_off.is_empty() {
            words.durable.to_owned()
        } else {
            format!("{} {}", words.not_durable, state.durability_off.join(", "))
        };
        vec![
            Fact {
                name: words.version,
                value: version,
                bad: state.read_only,
            },
            Fact::good(words.server_since, format::time(state.started_at)),
            Fact {
                name: words.connections,
                value: format!(
                    "{} {} {}",
                    format::count(state.connections),
                    words.of,
                    format::count(state.connections_max)
                ),
                bad: state.connections * 10 >= state.connections_max * 9,
            },
            Fact {
                name: words.lock_waits,
                value: format::count(state.waiting_for_locks),
                bad: state.waiting_for_locks > 0,
            },
            Fact::good(words.size, bytes(state.bytes, words, *lang)),
            Fact::good(words.replication, replicas),
            Fact {
                name: words.durability,
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
