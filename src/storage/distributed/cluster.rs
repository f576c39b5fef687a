//! The nodes, and where the shards are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::{sleep, timeout};
use tokio_postgres::Row;
use tracing::{info, warn};

use super::across_statements::AcrossStatements;
use super::node::{Node, Parameters};
use crate::domain::WalletId;
use crate::engine::Lane;
use crate::storage::commit_health::CommitHealth;
use crate::storage::commit_session::CommitSessions;
use crate::storage::connect::NodeAddress;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::placement::{Group, Placement, Shard, ShardTables};
use crate::storage::pool::Sessions;
use crate::storage::sql;
use crate::telemetry::chain;

/// The interval between two looks at the catalogue, which tells nobody of its changes.
const EVERY: Duration = Duration::from_secs(2);
/// The least interval between two of them.
const PAUSE: Duration = Duration::from_millis(50);

/// The nodes of a distributed database.
pub(in crate::storage) struct Cluster {
    coordinator: Sessions,
    /// Of what is written over several nodes.
    pub(super) commit_sessions: CommitSessions<AcrossStatements>,
    pub(super) health: CommitHealth,
    parameters: Parameters,
    known: RwLock<Arc<Known>>,
    /// Held while the catalogue is read.
    reading: Mutex<()>,
    /// Notified when the known placement turns out to be outdated.
    outdated: Notify,
}

/// What the catalogue said last.
#[derive(Default)]
pub(in crate::storage) struct Known {
    pub placement: Placement,
    nodes: BTreeMap<Group, Arc<Node>>,
}

/// Things by the node and the shard of their wallets.
pub(super) type ByNode<'k, T> = Vec<(&'k Arc<Node>, ByShard<T>)>;
/// Things by the number of their shard.
type Shards<T> = BTreeMap<i64, (ShardTables, Vec<T>)>;
/// Things by the shard of their wallets.
pub(super) type ByShard<T> = Vec<(ShardTables, Vec<T>)>;

impl Known {
    /// Groups things by the node and the shard of their wallets.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub(super) fn by_node<T>(
        &self,
        things: impl IntoIterator<Item = T>,
        wallet: impl Fn(&T) -> WalletId,
    ) -> Result<ByNode<'_, T>, StorageError> {
        let mut by_node: BTreeMap<Group, (&Arc<Node>, Shards<T>)> = BTreeMap::new();
        for thing in things {
            let (shard, node) = self.find(wallet(&thing))?;
            let (_, shards) = by_node.entry(node.group).or_insert((node, BTreeMap::new()));
            let (_, of_shard) = shards
                .entry(shard.tables.wallets)
                .or_insert((shard.tables, Vec::new()));
            of_shard.push(thing);
        }
        let by_node = by_node.into_values();
        Ok(by_node
            .map(|(node, shards)| (node, shards.into_values().collect()))
            .collect())
    }

    /// Returns the shard that has the wallet, with the node that has the shard.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`]: there is none.
    pub fn find(&self, wallet: WalletId) -> Result<(&Shard, &Arc<Node>), StorageError> {
        let shard = self.placement.shard(wallet);
        let found = shard.and_then(|shard| Some((shard, self.nodes.get(&shard.group)?)));
        found.ok_or(StorageError::Corrupt {
            what: "a placement of shards",
        })
    }

    pub fn node(&self, group: Group) -> Option<&Arc<Node>> {
        self.nodes.get(&group)
    }

    pub fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.values()
    }
}

impl Cluster {
    /// Looks whether the database is distributed; `None` if it is not.
    ///
    /// # Errors
    /// The catalogue cannot be read.
    pub async fn find(
        coordinator: &Sessions,
        parameters: Parameters,
    ) -> Result<Option<Self>, StorageError> {
        let failed = query_failed(DOING);
        let client = coordinator.pooled().await?;
        let row = client.query_typed(sql::DISTRIBUTED_CATALOGUE, &[]).await;
        let row = row.map_err(&failed)?.into_iter().next();
        let has_catalogue = row.map(|row| row.try_get("has_catalogue")).transpose();
        client.give_back();
        if has_catalogue.map_err(&failed)? != Some(true) {
            return Ok(None);
        }
        let cluster = Self {
            coordinator: coordinator.clone(),
            commit_sessions: CommitSessions::new(
                coordinator,
                parameters.committers,
                parameters.limits.connect * 4 / 5,
            ),
            health: CommitHealth::default(),
            parameters,
            known: RwLock::default(),
            reading: Mutex::default(),
            outdated: Notify::new(),
        };
        cluster.refresh().await?;
        let is_distributed = !cluster.known().nodes.is_empty();
        Ok(is_distributed.then_some(cluster))
    }

    /// Reads the catalogue again and again, until the coordinator's pool is closed.
    pub async fn watch(self: Arc<Self>) {
        while !self.coordinator.is_closed() {
            if let Err(error) = self.refresh().await {
                warn!(error = %chain(&error), "could not read where the shards are");
            }
            sleep(PAUSE).await;
            let _ = timeout(EVERY, self.outdated.notified()).await;
        }
    }

    /// What the catalogue said last.
    pub fn known(&self) -> Arc<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&known)
    }

    pub fn lane(&self, wallet: WalletId) -> Lane {
        self.known().placement.lane(wallet)
    }

    /// The sum of the nodes' incarnations: a change of one is a change of the database.
    pub fn incarnation(&self) -> u64 {
        let known = self.known();
        known.nodes().map(|node| node.incarnation()).sum()
    }

    pub fn coordinator(&self) -> &Sessions {
        &self.coordinator
    }

    /// A node does not have a shard that it was believed to have: the catalogue is to be read soon.
    pub fn set_outdated(&self) {
        self.outdated.notify_one();
    }

    /// Reads the catalogue, or waits for who reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn refresh(&self) -> Result<(), StorageError> {
        let _reading = self.reading.lock().await;
        let client = self.coordinator.pooled().await?;
        let statement = client.prepare_cached(sql::DISTRIBUTED_PLACEMENTS).await;
        let statement = statement.map_err(query_failed(DOING))?;
        let rows = client.query(&statement, &[]).await;
        let rows = rows.map_err(query_failed(DOING))?;
        client.give_back();
        let before = self.known();
        let mut nodes = BTreeMap::new();
        let mut shards = Vec::with_capacity(rows.len());
        for row in &rows {
            let (shard, address) = shard(row).map_err(query_failed(DOING))?;
            match (before.nodes.get(&shard.group), nodes.entry(shard.group)) {
                (_, Entry::Occupied(_)) => {}
                (Some(known), Entry::Vacant(place)) => {
                    known.lead_to(address);
                    place.insert(Arc::clone(known));
                }
                (None, Entry::Vacant(place)) => {
                    info!(
                        node.host = address.host,
                        node.port = address.port,
                        "found a node"
                    );
                    let node = Node::new(&self.coordinator, shard.group, address, &self.parameters);
                    place.insert(Arc::new(node?));
                }
            }
            shards.push(shard);
        }
        // One that has no shards at present may be asked for what it wrote while it had.
        for (group, node) in &before.nodes {
            nodes.entry(*group).or_insert_with(|| Arc::clone(node));
        }
        let placement = Placement::new(shards);
        if placement != before.placement || nodes.len() != before.nodes.len() {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            *known = Arc::new(Known { placement, nodes });
        }
        Ok(())
    }

    /// Closes the pools of the nodes.
    pub async fn close(&self) {
        for node in self.known().nodes() {
            node.sessions.close().await;
        }
    }
}

const DOING: &str = "read where the shards are";

fn shard(row: &Row) -> Result<(Shard, NodeAddress), tokio_postgres::Error> {
    let shard = Shard {
        low: row.try_get("low")?,
        high: row.try_get("high")?,
        tables: ShardTables {
            wallets: row.try_get("wallets")?,
            operations: row.try_get("operations")?,
            holds: row.try_get("holds")?,
            kinds: row.try_get("kinds")?,
        },
        group: Group(row.try_get("group")?),
    };
    let port: i32 = row.try_get("port")?;
    let address = NodeAddress {
        host: row.try_get("host")?,
        port: u16::try_from(port).unwrap_or_default(),
    };
    Ok((shard, address))
}
