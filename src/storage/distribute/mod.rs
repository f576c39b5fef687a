//! Distributing: the command that turns a plain database into a distributed one.
//!
//! 1. The database is examined (see [`ground`] and [`layout`]); what does not fit is refused before anything is changed.
//! 2. The lock of migrations lets one process do it at a time. The others wait, examine it again, and find it done.
//! 3. One transaction distributes every table with its rows and deletes the rows that remain on the coordinator. So it is either done
//!    or not, whenever the program, a node or the coordinator stops. Writers wait for it.
//! 4. Each node gets an epoch of the feed. An engine would do that as well, at its first session there; here it shows that the role
//!    reaches every node, as an engine has to.
//!
//! A database of which some tables are distributed already, by hand, is completed if those are as this would have made them.

mod error;
mod ground;
mod layout;

use tokio_postgres::{Client, Transaction};
use tracing::info;

use super::connect::Connector;
use super::database::Database;
use super::error::{StorageError, query_failed};
use super::{feed_epoch, migrate, sql};

pub use error::{DistributeError, Refusal};
pub use layout::{Distributed, Found, Layout, Plan};

impl Database {
    /// Returns whether the database is distributed, or how [`distribute`](Self::distribute) would do it. Changes nothing.
    ///
    /// # Errors
    /// [`DistributeError`].
    pub async fn distribution(&self, shards: Option<i32>) -> Result<Found, DistributeError> {
        self.find_schema().await.map_err(DistributeError::Schema)?;
        let client = self.migrating_session().await?;
        examine(&client, shards).await
    }

    /// Distributes the database, once. `None` for the number of shards takes the default, and what there is if it was done before.
    ///
    /// # Errors
    /// [`DistributeError`]: nothing was changed then, unless the last step failed, which is repeated by another run.
    pub async fn distribute(&self, shards: Option<i32>) -> Result<Distributed, DistributeError> {
        self.find_schema().await.map_err(DistributeError::Schema)?;
        let mut client = self.migrating_session().await?;
        migrate::take_lock(&client, self.migrate_wait).await?;
        // Every writer queues behind one that waits.
        let limit = format!("SET lock_timeout TO {}", self.migrate_wait.as_millis());
        let limited = client.batch_execute(&limit).await;
        limited.map_err(query_failed("limit the waits for locks"))?;
        let distributed = match examine(&client, shards).await? {
            Found::Done(layout) => Distributed::Before(layout),
            Found::Due(plan) => {
                let changed = change(&mut client, &plan).await;
                changed.map_err(query_failed("distribute the tables"))?;
                info!(shards = plan.shards, "distributed the database");
                Distributed::Now(plan.into_layout())
            }
        };
        begin_feeds(&client, self.sessions.connector()).await?;
        migrate::release_lock(&client).await?;
        Ok(distributed)
    }
}

async fn examine(client: &Client, shards: Option<i32>) -> Result<Found, DistributeError> {
    let nodes = ground::check(client).await?;
    match layout::find(client, shards, nodes).await? {
        Found::Due(plan) => {
            ground::check_idle(client).await?;
            Ok(Found::Due(plan))
        }
        done @ Found::Done(_) => Ok(done),
    }
}

async fn change(client: &mut Client, plan: &Plan) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    for table in &plan.tables {
        distribute(&transaction, table, plan.shards).await?;
    }
    // At the end, as each node then works through its tables by one connection.
    for table in &plan.tables {
        transaction
            .execute(sql::DISTRIBUTE_FORGET, &[table])
            .await?;
    }
    transaction.commit().await
}

async fn distribute(
    transaction: &Transaction<'_>,
    table: &str,
    shards: i32,
) -> Result<(), tokio_postgres::Error> {
    let rows = match table {
        layout::WALLETS => {
            let statement = sql::DISTRIBUTE_WALLETS;
            transaction.execute(statement, &[&shards]).await
        }
        layout::ON_EVERY_NODE => {
            let statement = sql::DISTRIBUTE_TO_ALL;
            transaction.execute(statement, &[&table]).await
        }
        _ => {
            if table == layout::OPERATIONS {
                let statement = sql::DISTRIBUTE_NO_DEFAULT;
                transaction.batch_execute(statement).await?;
            }
            let statement = sql::DISTRIBUTE_WITH_WALLETS;
            transaction.execute(statement, &[&table]).await
        }
    };
    rows.map(drop)
}

/// Step 4.
async fn begin_feeds(client: &Client, connector: &Connector) -> Result<(), DistributeError> {
    for node in ground::nodes(client).await? {
        let begun = begin_feed(connector.of_node(node.clone())).await;
        begun.map_err(|source| DistributeError::Node {
            node: node.to_string(),
            source,
        })?;
    }
    Ok(())
}

async fn begin_feed(node: Connector) -> Result<(), StorageError> {
    let mut session = node.open(&node.settings()).await?;
    feed_epoch::base_on_node(&mut session).await.map(drop)
}
