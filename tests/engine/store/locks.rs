//! The locks of rows in memory. Whoever waits for one gets it in the order of arrival.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;
use wallet_engine::domain::WalletId;

/// How long a lock is waited for.
const WAIT_MAX: Duration = Duration::from_millis(100);

#[derive(Default)]
pub struct Locks(Mutex<HashMap<WalletId, Arc<tokio::sync::Mutex<()>>>>);

impl Locks {
    /// Locks the row until the guard is dropped; `None`: it was locked for too long.
    pub async fn lock(&self, wallet: WalletId) -> Option<OwnedMutexGuard<()>> {
        let lock = self.of(wallet);
        timeout(WAIT_MAX, lock.lock_owned()).await.ok()
    }

    pub fn is_locked(&self, wallet: WalletId) -> bool {
        self.of(wallet).try_lock().is_err()
    }

    fn of(&self, wallet: WalletId) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(self.0.lock().unwrap().entry(wallet).or_default())
    }
}
