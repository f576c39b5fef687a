//! Why an import stopped before its end. Started again, it goes on.

use super::names::InvalidName;
use crate::storage::error::StorageError;

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Names(#[from] InvalidName),
    #[error("the other service's database")]
    Source(#[source] StorageError),
    #[error("the other service's database returned nothing where it counts its users")]
    Empty,
    #[error(
        "the other service's database is a standby, which may lack the last changes: a final run reads the primary"
    )]
    Standby,
    /// Pages of an import are transactions over all nodes, and what it brings is large.
    #[error(
        "the engine's database is distributed: import into it before `wallet-engine distribute`, which takes along what is there"
    )]
    Distributed,
    #[error("the engine's database")]
    Target(#[from] StorageError),
    #[error("another import runs into this database")]
    Running,
    #[error(
        "wallets and users that the import was writing changed {0} times meanwhile; start it again"
    )]
    Contended(u32),
}
