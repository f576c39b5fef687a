//! What the feed consists of.

use std::sync::LazyLock;

use super::Cursor;
use crate::domain::history::PastOperation;
use crate::domain::{OperationKind, WalletId};

/// The type of [`Happened::Rewound`].
pub const REWOUND: &str = "feed.rewound";

/// Something that happened, at its place in the feed.
#[derive(Clone, Debug)]
pub struct Event {
    /// Right after it.
    pub cursor: Cursor,
    pub happened: Happened,
}

#[derive(Clone, Debug)]
pub enum Happened {
    /// A row of a wallet's ledger.
    Operation(WalletId, Box<PastOperation>),
    /// The database lost commits, of which some may have been in the feed up to the reader's place: by a failover to a standby that
    /// had not received them, or by a restore. The feed goes on from what the database holds.
    Rewound,
}

impl Event {
    /// Returns its type, as `operation.deposit`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.happened {
            Happened::Operation(_, operation) => type_of(operation.operation.kind),
            Happened::Rewound => REWOUND,
        }
    }

    /// Returns the wallet that it is of; `None` if it is of none.
    #[must_use]
    pub fn wallet(&self) -> Option<WalletId> {
        match &self.happened {
            Happened::Operation(wallet, _) => Some(*wallet),
            Happened::Rewound => None,
        }
    }
}

/// Of each kind, at the index of its discriminant.
static OF_KINDS: LazyLock<[String; OperationKind::ALL.len()]> = LazyLock::new(|| {
    OperationKind::ALL.map(|kind| format!("operation.{}", kind.as_str().to_lowercase()))
});

/// Returns the type of events of this kind of operation.
#[must_use]
pub fn type_of(kind: OperationKind) -> &'static str {
    &OF_KINDS[kind as usize]
}

/// Returns the types of all events.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    let of_operations = OF_KINDS.iter().map(String::as_str);
    of_operations.chain([REWOUND])
}
