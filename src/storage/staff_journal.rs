//! The journal of the staff: entries that are numbered without gaps, and never changed or deleted.
//!
//! * What staff change in the database is written in one transaction with its entry ([`Database::rows_with`]): there is neither
//!   without the other.
//! * What the engine does for them is written down before it is asked, under the form's key; the ledger has the same key, or it was not
//!   carried out.
//! * The last number is in a row of its own, whose lock every writer holds until its transaction ends. So entries appear in the order of
//!   their numbers, and one that somebody removed by hand is missing by count.

#![expect(
    clippy::missing_errors_doc,
    reason = "each fails with a `StorageError` alone, as its signature says"
)]

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::database::Database;
use super::error::{StorageError, query_failed};
use super::sql;
use super::transaction::Transaction;
use crate::domain::staff_journal::{Action, StaffAction, Subject};
use crate::domain::{IdempotencyKey, UserId};

/// An entry of the journal.
#[derive(Clone, Debug)]
pub struct JournalEntry {
    /// From 1, without gaps.
    pub number: i64,
    pub at: OffsetDateTime,
    pub staff: Option<UserId>,
    pub username: Option<String>,
    pub address: Option<String>,
    /// The text of an [`Action`], or of one that a later version knows.
    pub action: String,
    pub subject: Option<JournalSubject>,
    pub form: Option<Uuid>,
    pub details: Map<String, Value>,
}

/// The subject of an entry, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalSubject {
    pub kind: String,
    /// Its number or id.
    pub id: String,
}

/// Which entries, newest first.
#[derive(Clone, Debug, Default)]
pub struct JournalQuery {
    /// Those before this number.
    pub below: Option<i64>,
    /// From here.
    pub from: Option<OffsetDateTime>,
    /// To before here.
    pub to: Option<OffsetDateTime>,
    pub action: Option<Action>,
    /// In whatever letters.
    pub username: Option<String>,
    pub subject: Option<String>,
    pub limit: u16,
}

impl Database {
    /// Writes an entry; once, however often its form is sent. After an error it may be written all the same.
    pub async fn journal_write(&self, entry: &StaffAction) -> Result<(), StorageError> {
        let entry = Values::of(entry, entry.subject.as_ref());
        let entry = entry.parameters();
        let written = self.rows(WRITE, sql::STAFF_JOURNAL_WRITE, &entry);
        written.await.map(drop)
    }

    /// Returns the rows of a statement that changes something, and writes an entry if it has any, in one transaction. `subject` is
    /// that of the entry, if it is known from the first row alone.
    pub(super) async fn rows_with(
        &self,
        doing: &'static str,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
        entry: Option<&StaffAction>,
        subject: Option<SubjectOf>,
    ) -> Result<Vec<Row>, StorageError> {
        let Some(entry) = entry else {
            return self.rows(doing, statement, parameters).await;
        };
        let transaction = self.transaction(doing).await?;
        let changed = async {
            let rows = transaction.rows(statement, parameters).await?;
            if let Some(row) = rows.first() {
                let subject = subject.map(|subject| subject(row)).transpose()?;
                transaction.journal(entry, subject.as_ref()).await?;
            }
            Ok(rows)
        };
        match changed.await {
            Ok(rows) => transaction.commit().await.map(|()| rows),
            Err(error) => {
                // What the server refuses, as for a name that is taken, leaves the session usable.
                drop(transaction.rollback().await);
                Err(error)
            }
        }
    }

    /// Returns a page of entries, newest first.
    pub async fn journal_page(
        &self,
        query: &JournalQuery,
    ) -> Result<Vec<JournalEntry>, StorageError> {
        let action = query.action.map(Action::as_str);
        let limit = i64::from(query.limit);
        let mut parameters: Vec<&(dyn ToSql + Sync)> =
            vec![&query.below, &query.from, &query.to, &action, &limit];
        let statement = match (&query.subject, &query.username) {
            (Some(subject), username) => {
                parameters.extend([subject as &(dyn ToSql + Sync), username]);
                sql::STAFF_JOURNAL_OF_SUBJECT
            }
            (None, Some(username)) => {
                parameters.push(username);
                sql::STAFF_JOURNAL_OF_USERNAME
            }
            (None, None) => sql::STAFF_JOURNAL_PAGE,
        };
        let rows = self.rows(READ, statement, &parameters).await?;
        rows.iter().map(entry).collect()
    }

    /// Returns the entries after a number, oldest first.
    pub async fn journal_after(
        &self,
        number: i64,
        limit: u16,
    ) -> Result<Vec<JournalEntry>, StorageError> {
        let limit = i64::from(limit);
        let parameters: [&(dyn ToSql + Sync); 2] = [&number, &limit];
        let rows = self.rows(READ, sql::STAFF_JOURNAL_AFTER, &parameters);
        rows.await?.iter().map(entry).collect()
    }

    /// Returns the numbers of the operations that entries asked the engine for, as far as they were carried out, by the entries' numbers.
    pub async fn journal_carried_out(
        &self,
        entries: &[JournalEntry],
    ) -> Result<BTreeMap<i64, i64>, StorageError> {
        const DOING: &str = "find what the staff asked for";
        let (mut numbers, mut wallets, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let subject = entry
                .subject
                .as_ref()
                .filter(|subject| subject.kind == "wallet");
            let wallet = subject.and_then(|subject| Uuid::try_parse(&subject.id).ok());
            if let (Some(wallet), Some(form)) = (wallet, entry.form) {
                numbers.push(entry.number);
                wallets.push(wallet);
                keys.push(IdempotencyKey::of_adjustment(form).as_str().to_owned());
            }
        }
        if numbers.is_empty() {
            return Ok(BTreeMap::new());
        }
        let statement = self.variant(
            sql::STAFF_JOURNAL_CARRIED_OUT,
            sql::STAFF_JOURNAL_CARRIED_OUT_DISTRIBUTED,
        );
        let found = self
            .rows(DOING, statement, &[&numbers, &wallets, &keys])
            .await?;
        let failed = query_failed(DOING);
        let pair = |row: &Row| Ok((row.try_get("number")?, row.try_get("seq")?));
        let pairs = found.iter().map(pair).collect::<Result<_, _>>();
        pairs.map_err(failed)
    }

    /// Returns how many entries are missing: somebody removed them past the application.
    pub async fn journal_missing(&self) -> Result<i64, StorageError> {
        const DOING: &str = "count the journal of the staff";
        let rows = self.rows(DOING, sql::STAFF_JOURNAL_MISSING, &[]).await?;
        let row = rows.first().ok_or(StorageError::Corrupt {
            what: "the last number of the journal of the staff",
        })?;
        row.try_get("missing").map_err(query_failed(DOING))
    }
}

const READ: &str = "read the journal of the staff";
const WRITE: &str = "write the journal of the staff";

/// Reads a subject from the row of the statement that made it.
pub(super) type SubjectOf = fn(&Row) -> Result<Subject, StorageError>;

impl Transaction {
    /// Writes an entry. `subject` is that of the entry, if it does not name it itself.
    pub(super) async fn journal(
        &self,
        entry: &StaffAction,
        subject: Option<&Subject>,
    ) -> Result<(), StorageError> {
        let entry = Values::of(entry, subject.or(entry.subject.as_ref()));
        let entry = entry.parameters();
        let written = self.rows_of(WRITE, sql::STAFF_JOURNAL_WRITE, &entry);
        written.await.map(drop)
    }
}

/// The parameters of an entry.
struct Values<'a> {
    staff: Option<i64>,
    username: Option<String>,
    address: Option<&'a str>,
    action: &'static str,
    subject_kind: Option<&'static str>,
    subject: Option<String>,
    form: Option<Uuid>,
    details: String,
}

impl<'a> Values<'a> {
    fn of(entry: &'a StaffAction, subject: Option<&Subject>) -> Self {
        let details = entry.details.iter();
        let details: Map<String, Value> = details
            .map(|(name, value)| ((*name).to_owned(), printable(value).into()))
            .collect();
        Self {
            staff: entry.by.staff.map(|user| user.0),
            username: entry.by.username.as_deref().map(printable),
            address: entry.by.address.as_deref(),
            action: entry.action.as_str(),
            subject_kind: subject.map(Subject::kind),
            subject: subject.map(ToString::to_string),
            form: entry.form,
            details: Value::Object(details).to_string(),
        }
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 8] {
        [
            &self.staff,
            &self.username,
            &self.address,
            &self.action,
            &self.subject_kind,
            &self.subject,
            &self.form,
            &self.details,
        ]
    }
}

/// Without U+0000, which PostgreSQL stores in no text.
fn printable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn entry(row: &Row) -> Result<JournalEntry, StorageError> {
    let failed = query_failed(READ);
    let details: &str = row.try_get("details").map_err(&failed)?;
    let kind: Option<String> = row.try_get("subject_kind").map_err(&failed)?;
    let subject: Option<String> = row.try_get("subject").map_err(&failed)?;
    Ok(JournalEntry {
        number: row.try_get("number").map_err(&failed)?,
        at: row.try_get("at").map_err(&failed)?,
        staff: row
            .try_get::<_, Option<i64>>("staff_id")
            .map_err(&failed)?
            .map(UserId),
        username: row.try_get("username").map_err(&failed)?,
        address: row.try_get("address").map_err(&failed)?,
        action: row.try_get("action").map_err(&failed)?,
        subject: kind
            .zip(subject)
            .map(|(kind, id)| JournalSubject { kind, id }),
        form: row.try_get("form").map_err(&failed)?,
        details: serde_json::from_str(details).map_err(|_| StorageError::Corrupt {
            what: "an entry of the journal of the staff",
        })?,
    })
}
