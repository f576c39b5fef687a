//! The schema: where the tables are, and whether they are what the migrations made.

mod find;

pub use find::{Schema, SchemaError};
