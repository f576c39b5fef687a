//! The address of a wallet's page.

use crate::admin::error::AdminError;
use crate::domain::WalletId;

/// Returns the wallet that a path names.
pub fn wallet(named: &str) -> Result<WalletId, AdminError> {
    WalletId::parse(named).ok_or(AdminError::NotFound)
}

/// Returns the address of the wallet's page.
pub fn page_of(wallet: WalletId) -> String {
    format!("/admin/wallets/{wallet}/")
}
