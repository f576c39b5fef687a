//! The [`Store`](crate::events::webhooks::Store) of webhooks and their [`Deliveries`](crate::events::webhooks::Deliveries) on PostgreSQL.

mod deliveries;
mod record;
mod rows;
mod store;
