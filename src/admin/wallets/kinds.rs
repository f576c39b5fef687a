//! The names of the kinds of operations.

use crate::domain::{OperationKind, Sign};
use crate::messages::{Id, Lang, id};

/// The name of each of [`OperationKind::ALL`].
const KINDS: [Id; OperationKind::ALL.len()] = [
    id!("kind-deposit"),
    id!("kind-withdraw"),
    id!("kind-transfer-out"),
    id!("kind-transfer-in"),
    id!("kind-hold"),
    id!("kind-capture"),
    id!("kind-release"),
    id!("kind-reversal-in"),
    id!("kind-reversal-out"),
    id!("kind-freeze"),
    id!("kind-unfreeze"),
    id!("kind-close"),
    id!("kind-reopen"),
    id!("kind-limit"),
    id!("kind-opening"),
    id!("kind-opening-reduction"),
];

/// Returns the name of a kind. One that only a newer engine knows is named as in the ledger.
pub fn kind_name(name: &str, lang: Lang) -> &str {
    OperationKind::parse(name).map_or(name, |kind| lang.text(KINDS[kind as usize]))
}

/// Returns the effect of a kind on the balance, unless only a newer engine knows it.
pub fn sign(name: &str) -> Option<Sign> {
    OperationKind::parse(name).map(OperationKind::balance_sign)
}
