//! Compares the schema with the one that the migrations make.
//!
//! A partially restored database seems to work until a missing object matters: without its index a key is executed twice,
//! and a sequence behind its column makes as many registrations fail as there are users. So startup and `verify` check, in
//! a time that does not depend on the size of the tables:
//!
//! * every constraint, index and identity column of the migrations exists; those that are unique have the same definition,
//!   and every index is valid;
//! * no sequence is behind the highest number of its column;
//! * every kind of operation has the signs that it has in the domain.
//!
//! The expected schema is `expected.tsv`, the catalogue of a new database: kind, table, name, definition. A test compares
//! them, and updates the file with `REMAKE=1`. The texts of other constraints are not compared, as they depend on the
//! version of PostgreSQL.

use std::collections::HashMap;
use std::fmt;

use tokio_postgres::{Client, Row};

use super::find::SchemaError;
use crate::domain::OperationKind;
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::migration_history;
use crate::storage::sql;

const EXPECTED: &str = include_str!("expected.tsv");

/// A difference from the expected schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFault {
    /// What is wrong, without a full stop.
    pub what: String,
    /// The statement or command that repairs it.
    pub mend: String,
}

impl fmt::Display for SchemaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; run: {}", self.what, self.mend)
    }
}

/// A line of [`EXPECTED`].
struct Promise {
    kind: &'static str,
    table: &'static str,
    name: &'static str,
    definition: &'static str,
}

/// What the catalogue has under the name of a promise.
struct Held {
    definition: String,
    is_usable: bool,
}

/// By kind, table and name.
type Catalogue = HashMap<(String, String, String), Held>;

impl Database {
    /// Compares the schema with the expected one.
    ///
    /// # Errors
    /// [`StorageError`], if the query failed.
    pub async fn schema_faults(&self) -> Result<Vec<SchemaFault>, StorageError> {
        match self.find_schema().await {
            Ok(()) => {}
            Err(SchemaError::Ask(error)) => return Err(error),
            Err(error) => {
                return Ok(vec![SchemaFault {
                    what: error.to_string(),
                    mend: "wallet-engine verify, after that".to_owned(),
                }]);
            }
        }
        let settings = self.sessions.connector().settings();
        let client = self.sessions.connect(&settings).await?;
        faults(&client).await
    }
}

async fn faults(client: &Client) -> Result<Vec<SchemaFault>, StorageError> {
    if !migration_history::has_seen_all(client).await? {
        return Ok(vec![SchemaFault {
            what: "the migrations that the database has seen are not those of this program"
                .to_owned(),
            mend: "wallet-engine migrate".to_owned(),
        }]);
    }
    let catalogue = catalogue(client).await?;
    let mut missing_tables: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for promise in promises() {
        let (table, name) = (promise.table, promise.name);
        if missing_tables.contains(&table) {
            continue;
        }
        let held = catalogue.get(&(promise.kind.to_owned(), table.to_owned(), name.to_owned()));
        let fault = match held {
            None if !catalogue.keys().any(|(_, other, _)| other == table) => {
                missing_tables.push(table);
                Some(SchemaFault {
                    what: format!("the table {table} is missing, or has lost all of its indexes"),
                    mend: format!("pg_restore of {table} from a backup of the whole database"),
                })
            }
            None => Some(SchemaFault {
                what: format!("the {} {name} of {table} is missing", promise.kind),
                mend: promise.creation(),
            }),
            Some(held) if !promise.is_kept_by(&held.definition) => Some(SchemaFault {
                what: format!(
                    "the {} {name} of {table} is another one: {}",
                    promise.kind, held.definition
                ),
                mend: format!("{} {}", promise.removal(), promise.creation()),
            }),
            Some(held) if !held.is_usable => Some(SchemaFault {
                what: format!("the index {name} of {table} is not valid"),
                mend: format!("REINDEX INDEX CONCURRENTLY {name};"),
            }),
            Some(_) if promise.kind == "identity" => sequence_fault(client, table, name).await?,
            Some(_) => None,
        };
        faults.extend(fault);
    }
    if !missing_tables.contains(&"operation_kinds") {
        faults.extend(kind_faults(client).await?);
    }
    Ok(faults)
}

/// Returns the kinds that have other signs than in the domain, or are missing.
async fn kind_faults(client: &Client) -> Result<Vec<SchemaFault>, StorageError> {
    let failed = query_failed("read the kinds of operations");
    let rows = client
        .query(sql::SCHEMA_KINDS, &[])
        .await
        .map_err(&failed)?;
    let traits = |row: &Row| {
        let signs: [i16; 2] = [row.try_get("balance_sign")?, row.try_get("held_sign")?];
        let belongs: [bool; 2] = [row.try_get("is_transfer")?, row.try_get("is_reversal")?];
        Ok((row.try_get("kind")?, (signs, belongs)))
    };
    let held: Result<HashMap<String, _>, _> = rows.iter().map(traits).collect();
    let held = held.map_err(failed)?;
    let fault = |kind: OperationKind| {
        let name = kind.as_str();
        let (balance, on_hold) = (kind.balance_sign().number(), kind.held_sign().number());
        let (is_transfer, is_reversal) = (kind.is_transfer(), kind.is_reversal());
        let wanted = ([balance, on_hold], [is_transfer, is_reversal]);
        (held.get(name) != Some(&wanted)).then(|| SchemaFault {
            what: format!("operation_kinds does not have the signs of {name}"),
            mend: format!(
                "INSERT INTO operation_kinds (kind, balance_sign, held_sign, is_transfer, is_reversal) \
                 VALUES ('{name}', {balance}, {on_hold}, {is_transfer}, {is_reversal}) \
                 ON CONFLICT (kind) DO UPDATE SET balance_sign = excluded.balance_sign, held_sign = excluded.held_sign, \
                 is_transfer = excluded.is_transfer, is_reversal = excluded.is_reversal;"
            ),
        })
    };
    Ok(OperationKind::ALL.into_iter().filter_map(fault).collect())
}

fn promises() -> impl Iterator<Item = Promise> {
    EXPECTED.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Promise {
            kind: fields.next()?,
            table: fields.next()?,
            name: fields.next()?,
            definition: fields.next()?,
        })
    })
}

impl Promise {
    fn is_kept_by(&self, definition: &str) -> bool {
        // The text of an expression depends on PostgreSQL's version.
        let is_compared = self.kind == "index"
            || self.definition.starts_with("PRIMARY KEY")
            || self.definition.starts_with("UNIQUE");
        !is_compared || without_parameters(self.definition) == without_parameters(definition)
    }

    fn creation(&self) -> String {
        let Self {
            table,
            name,
            definition,
            ..
        } = self;
        match self.kind {
            "index" => {
                format!(
                    "{};",
                    definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1)
                )
            }
            "identity" => format!("ALTER TABLE {table} ALTER COLUMN {name} ADD {definition};"),
            _ if definition.starts_with("CHECK") || definition.starts_with("FOREIGN KEY") => {
                // In two steps, so that it holds for new rows even if an existing one violates it.
                let add =
                    format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID;");
                format!("{add} ALTER TABLE {table} VALIDATE CONSTRAINT {name};")
            }
            _ => format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition};"),
        }
    }

    fn removal(&self) -> String {
        let Self { table, name, .. } = self;
        match self.kind {
            "index" => format!("DROP INDEX CONCURRENTLY {name};"),
            _ => format!("ALTER TABLE {table} DROP CONSTRAINT {name};"),
        }
    }
}

/// Returns the definition without storage parameters, which may be chosen freely.
fn without_parameters(definition: &str) -> String {
    let Some((before, rest)) = definition.split_once(" WITH (") else {
        return definition.to_owned();
    };
    let after = rest.split_once(')').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

async fn catalogue(client: &Client) -> Result<Catalogue, StorageError> {
    let failed = query_failed("read the catalogue");
    let rows = client
        .query(sql::SCHEMA_CATALOGUE, &[])
        .await
        .map_err(&failed)?;
    let held = |row: &Row| {
        let key = (
            row.try_get("kind")?,
            row.try_get("on_table")?,
            row.try_get("name")?,
        );
        let held = Held {
            definition: row.try_get("definition")?,
            is_usable: row.try_get("is_usable")?,
        };
        Ok((key, held))
    };
    rows.iter()
        .map(held)
        .collect::<Result<_, _>>()
        .map_err(failed)
}

/// Returns the fault of a sequence that is behind its column. `None` as well if this role may not read the sequence, from
/// which it can take numbers all the same.
///
/// The statements name tables and sequences, which cannot be parameters.
async fn sequence_fault(
    client: &Client,
    table: &str,
    column: &str,
) -> Result<Option<SchemaFault>, StorageError> {
    let failed = query_failed("compare a sequence with its column");
    let sequence = client
        .query_one(
            "SELECT pg_get_serial_sequence($1, $2) AS name",
            &[&table, &column],
        )
        .await
        .map_err(&failed)?;
    let Some(sequence) = sequence
        .try_get::<_, Option<String>>("name")
        .map_err(&failed)?
    else {
        return Ok(None);
    };
    let readable = "SELECT has_sequence_privilege($1, 'SELECT') AS is_readable";
    let readable = client
        .query_one(readable, &[&sequence])
        .await
        .map_err(&failed)?;
    if !readable.try_get("is_readable").map_err(&failed)? {
        return Ok(None);
    }
    let compare = format!(
        "SELECT coalesce((SELECT max({column}) FROM {table}), 0) AS highest,
             CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS given
         FROM {sequence}"
    );
    let row = client.query_one(&compare, &[]).await.map_err(&failed)?;
    let highest: i64 = row.try_get("highest").map_err(&failed)?;
    let given: i64 = row.try_get("given").map_err(&failed)?;
    Ok((given < highest).then(|| SchemaFault {
        what: format!(
            "the sequence of {table}.{column} is at {given}, but the highest is {highest}"
        ),
        mend: format!("SELECT setval('{sequence}', (SELECT max({column}) FROM {table}));"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_parameters_make_no_other_index() {
        let index =
            |with: &str| format!("CREATE INDEX i ON t USING btree (a){with} WHERE (a IS NOT NULL)");
        assert_eq!(
            without_parameters(&index(" WITH (fillfactor='70')")),
            index("")
        );
        assert_eq!(without_parameters(&index("")), index(""));
    }
}
