//! Commits of a row that is locked first.

use std::sync::atomic::Ordering;

use wallet_engine::domain::WalletId;
use wallet_engine::engine::{CommitError, DecideLocked, SessionNumber, SetOutcome};

use super::{LockFault, Side, cause};

impl Side {
    pub fn fail_next_lock(&self, faults: impl IntoIterator<Item = LockFault>) {
        self.lock_faults.lock().unwrap().extend(faults);
    }

    /// Returns the attempts to lock a row.
    pub fn locks(&self) -> usize {
        self.locks.load(Ordering::SeqCst)
    }

    /// Returns the commits of locked rows that began, blocked ones included.
    pub fn locked_commits(&self) -> usize {
        self.locked_commits.load(Ordering::SeqCst)
    }

    pub(super) async fn commit_locked_with_faults(
        &self,
        session: SessionNumber,
        wallet: WalletId,
        decide: DecideLocked<'_>,
    ) -> Result<Option<SetOutcome>, CommitError> {
        self.locks.fetch_add(1, Ordering::SeqCst);
        self.pause().await;
        let fault = self.lock_faults.lock().unwrap().pop_front();
        match fault {
            Some(LockFault::Busy) => return Err(CommitError::Busy(cause("locked for too long"))),
            Some(LockFault::Lost) => return Err(CommitError::NotSent(cause("the line broke"))),
            Some(LockFault::Silent) => return Err(CommitError::Unknown(cause("no response"))),
            Some(LockFault::Panic) => panic!("planted in the lock"),
            Some(LockFault::LostLocked) | None => {}
        }
        let Some(_locked) = self.store.locks.lock(wallet).await else {
            return Err(CommitError::Busy(cause("locked for too long")));
        };
        self.pause().await;
        let loaded = {
            let tables = self.store.tables.lock().unwrap();
            if tables.unreadable.contains(&wallet) {
                Err(cause("the row cannot be read"))
            } else {
                Ok(tables.loaded(wallet))
            }
        };
        let Some(set) = decide(loaded).await else {
            return Ok(None);
        };
        if fault.is_some() {
            return Err(CommitError::NotSent(cause("the line broke")));
        }
        let sets = std::slice::from_ref(set);
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.locked_commits.fetch_add(1, Ordering::SeqCst);
        self.groups.lock().unwrap().push((session, sets.to_vec()));
        self.gate.acquire().await.unwrap().forget();
        self.pause().await;
        let apply = || self.store.tables.lock().unwrap().apply(sets, |_| true);
        let outcome = self.apply_with_faults(session, sets, apply).await;
        self.pause().await;
        Ok(outcome?.pop())
    }
}
