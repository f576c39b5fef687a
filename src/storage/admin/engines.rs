//! What the engines of this database report of themselves: a row each, and a ring of samples.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::rows::Columns;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// An engine, as it tells the others.
#[derive(Clone, Debug)]
pub struct EngineIdentity {
    /// Of this run of it.
    pub id: Uuid,
    pub name: String,
    /// Its host and port.
    pub address: String,
}

/// A sample on its way into the ring.
#[derive(Clone, Debug)]
pub struct SentSample {
    /// Its place in the ring.
    pub slot: i16,
    /// As JSON.
    pub counters: String,
    /// How long ago it was taken.
    pub age: Duration,
}

/// An engine's row.
#[derive(Clone, Debug)]
pub struct StoredEngine {
    pub identity: EngineIdentity,
    pub started_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
    /// How long ago that was, by the database's clock.
    pub age: Duration,
    /// As JSON.
    pub report: String,
}

/// A sample of an engine.
#[derive(Clone, Debug)]
pub struct StoredSample {
    pub engine: Uuid,
    pub at: OffsetDateTime,
    /// As JSON.
    pub counters: String,
}

impl Database {
    /// Records what an engine reports, which runs for so long. Returns how many others report under its name.
    pub async fn engine_report(
        &self,
        engine: &EngineIdentity,
        running: Duration,
        report: &str,
        sample: &SentSample,
    ) -> Result<i64, StorageError> {
        let row = self
            .admin_row(
                "report this engine",
                sql::ENGINE_REPORT,
                &[
                    &engine.id,
                    &engine.name,
                    &engine.address,
                    &running.as_secs_f64(),
                    &report,
                    &sample.slot,
                    &sample.counters,
                    &sample.age.as_secs_f64(),
                ],
            )
            .await?;
        row.map_or(Ok(0), |row| row.column("namesakes"))
    }

    /// Deletes the rows of engines that are gone for long.
    pub async fn engines_sweep(&self) -> Result<(), StorageError> {
        let swept = self.admin_rows("delete engines that are gone", sql::ENGINES_SWEEP, &[]);
        swept.await.map(drop)
    }

    /// Returns every engine, in the order of their names.
    pub async fn engines(&self) -> Result<Vec<StoredEngine>, StorageError> {
        let rows = self
            .admin_rows("read the engines", sql::ENGINES, &[])
            .await?;
        let engine = |row: &tokio_postgres::Row| {
            let age: f64 = row.column("age_s")?;
            Ok(StoredEngine {
                identity: EngineIdentity {
                    id: row.column("id")?,
                    name: row.column("name")?,
                    address: row.column("address")?,
                },
                started_at: row.column("started_at")?,
                seen_at: row.column("seen_at")?,
                age: Duration::try_from_secs_f64(age.max(0.0)).unwrap_or(Duration::MAX),
                report: row.column("report")?,
            })
        };
        rows.iter().map(engine).collect()
    }

    /// Returns the samples of the last time of every engine but one, in order.
    pub async fn engine_samples(
        &self,
        history: Duration,
        besides: Uuid,
    ) -> Result<Vec<StoredSample>, StorageError> {
        let rows = self
            .admin_rows(
                "read the samples of engines",
                sql::ENGINE_SAMPLES,
                &[&history.as_secs_f64(), &besides],
            )
            .await?;
        let sample = |row: &tokio_postgres::Row| {
            Ok(StoredSample {
                engine: row.column("engine_id")?,
                at: row.column("at")?,
                counters: row.column("counters")?,
            })
        };
        rows.iter().map(sample).collect()
    }
}
