//! The pool of connections for everything but group commits.

use std::ops::Deref;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};

use super::StorageError;
use super::connect::Connector;
use crate::config::DatabaseLimits;

/// Makes the pool.
pub(super) fn pool(
    connector: &Connector,
    size: usize,
    limits: &DatabaseLimits,
) -> Result<Pool, StorageError> {
    let manager = Manager::from_connect(
        connector.config().clone(),
        connector.clone(),
        ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        },
    );
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(limits.pool))
        .create_timeout(Some(limits.connect))
        .recycle_timeout(Some(limits.pool))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(StorageError::MakePool)
}

/// A connection taken from the pool.
///
/// Only one that has answered goes back ([`Pooled::give_back`]). One that is dropped over a question, because
/// its caller ran out of time or an error came, is closed: its session may never answer anybody again.
pub(super) struct Pooled(Option<Object>);

impl Pooled {
    pub async fn take(pool: &Pool) -> Result<Self, StorageError> {
        let object = pool.get().await.map_err(StorageError::Pool)?;
        Ok(Self(Some(object)))
    }

    pub fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Pooled {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        match &self.0 {
            Some(object) => object,
            None => unreachable!("it is taken out only by `give_back`, which consumes"),
        }
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}
