//! The [`Store`](crate::events::webhooks::Store) of webhooks on PostgreSQL.

mod rows;
mod store;
