//! The part of the overview that the page reloads, rendered from the newest values.

use askama::Template;
use rust_decimal::Decimal;
use time::OffsetDateTime;
use uuid::Uuid;

use super::cached::Reading;
use super::charts::{self, DrawnChart};
use super::engines::EngineState;
use super::facts::{RefusalRow, refusals};
use super::number_format::{clock, rounded};
use super::report::{self, Report};
use super::series::Series;
use super::server::{Server, server};
use super::state::{Counts, Overview};
use super::this_engine::HOTTEST_MAX;
use crate::admin::format::{self, count};
use crate::messages::{Lang, text};
use crate::storage::Database;

/// The values that the template shows.
#[derive(Template)]
#[template(path = "overview/view.html")]
pub struct View {
    lang: Lang,
    pub at: OffsetDateTime,
    /// The other engines could not be read: what is shown of them is of before.
    pub engines_failed: bool,
    pub engines: Vec<EngineRow>,
    /// The rates of all engines, added.
    pub rate: String,
    pub stats: [Stat; 4],
    /// When the totals were counted; `count_failed` if the last attempt failed.
    pub counted_at: Option<OffsetDateTime>,
    pub count_failed: bool,
    pub charts: [DrawnChart; 2],
    pub hottest: Vec<HotRow>,
    pub hottest_over: String,
    pub refusals: Vec<RefusalRow>,
    pub server: Server,
}

/// A number at the top of the page.
pub struct Stat {
    pub name: &'static str,
    pub value: String,
    pub note: String,
}

/// Whether an engine takes operations, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    Accepting,
    Stopping,
    /// It has not reported itself for a while.
    NotSeen,
}

pub struct EngineRow {
    pub id: Uuid,
    pub name: String,
    pub address: String,
    pub is_this: bool,
    pub shares_name: bool,
    pub state: RowState,
    pub age: String,
    pub seen_at: OffsetDateTime,
    pub rate: String,
    pub waiting: String,
    pub active: String,
}

pub struct HotRow {
    pub id: String,
    pub operations: String,
    pub rate: String,
    pub waiting: String,
    pub balance: String,
}

/// Collects the values.
pub async fn view(overview: &Overview, database: &Database, lang: Lang) -> View {
    let (counts, server_state, (engines, engines_failed), answers) = futures_util::join!(
        overview.counts(database),
        overview.server(database),
        overview.engines(database),
        database.answers(),
    );
    let formatter = Formatter { lang };
    let running = engines.iter().filter(|engine| engine.is_running());
    let reports: Vec<_> = running.clone().map(|engine| &engine.report).collect();
    let rate = running.filter_map(EngineState::rate).sum();
    let over_s = reports.iter().map(|report| report.hottest_over_s);
    let over_s = over_s.fold(0.0, f64::max);
    let series = Series::of(engines.iter().map(|engine| &*engine.samples));
    let counted = counts.value.as_deref();
    let listed = engines.iter().filter(|engine| !engine.is_followed);
    View {
        lang,
        at: OffsetDateTime::now_utc(),
        engines_failed,
        engines: listed.map(|engine| formatter.engine(engine)).collect(),
        rate: rounded(rate, lang),
        stats: formatter.stats(&counts, &reports),
        counted_at: counted.map(|counts| counts.at),
        count_failed: counts.failed,
        charts: charts::operations(&series, lang),
        hottest: formatter.hottest(&reports, over_s),
        hottest_over: clock(over_s),
        refusals: refusals(&reports, lang),
        server: server(&server_state, answers.is_ok(), lang),
    }
}

struct Formatter {
    lang: Lang,
}

impl Formatter {
    fn stats(&self, counts: &Reading<Counts>, reports: &[&Report]) -> [Stat; 4] {
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
        let active: usize = reports.iter().map(|report| report.active_wallets).sum();
        let active = text!(
            lang,
            "overview-active",
            count = active,
            number = count(active)
        );
        let all = text!(
            lang,
            "overview-today-note",
            count = count(totals.operations)
        );
        [
            stat(users, count(totals.users), String::new()),
            stat(wallets, count(totals.wallets), active),
            stat(balance, format::money(totals.balance, lang), String::new()),
            match operations {
                Some(operations) => stat(today, count(operations), all),
                None => unknown(today),
            },
        ]
    }

    fn engine(&self, engine: &EngineState) -> EngineRow {
        let report = &engine.report;
        let rate = engine.rate();
        EngineRow {
            id: engine.identity.id,
            name: engine.identity.name.clone(),
            address: engine.identity.address.clone(),
            is_this: engine.is_this,
            shares_name: engine.shares_name,
            state: match (engine.is_running(), report.stopping) {
                (false, _) => RowState::NotSeen,
                (true, true) => RowState::Stopping,
                (true, false) => RowState::Accepting,
            },
            age: format::ago(engine.age, self.lang),
            seen_at: engine.seen_at,
            rate: rate.map_or_else(|| "\u{2013}".to_owned(), |rate| rounded(rate, self.lang)),
            waiting: count(report.waiting_operations),
            active: count(report.active_wallets),
        }
    }

    fn hottest(&self, reports: &[&Report], over_s: f64) -> Vec<HotRow> {
        let wallets = report::hottest(reports.iter().copied(), HOTTEST_MAX);
        #[expect(clippy::cast_precision_loss, reason = "one place is shown")]
        let row = |wallet: report::Hot| HotRow {
            id: wallet.wallet,
            operations: count(wallet.operations),
            rate: rounded(wallet.operations as f64 / over_s.max(1.0), self.lang),
            waiting: count(wallet.waiting),
            balance: format::money(
                wallet.balance.parse::<Decimal>().unwrap_or_default(),
                self.lang,
            ),
        };
        wallets.into_iter().map(row).collect()
    }
}

impl View {
    fn some_share_a_name(&self) -> bool {
        self.engines.iter().any(|engine| engine.shares_name)
    }
}
