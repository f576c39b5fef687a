//! The feed of a distributed database: how far it is over on all nodes, and its pages, which are of all nodes.
//!
//! Each node numbers its own transactions, on a base of its own. Bases are such that positions of all nodes can be compared: where one
//! would give less than what is there already, its base is raised, while nobody writes on it. So the feed has one order, and what is
//! below the horizon of every node is over. While a node is away, nobody knows that, and the feed waits for it.

use deadpool_postgres::ClientWrapper;
use futures_util::future::{join_all, try_join_all};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use tracing::debug;
use uuid::Uuid;

use super::cluster::Cluster;
use super::guard::FEED_LOCK;
use super::node::Node;
use crate::events::Cursor;
use crate::storage::commit_session::LOCK_WAIT;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::{feed_epoch, sql};
use crate::telemetry::chain;

const DOING: &str = "query the feed of the nodes";

/// The feed of one node.
struct NodeFeed {
    /// Positions below it are of transactions that are over.
    horizon: i64,
    /// The position that the next transaction would have.
    next: i64,
}

impl Cluster {
    /// Returns the horizon of all nodes, above everything that is over at this moment unless something is still running.
    pub async fn feed_horizon(&self, coordinator: &ClientWrapper) -> Result<i64, StorageError> {
        let last = feed_epoch::last(coordinator).await;
        let last = last.map_err(query_failed(DOING))?;
        let known = self.known();
        let nodes: Vec<_> = known.nodes().collect();
        let feeds = try_join_all(nodes.iter().map(|node| feed_of(node))).await?;
        let is_behind = |feed: &NodeFeed| feed.next <= last;
        if !feeds.iter().any(is_behind) {
            return Ok(least(&feeds));
        }
        let behind = nodes.iter().zip(&feeds).filter(|(_, feed)| is_behind(feed));
        let raised = join_all(behind.map(|(node, _)| raise(node, last + 1))).await;
        for error in raised.into_iter().filter_map(Result::err) {
            // Who reads next tries again.
            debug!(error = %chain(&error), "could not raise the base of a node's feed");
        }
        let feeds = try_join_all(nodes.iter().map(|node| feed_of(node))).await?;
        Ok(least(&feeds))
    }
}

fn least(feeds: &[NodeFeed]) -> i64 {
    let horizons = feeds.iter().map(|feed| feed.horizon);
    horizons.min().unwrap_or(Cursor::FIRST)
}

async fn feed_of(node: &Node) -> Result<NodeFeed, StorageError> {
    let failed = query_failed(DOING);
    let client = node.sessions.pooled().await?;
    let statement = client.prepare_cached(sql::FEED_STATE).await;
    let rows = client
        .query(&statement.map_err(&failed)?, &[&i32::MAX])
        .await;
    let rows = rows.map_err(&failed)?;
    client.give_back();
    let row = rows.first().ok_or(StorageError::Corrupt {
        what: "the epochs of the feed",
    })?;
    Ok(NodeFeed {
        horizon: row.try_get("horizon").map_err(&failed)?,
        next: row.try_get("next").map_err(&failed)?,
    })
}

async fn raise(node: &Node, to: i64) -> Result<(), StorageError> {
    let failed = query_failed("raise the base of a node's feed");
    let client = node.sessions.pooled().await?;
    let lock = client.prepare_cached(sql::FEED_RAISE_LOCK).await;
    let lock = lock.map_err(&failed)?;
    let raise = client.prepare_cached(sql::FEED_RAISE).await;
    let raise = raise.map_err(&failed)?;
    let begin = format!("BEGIN; SET LOCAL lock_timeout TO {}", LOCK_WAIT.as_millis());
    let raised = async {
        client.batch_execute(&begin).await?;
        client.query(&lock, &[&FEED_LOCK]).await?;
        client.execute(&raise, &[&to]).await?;
        client.batch_execute("COMMIT").await
    };
    // A session that is not given back is closed, which ends its transaction.
    raised.await.map_err(failed)?;
    client.give_back();
    Ok(())
}

/// Returns the rows of a page after the cursor and below the horizon, about `max` of them, with the rest of the last run.
pub(in crate::storage) async fn feed_page(
    client: &ClientWrapper,
    after: &Cursor,
    horizon: i64,
    max: i64,
) -> Result<Vec<Row>, StorageError> {
    let (position, wallet) = (&after.position, &after.wallet.0);
    let parameters: [&(dyn ToSql + Sync); 5] = [position, wallet, &after.seq, &horizon, &max];
    let ends = rows(client, sql::FEED_ENDS, &parameters).await?;
    let runs = runs(&ends, after, max).map_err(query_failed(DOING))?;
    if runs.wallets.is_empty() {
        return Ok(Vec::new());
    }
    let mut distinct = runs.wallets.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let parameters: [&(dyn ToSql + Sync); 5] = [
        &runs.wallets,
        &runs.after,
        &runs.up_to,
        &runs.positions,
        &distinct,
    ];
    rows(client, sql::FEED_RUNS, &parameters).await
}

/// Those of `feed_runs.sql`.
#[derive(Default)]
struct Runs {
    wallets: Vec<Uuid>,
    after: Vec<i64>,
    up_to: Vec<i64>,
    positions: Vec<i64>,
}

/// Returns the runs that make a page: as many as it takes for `max` rows.
fn runs(ends: &[Row], after: &Cursor, max: i64) -> Result<Runs, tokio_postgres::Error> {
    let mut runs = Runs::default();
    let mut before = 0;
    for end in ends {
        if before >= max {
            break;
        }
        let position: i64 = end.try_get("feed_position")?;
        let wallet: Uuid = end.try_get("wallet_id")?;
        let seq: i64 = end.try_get("seq")?;
        let run: i64 = end.try_get("feed_run")?;
        let begins_after = if position == after.position && wallet == after.wallet.0 {
            after.seq.max(seq - run)
        } else {
            seq - run
        };
        runs.wallets.push(wallet);
        runs.after.push(begins_after);
        runs.up_to.push(seq);
        runs.positions.push(position);
        before += run;
    }
    Ok(runs)
}

async fn rows(
    client: &ClientWrapper,
    statement: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, StorageError> {
    let failed = query_failed(DOING);
    let statement = client.prepare_cached(statement).await.map_err(&failed)?;
    client.query(&statement, parameters).await.map_err(failed)
}
