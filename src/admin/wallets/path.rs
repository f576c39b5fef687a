//! The addresses of a wallet's pages.

use crate::admin::error::AdminError;
use crate::admin::paging::List;
use crate::domain::WalletId;

/// Returns the wallet that a path names.
pub fn wallet(named: &str) -> Result<WalletId, AdminError> {
    WalletId::parse(named).ok_or(AdminError::NotFound)
}

/// Returns the number that a path names, of an operation or a hold.
pub fn number(named: &str) -> Result<i64, AdminError> {
    named
        .parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or(AdminError::NotFound)
}

/// Returns the address of the wallet's page.
pub fn page_of(wallet: WalletId) -> String {
    format!("/admin/wallets/{wallet}/")
}

/// Returns the address of the page of the ledger that begins with this row.
pub fn row_of(wallet: WalletId, seq: i64) -> String {
    ledger_of(&page_of(wallet)).page_after(&seq.saturating_add(1))
}

/// The ledger on a wallet's page.
pub fn ledger_of(page: &str) -> List<'_> {
    List {
        path: page,
        query: &[],
        anchor: "ledger",
    }
}

/// Returns the address of the wallet's actor.
pub fn actor_of(wallet: WalletId) -> String {
    format!("{}actor/", page_of(wallet))
}

/// Returns the address of the wallet's holds.
pub fn holds_of(wallet: WalletId) -> String {
    format!("{}holds/", page_of(wallet))
}

/// Returns the address of a hold.
pub fn hold_of(wallet: WalletId, hold: i64) -> String {
    format!("{}{hold}/", holds_of(wallet))
}

/// Returns the address of the form that voids a hold.
pub fn void_of(wallet: WalletId, hold: i64) -> String {
    format!("{}void/", hold_of(wallet, hold))
}

/// Returns the address of the search in the wallet's ledger.
pub fn operations_of(wallet: WalletId) -> String {
    format!("{}operations/", page_of(wallet))
}

/// Returns the address of an operation.
pub fn operation_of(wallet: WalletId, seq: i64) -> String {
    format!("{}{seq}/", operations_of(wallet))
}

/// Returns the address of the form that reverses an operation.
pub fn reversal_of(wallet: WalletId, seq: i64) -> String {
    format!("{}reversal/", operation_of(wallet, seq))
}

/// Returns the address of the form that adjusts the wallet's balance.
pub fn adjustment_of(wallet: WalletId) -> String {
    format!("{}adjustment/", page_of(wallet))
}

/// Returns the address of a proposal.
pub fn proposal_of(proposal: i64) -> String {
    format!("/admin/approvals/{proposal}/")
}

/// Returns the address of the wallet's statement.
pub fn statement_of(wallet: WalletId) -> String {
    format!("{}statement/", page_of(wallet))
}

/// Returns the address of the statement as CSV.
pub fn statement_file_of(wallet: WalletId) -> String {
    format!("{}statement.csv", page_of(wallet))
}

/// Returns the address of the wallet's rules.
pub fn rules_of(wallet: WalletId) -> String {
    format!("{}rules/", page_of(wallet))
}

/// Returns the address of the form that changes the wallet's rules.
pub fn rules_change_of(wallet: WalletId) -> String {
    format!("{}change/", rules_of(wallet))
}
