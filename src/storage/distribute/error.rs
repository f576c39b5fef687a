//! Why a database is not distributed.

use crate::storage::error::StorageError;
use crate::storage::migrate::MigrateError;
use crate::storage::schema::SchemaError;

#[derive(Debug, thiserror::Error)]
pub enum DistributeError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Schema(SchemaError),
    /// Of the lock, or of a newer schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The tables are distributed; a node is not ready to serve.
    #[error(
        "could not prepare the node at {node}, which an engine has to reach by the same role and password"
    )]
    Node {
        node: String,
        #[source]
        source: StorageError,
    },
}

/// What of a database does not fit. Nothing was changed.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "the database has no extension citus: load it on every node (shared_preload_libraries), and run CREATE EXTENSION citus in the \
         database of this name on each of them"
    )]
    NoExtension,
    #[error("the extension citus is of version {version}, and {least} is the least")]
    OldExtension { version: String, least: u32 },
    #[error(
        "this is not the coordinator: use the address of the node that the others were added to"
    )]
    NotCoordinator,
    #[error(
        "the coordinator does not know its own address: run SELECT citus_set_coordinator_host('host', port) on it"
    )]
    NoCoordinator,
    #[error(
        "no node holds shards: run SELECT citus_add_node('host', port) on the coordinator for each node that shall hold wallets"
    )]
    NoNode,
    #[error("the schema is not up to date: run wallet-engine migrate first")]
    OldSchema,
    #[error(
        "the table {table} is a Citus table, and has to be a plain one of the coordinator: turn it back by undistribute_table, or restore the \
         database from before where an identity column prevents that"
    )]
    Taken { table: String },
    #[error(
        "the table {table} is distributed otherwise than by this command: it has to be distributed by {column}, as wallets are; \
         SELECT undistribute_table('{table}') makes it a plain table"
    )]
    Otherwise { table: String, column: &'static str },
    #[error(
        "the database is distributed over {present} shards already, which --shards {asked} does not change"
    )]
    OtherShards { present: i64, asked: i32 },
    #[error(
        "the engine {name} at {address} runs on the database, or did {seconds} seconds ago: stop every engine, and try again after {quiet} \
         seconds"
    )]
    Engine {
        name: String,
        address: String,
        seconds: u64,
        quiet: u64,
    },
    #[error("the role {role} does not own the tables: log in as the one that does")]
    NotOwner { role: String },
    #[error(
        "the role {role} may not settle what was prepared on several nodes: run GRANT EXECUTE ON FUNCTION recover_prepared_transactions() \
         TO {role}, or log in as a superuser"
    )]
    MayNotSettle { role: String },
}
