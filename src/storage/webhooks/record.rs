//! A record of a webhook's progress, as the parameters of one statement: an array a column.

use time::OffsetDateTime;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::events::Event;
use crate::events::webhooks::{GivenUp, Outcome, Record, SET_ASIDE_MAX, Waiting};

/// The parameters of `webhook_record.sql`, in its order.
#[derive(Debug, Default)]
pub(super) struct Columns<'r> {
    expected: String,
    after: String,
    has_delivered: bool,
    failure: Option<String>,
    waiting: WaitingColumns<'r>,
    released: Vec<Uuid>,
    given_up: GivenUpColumns,
}

#[derive(Debug, Default)]
struct WaitingColumns<'r> {
    wallets: Vec<Uuid>,
    cursors: Vec<String>,
    attempts: Vec<i32>,
    due_in_s: Vec<f64>,
    statuses: Vec<Option<i32>>,
    errors: Vec<&'r str>,
}

#[derive(Debug, Default)]
struct GivenUpColumns {
    cursors: Vec<String>,
    types: Vec<&'static str>,
    wallets: Vec<Option<Uuid>>,
    seqs: Vec<Option<i64>>,
    attempts: Vec<i32>,
    statuses: Vec<Option<i32>>,
    errors: Vec<&'static str>,
}

impl<'r> Columns<'r> {
    pub fn of(record: &'r Record) -> Self {
        let mut columns = Self {
            expected: record.expected.to_string(),
            after: record.after.to_string(),
            has_delivered: record.has_delivered,
            failure: record.failure.map(shown),
            released: record.released.iter().map(|wallet| wallet.0).collect(),
            ..Self::default()
        };
        for waiting in &record.waiting {
            columns.waiting.push(waiting);
        }
        for given_up in &record.given_up {
            columns.given_up.push(given_up);
        }
        columns
    }

    pub fn parameters<'p>(
        &'p self,
        webhook: &'p Uuid,
        engine: &'p Uuid,
        since: &'p OffsetDateTime,
    ) -> [&'p (dyn ToSql + Sync); 22] {
        let (waiting, given_up) = (&self.waiting, &self.given_up);
        [
            webhook,
            engine,
            &self.expected,
            &self.after,
            &self.has_delivered,
            &self.failure,
            &waiting.wallets,
            &waiting.cursors,
            &waiting.attempts,
            &waiting.due_in_s,
            &waiting.statuses,
            &waiting.errors,
            &self.released,
            &given_up.cursors,
            &given_up.types,
            &given_up.wallets,
            &given_up.seqs,
            &given_up.attempts,
            &given_up.statuses,
            &given_up.errors,
            &SET_ASIDE_MAX,
            since,
        ]
    }
}

impl<'r> WaitingColumns<'r> {
    fn push(&mut self, waiting: &'r Waiting) {
        self.wallets.push(waiting.wallet.0);
        self.cursors.push(waiting.after.to_string());
        self.attempts.push(counted(waiting.failures));
        self.due_in_s.push(waiting.due_in.as_secs_f64());
        self.statuses.push(waiting.reason.status.map(i32::from));
        self.errors.push(&waiting.reason.word);
    }
}

impl GivenUpColumns {
    fn push(&mut self, given_up: &GivenUp) {
        let event: &Event = &given_up.event;
        let wallet = event.wallet();
        self.cursors.push(event.cursor.to_string());
        self.types.push(event.type_name());
        self.wallets.push(wallet.map(|wallet| wallet.0));
        self.seqs.push(wallet.map(|_| event.cursor.seq));
        self.attempts.push(counted(given_up.failures));
        self.statuses.push(given_up.outcome.status().map(i32::from));
        self.errors.push(given_up.outcome.as_str());
    }
}

/// The status of an answer, or why there was none.
fn shown(outcome: Outcome) -> String {
    let status = outcome.status().map(|status| status.to_string());
    status.unwrap_or_else(|| outcome.as_str().to_owned())
}

fn counted(attempts: u32) -> i32 {
    i32::try_from(attempts).unwrap_or(i32::MAX)
}
