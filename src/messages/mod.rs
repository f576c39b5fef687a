//! Every text for people, by its code, in both languages: `en/*.ftl` and `ru/*.ftl`, in Project Fluent's format.
//!
//! 1. A message's id is the error's code with hyphens (`insufficient_funds` is `insufficient-funds`), or begins with the area
//!    that shows it (`wallets-title`). One text has one id, however many pages and answers show it.
//! 2. [`text!`] is the text in a language, in code and in templates alike. That the id exists in both languages, with exactly
//!    these variables, is checked at compile time (`check.rs`). [`id!`] names a message that has no variables, for tables.
//! 3. A text without variables is borrowed; only one with variables is formatted.
//! 4. Values are inserted as given: numbers and times are formatted before, and a number is passed as such only where the
//!    plural of other words depends on it.
//!
//! `tests/tidy` finds an unused message, and one that a language lacks.
//!
//! The check is ours: `i18n-embed-fl` checks only the fallback language, allocates a `String` for every text, and switches
//! the language of the whole process, while here every request has its own.

mod catalogue;
pub mod check;
pub mod lang;

pub use catalogue::{Id, Pattern};
pub use fluent_bundle::FluentValue;
pub use lang::Lang;

/// The message of an id, which must exist in both languages and have no variables.
macro_rules! id {
    ($id:literal) => {
        const { $crate::messages::Id::named($id) }
    };
}

/// The text of a message in a language: `&'static str`, or a `String` when it has variables, which are all given by name:
/// `text!(lang, "users-cut", count = 200)`.
macro_rules! text {
    ($lang:expr, $id:literal) => {
        $lang.text($crate::messages::id!($id))
    };
    ($lang:expr, $id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $lang.format(
            const { $crate::messages::Pattern::named($id, &[$(stringify!($name)),+]) },
            [$((stringify!($name), $crate::messages::FluentValue::from($value))),+],
        )
    };
}

pub(crate) use {id, text};

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn a_text_is_in_the_language_and_its_number_has_the_right_form() {
        assert_eq!(text!(Lang::En, "insufficient-funds"), "Insufficient funds");
        assert_eq!(
            text!(Lang::Ru, "insufficient-funds"),
            "Недостаточно средств"
        );
        for (operations, expected) in [
            (1, "1 операция, <"),
            (3, "3 операции, <"),
            (11, "11 операций, <"),
        ] {
            let text = text!(
                Lang::Ru,
                "wallets-batch",
                operations = operations,
                ago = "<"
            );
            assert_eq!(text, expected);
        }
    }
}
