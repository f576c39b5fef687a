//! `GET /admin/wallets/{wallet}/statement/`: a wallet's statement of a period, to read and to print. `statement_file` has the same as
//! CSV.
//!
//! * The figures are those of the API's statement: the engine reads both, and checks that each operation leads from one balance to the
//!   next. A ledger that does not add up is an error, never a statement.
//! * The page has at most [`ROWS_MAX`] operations, and says so when there are more: balances and totals are those of the whole period.
//! * In print there is the statement alone, black on white; the head of the table is repeated on each sheet (`admin.css`).

use actix_web::{HttpResponse, web};
use askama::Template;
use time::OffsetDateTime;

use super::path;
use super::period::{Mistakes, Period, PeriodForm};
use crate::admin::error::AdminError;
use crate::admin::format;
use crate::admin::page::{Page, Shell, html};
use crate::config::Currency;
use crate::domain::statement::{Statement, StatementEntry, StatementQuery, Total, Totals};
use crate::domain::{Balance, Sign, WalletId};
use crate::engine::{Engine, StatementError, StatementReader};
use crate::messages::{Id, Lang, id, text};
use crate::storage::Database;
use crate::storage::admin::Owner;

/// Operations on the page: about a hundred sheets of paper.
const ROWS_MAX: usize = 5_000;
/// Operations that are summed for the page, in about a second. The file has the totals of any number.
const SUMMED_MAX: i64 = 1_000_000;

#[derive(Template)]
#[template(path = "wallets/statement.html")]
struct StatementPage {
    page: Page,
    lang: Lang,
    id: WalletId,
    owner: Option<Owner>,
    form: PeriodForm,
    mistakes: Mistakes,
    shown: Option<Shown>,
}

/// The statement of a period.
struct Shown {
    period: Period,
    statement: Statement,
    entries: Vec<StatementEntry>,
    /// `None`: of too many to sum here.
    totals: Option<Totals>,
    currency: Currency,
    made_at: OffsetDateTime,
}

pub async fn show(
    shell: Shell,
    wallet: web::Path<String>,
    form: web::Query<PeriodForm>,
    engine: web::Data<Engine>,
    database: web::Data<Database>,
    currency: web::Data<Currency>,
) -> Result<HttpResponse, AdminError> {
    let id = path::wallet(&wallet)?;
    let wallet = database.wallet_find(id).await;
    let wallet = wallet.map_err(AdminError::Storage)?;
    let owner = wallet.ok_or(AdminError::NotFound)?.owner;
    let lang = shell.lang;
    let title = match &owner {
        Some(owner) => text!(lang, "statement-of", owner = owner.username.as_str()),
        None => text!(lang, "statement-title").to_owned(),
    };
    let mut page = StatementPage {
        page: shell.page(title),
        lang,
        id,
        owner,
        form: form.into_inner(),
        mistakes: Mistakes::default(),
        shown: None,
    };
    let now = OffsetDateTime::now_utc();
    match page.form.period(now) {
        Err(mistakes) => page.mistakes = mistakes,
        Ok(period) => {
            page.form = period.fields();
            let mut reader = begin(&engine, id, period.query(now)).await?;
            let entries = beginning(&mut reader).await.map_err(failed)?;
            page.shown = Some(Shown {
                period,
                statement: *reader.statement(),
                totals: totals(&reader).await.map_err(failed)?,
                entries,
                currency: **currency,
                made_at: now,
            });
        }
    }
    html(&page)
}

/// Begins to read the statement.
pub async fn begin(
    engine: &Engine,
    wallet: WalletId,
    query: StatementQuery,
) -> Result<StatementReader, AdminError> {
    let reader = engine.statement(wallet, query).await;
    reader.map_err(AdminError::Engine)
}

/// Reads as many operations as the page has; a page more than these at most is in memory.
async fn beginning(reader: &mut StatementReader) -> Result<Vec<StatementEntry>, StatementError> {
    let mut entries = Vec::new();
    while entries.len() < ROWS_MAX {
        let more = reader.page().await?;
        if more.is_empty() {
            break;
        }
        entries.extend(more);
    }
    entries.truncate(ROWS_MAX);
    Ok(entries)
}

/// Returns the totals of the period: of what was read, if that is all of it.
async fn totals(reader: &StatementReader) -> Result<Option<Totals>, StatementError> {
    let statement = reader.statement();
    let progress = reader.progress();
    if progress.at.version == statement.closing.version {
        return Ok(Some(progress.totals));
    }
    let all = statement.closing.version - statement.opening.version;
    if all > SUMMED_MAX {
        return Ok(None);
    }
    reader.totals().await.map(Some)
}

fn failed(error: StatementError) -> AdminError {
    match error {
        StatementError::Read(error) => AdminError::Engine(error),
        StatementError::Broken(broken) => AdminError::Ledger(broken),
    }
}

impl Shown {
    /// Returns the number of operations in the period.
    fn operations(&self) -> i64 {
        self.statement.closing.version - self.statement.opening.version
    }

    /// Returns the balance after the last operation shown, if there are more.
    fn carried_forward(&self) -> Option<Balance> {
        let last = self.entries.last()?;
        let is_cut = last.seq < self.statement.closing.version;
        is_cut.then_some(last.balance_after)
    }

    /// Returns the address of the same as CSV.
    fn file(&self) -> String {
        let path = path::statement_file_of(self.statement.wallet);
        self.period.address(&path)
    }

    /// Returns the addresses of the months before and after this one, with the ids of the links and their texts.
    fn neighbours(&self) -> Vec<(String, &'static str, Id)> {
        let path = path::statement_of(self.statement.wallet);
        let before = self.period.month_before();
        let after = self.period.month_after(self.made_at);
        let links = [
            (before, "before", id!("statement-before")),
            (after, "after", id!("statement-after")),
        ];
        let links = links.into_iter();
        links
            .filter_map(|(period, name, text)| Some((period?.address(&path), name, text)))
            .collect()
    }
}

impl StatementPage {
    fn sum(&self, total: &Total) -> String {
        format::sum(total.sum, self.lang)
    }

    /// Formats what is held, if anything is.
    fn held(&self, held: Balance) -> Option<String> {
        (held > Balance::ZERO).then(|| format::money(held, self.lang))
    }

    fn incoming(&self, entry: &StatementEntry) -> Option<String> {
        self.amount(entry, Sign::Plus)
    }

    fn outgoing(&self, entry: &StatementEntry) -> Option<String> {
        self.amount(entry, Sign::Minus)
    }

    /// Formats the amount of an operation that only changed what is held.
    fn only_held(&self, entry: &StatementEntry) -> Option<String> {
        let amount = self.amount(entry, Sign::Zero);
        amount.filter(|_| !entry.operation.kind.is_rule())
    }

    /// Formats the amount of an operation that changed the balance in this direction.
    fn amount(&self, entry: &StatementEntry, direction: Sign) -> Option<String> {
        let has_it = entry.operation.kind.balance_sign() == direction;
        has_it.then(|| format::money(entry.operation.amount, self.lang))
    }

    /// The fields for days: name, label, value and mistake.
    fn days(&self) -> [(&'static str, Id, &str, Option<Id>); 2] {
        let (form, mistakes) = (&self.form, &self.mistakes);
        [
            ("from", id!("statement-from"), &form.from, mistakes.from),
            ("to", id!("statement-to"), &form.to, mistakes.to),
        ]
    }
}
