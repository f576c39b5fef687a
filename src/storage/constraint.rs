//! The constraint by which the server rejected a row.
//!
//! PostgreSQL names it in a field of the error. The coordinator of a distributed database passes on a node's error without that field, so
//! the name is found in the text of the message; quotation marks and words are those of the node's language, the name is not. There it
//! is the index of a shard, whose name begins as that of the table and ends in `_` and the shard's number. Where the coordinator copies
//! rows to the nodes, it reports a duplicate as an internal error.

use tokio_postgres::error::{DbError, SqlState};

/// Returns whether a unique constraint rejected a row whose name begins with this.
pub(super) fn is_duplicate(error: &tokio_postgres::Error, constraint: &str) -> bool {
    error
        .as_db_error()
        .is_some_and(|error| is_duplicate_of(error, constraint))
}

/// Does what [`is_duplicate`] does, of an error that the server reported.
pub(super) fn is_duplicate_of(error: &DbError, constraint: &str) -> bool {
    let rejected = Rejected {
        code: error.code(),
        constraint: error.constraint(),
        message: error.message(),
    };
    rejected.is_duplicate(constraint)
}

/// What an error says of a constraint.
struct Rejected<'e> {
    code: &'e SqlState,
    constraint: Option<&'e str>,
    message: &'e str,
}

impl Rejected<'_> {
    fn is_duplicate(&self, name: &str) -> bool {
        match self.constraint {
            Some(constraint) => {
                *self.code == SqlState::UNIQUE_VIOLATION && constraint.starts_with(name)
            }
            None => {
                [SqlState::UNIQUE_VIOLATION, SqlState::INTERNAL_ERROR].contains(self.code)
                    && names_of(self.message).any(|found| found.starts_with(name))
            }
        }
    }
}

/// Returns what may be names of constraints in a message, whatever marks it quotes them by.
fn names_of(message: &str) -> impl Iterator<Item = &str> {
    message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "operations_idempotency_key";

    fn rejected<'e>(
        code: &'e SqlState,
        constraint: Option<&'e str>,
        message: &'e str,
    ) -> Rejected<'e> {
        Rejected {
            code,
            constraint,
            message,
        }
    }

    #[test]
    fn the_field_decides_where_it_is_there() {
        let message = "duplicate key value violates unique constraint \"users_email_key\"";
        let of = |code, constraint| rejected(code, Some(constraint), message);
        assert!(of(&SqlState::UNIQUE_VIOLATION, KEY).is_duplicate(KEY));
        assert!(
            of(
                &SqlState::UNIQUE_VIOLATION,
                "operations_idempotency_key_102010"
            )
            .is_duplicate(KEY)
        );
        assert!(!of(&SqlState::UNIQUE_VIOLATION, "operations_pkey").is_duplicate(KEY));
        assert!(!of(&SqlState::UNIQUE_VIOLATION, KEY).is_duplicate("users_email_key"));
        assert!(!of(&SqlState::CHECK_VIOLATION, KEY).is_duplicate(KEY));
        assert!(!of(&SqlState::INTERNAL_ERROR, KEY).is_duplicate(KEY));
    }

    #[test]
    fn a_name_is_found_in_a_message_of_any_language() {
        for message in [
            "duplicate key value violates unique constraint \"operations_idempotency_key_102010\"",
            "повторяющееся значение ключа нарушает ограничение уникальности \u{ab}operations_idempotency_key_102010\u{bb}",
            "doppelter Schlüsselwert verletzt Unique-Constraint \u{bb}operations_idempotency_key_102010\u{ab}",
            "重复键违反唯一约束\u{201c}operations_idempotency_key_102010\u{201d}",
            "重複したキー値は一意性制約\"operations_idempotency_key_102010\"違反となります",
        ] {
            let of = |code| rejected(code, None, message);
            assert!(
                of(&SqlState::UNIQUE_VIOLATION).is_duplicate(KEY),
                "{message}"
            );
            assert!(of(&SqlState::INTERNAL_ERROR).is_duplicate(KEY), "{message}");
            assert!(
                !of(&SqlState::CHECK_VIOLATION).is_duplicate(KEY),
                "{message}"
            );
            assert!(!of(&SqlState::UNIQUE_VIOLATION).is_duplicate("operations_pkey"));
        }
    }

    #[test]
    fn an_internal_error_that_names_none_is_no_duplicate() {
        let message = "connection to the remote node 127.0.0.1:5432 failed";
        assert!(!rejected(&SqlState::INTERNAL_ERROR, None, message).is_duplicate(KEY));
    }
}
