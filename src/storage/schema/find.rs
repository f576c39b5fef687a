//! Finds the schema that has the tables.
//!
//! The search path is not enough. By default it begins with the role's own name, so after `CREATE SCHEMA wallet
//! AUTHORIZATION wallet` the next start would find an empty schema and create a second set of tables.
//!
//! 1. All schemas that the role may use are searched for the tables. If exactly one has them, it is used.
//! 2. If none has them, new tables are created in the first schema of the search path, which must exist.
//! 3. If several have them, the start is refused, and their names are reported. An address that sets `search_path` in its
//!    `options` limits all three rules to that path.
//!
//! Every session then uses this schema alone.

use tokio_postgres::{Client, Row};

use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// The schema of the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(String);

#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    #[error("could not find the schema of the tables")]
    Ask(#[source] StorageError),
    #[error(
        "the database is encoded in {encoding}, which cannot store every name; use one in UTF8, \
         made with: createdb -E UTF8 -T template0"
    )]
    Encoding { encoding: String },
    #[error(
        "several schemas have the tables of an engine: {}; name one in the address: \
         options=-csearch_path={}", .found.join(", "), .found[0]
    )]
    Several { found: Vec<String> },
    #[error(
        "there is no schema to make the tables in: none of the search path ({search_path}) exists; \
         run: CREATE SCHEMA {role} AUTHORIZATION {role}"
    )]
    Nowhere { search_path: String, role: String },
    #[error(
        "role {role} may not make the tables in schema {schema}; \
         run: GRANT CREATE ON SCHEMA {schema} TO {role}"
    )]
    MayNotCreate { schema: String, role: String },
}

impl Database {
    /// Finds the schema, unless it was found already. Every later session uses it alone.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub async fn find_schema(&self) -> Result<(), SchemaError> {
        let connector = self.sessions.connector();
        if connector.has_schema() {
            return Ok(());
        }
        let client = self.sessions.connect(&connector.settings()).await;
        let schema = Schema::find(&client.map_err(SchemaError::Ask)?).await?;
        connector.pin_schema(schema.0);
        Ok(())
    }
}

impl Schema {
    /// Finds it, on a session with the original search path.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub async fn find(client: &Client) -> Result<Self, SchemaError> {
        let failed = |e| SchemaError::Ask(query_failed("search the schemas")(e));
        let default = client
            .query_one(sql::SCHEMA_DEFAULT, &[])
            .await
            .map_err(failed)?;
        let text = |name| default.try_get::<_, String>(name).map_err(failed);
        let encoding = text("encoding")?;
        if encoding != "UTF8" {
            return Err(SchemaError::Encoding { encoding });
        }
        let rows = client.query(sql::SCHEMA_FIND, &[]).await.map_err(failed)?;
        let found = rows
            .iter()
            .map(Candidate::read)
            .collect::<Result<Vec<_>, _>>();
        let mut found = found.map_err(failed)?;
        found.retain(|candidate| candidate.is_on_path || !candidate.is_path_explicit);
        if let [candidate] = &*found {
            return Ok(Self(candidate.name.clone()));
        }
        if !found.is_empty() {
            let found = found.into_iter().map(|candidate| candidate.name).collect();
            return Err(SchemaError::Several { found });
        }
        let role = text("role")?;
        let schema: Option<String> = default.try_get("name").map_err(failed)?;
        let Some(schema) = schema else {
            let search_path = text("search_path")?;
            return Err(SchemaError::Nowhere { search_path, role });
        };
        if !default.try_get("may_create").map_err(failed)? {
            return Err(SchemaError::MayNotCreate { schema, role });
        }
        Ok(Self(schema))
    }

    /// Returns its name, without quotes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// A schema that has the tables.
struct Candidate {
    name: String,
    is_on_path: bool,
    is_path_explicit: bool,
}

impl Candidate {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            name: row.try_get("name")?,
            is_on_path: row.try_get("is_on_path")?,
            is_path_explicit: row.try_get("is_explicit")?,
        })
    }
}
