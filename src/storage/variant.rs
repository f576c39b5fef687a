//! Statements that exist twice: for one PostgreSQL, and for a distributed database, where Citus refuses the first.
//!
//! Most statements serve both. A second one, `NAME_distributed.sql`, exists where its shape would cost one PostgreSQL something, or
//! where it asks the nodes themselves. Both have the same parameters and the same columns, unless the caller says otherwise.

use super::database::Database;

impl Database {
    /// Returns the statement for the database as it is.
    pub(super) fn variant(&self, plain: &'static str, distributed: &'static str) -> &'static str {
        if self.is_distributed() {
            distributed
        } else {
            plain
        }
    }
}
