//! The schema: finds it, and checks it against the migrations.

mod faults;
mod find;

pub use faults::SchemaFault;
pub use find::{Schema, SchemaError};
