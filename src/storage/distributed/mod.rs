//! A distributed database: Citus, whose nodes hold the shards of the wallets' tables.
//!
//! * What is hot goes to the node that holds the rows, on sessions to that node, in the statements of one PostgreSQL on the tables of
//!   the shard: group commits ([`write`]), loads and a wallet's own pages ([`read`]). Nothing forbids writing to the table of a shard
//!   that has moved away, so each transaction first keeps its shards where they are and sees that they are there ([`guard`]).
//! * What links wallets of several nodes is written through the coordinator by the tables' own names, in a two-phase commit
//!   ([`across`]), whose outcome is harder to find out ([`across_settle`]).
//! * Everything else goes through the coordinator as on any other database.
//!
//! Where shards are is read from the coordinator's catalogue, again and again, and when a node turns out not to have one any more
//! ([`cluster`]). Nodes are used without the coordinator, as long as they stay where they are.

mod across;
mod across_settle;
mod across_statements;
mod cluster;
mod feed;
mod guard;
mod node;
mod read;
mod settle;
mod write;

use std::sync::{Arc, OnceLock};

pub(super) use cluster::Cluster;
pub(super) use feed::feed_page;
pub(super) use node::{Node, Parameters};

/// Whether the database is distributed, and if so, its nodes. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Distribution(Arc<OnceLock<Arc<Cluster>>>);

impl Distribution {
    /// Returns the nodes; `None` if the database is not distributed, or nobody has looked yet.
    pub fn cluster(&self) -> Option<&Arc<Cluster>> {
        self.0.get()
    }

    /// Records that the database is distributed.
    pub fn found(&self, cluster: Cluster) {
        // Whoever looked at the same time has found the same.
        let _ = self.0.set(Arc::new(cluster));
    }
}
