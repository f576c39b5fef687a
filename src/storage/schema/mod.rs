//! The schema: where the tables are, and whether they are what the migrations made.

mod faults;
mod find;

pub use faults::SchemaFault;
pub use find::{Schema, SchemaError};
