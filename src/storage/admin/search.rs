//! A search for users, or for the wallets that they have, by a text.
//!
//! A text finds a number that is just this, wallets whose ids begin with it, and names and addresses that begin with it, by indexes that
//! every database has. It also finds any part of a name or an address, if it has three letters or digits in a row, where the
//! database has the index for that (`migrate::part_search`). [`Reach`] tells which it was.

use std::time::Duration;

use tokio_postgres::Row;
use uuid::Uuid;

use super::page::Reach;
use super::rows::{Columns, Parameters};
use crate::domain::registration::Username;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// Users that a search finds by name, as many by address, and as many by a part.
pub const USERS_FOUND_MAX: u16 = 1_000;
/// Digits that the beginning of a wallet's id needs: fewer would find too many wallets next to the users that are meant.
const ID_DIGITS_MIN: usize = 6;
/// Letters or digits in a row that a part needs: an index of trigrams tells nothing of fewer.
const PART_CHARS_MIN: usize = 3;
/// How long a part is searched for. A part that so many have needs more letters.
const PART_MAX: Duration = Duration::from_secs(2);

/// A filter by flags; `None` takes both values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserFlags {
    pub is_active: Option<bool>,
    pub is_staff: Option<bool>,
}

/// What a text may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSearch {
    /// The beginning of an address, without U+0000.
    pub text: String,
    /// The beginning of a name, in the form that names have.
    pub(super) username: String,
    /// The number of a user.
    pub(super) number: Option<i64>,
    /// The first and the last id of a wallet that begin with the text, if it can be the beginning of one.
    pub(super) ids: Option<(Uuid, Uuid)>,
    /// The pattern of a part; `None` if the text is too short for one.
    pub(super) part: Option<String>,
}

impl TextSearch {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let username = Username::normalised(text);
        Self {
            number: text.parse().ok().filter(|number| *number > 0),
            ids: ids(text),
            part: has_part(&username).then(|| pattern(&username)),
            text: text.to_owned(),
            username,
        }
    }
}

/// Returns whether an index of trigrams can find the text.
fn has_part(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word.chars().count() >= PART_CHARS_MIN)
}

/// Returns the pattern of `LIKE` that finds the text anywhere.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Returns the first and the last id that begin with the text, with or without hyphens.
fn ids(text: &str) -> Option<(Uuid, Uuid)> {
    const DIGITS: usize = 32;
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let fits = (ID_DIGITS_MIN..=DIGITS).contains(&digits.len());
    if !fits || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |digit: char| {
        let rest = digit.to_string().repeat(DIGITS - digits.len());
        Uuid::try_parse(&format!("{digits}{rest}")).ok()
    };
    Some((filled('0')?, filled('f')?))
}

impl Database {
    /// Returns the users who have the part in their name or address, one more than a search shows at most, and how far it reached.
    pub(super) async fn users_by_part(
        &self,
        search: &TextSearch,
        flags: UserFlags,
    ) -> Result<(Vec<Row>, Reach), StorageError> {
        const DOING: &str = "search for users by a part";
        let Some(part) = &search.part else {
            return Ok((Vec::new(), Reach::TooShort));
        };
        let has_index = self
            .admin_row(DOING, sql::ADMIN_USERS_PART_INDEX, &[])
            .await?;
        let has_index = has_index.map_or(Ok(false), |row| row.column("has_index"));
        if !has_index? {
            return Ok((Vec::new(), Reach::NoIndex));
        }
        let limit = i64::from(USERS_FOUND_MAX) + 1;
        let parameters: Parameters = &[part, &flags.is_active, &flags.is_staff, &limit];
        let statement = (sql::ADMIN_USERS_BY_PART, parameters);
        match self.admin_scans_within(PART_MAX, DOING, [statement]).await {
            Ok([rows]) => Ok((rows, Reach::Whole)),
            Err(StorageError::TooLong { .. }) => Ok((Vec::new(), Reach::TooMany)),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_may_begin_an_id() {
        let search = TextSearch::new;
        assert_eq!(search("abcde").ids, None);
        assert_eq!(search("abcdeg").ids, None);
        let (first, last) = search("ABCDEF12-3").ids.unwrap();
        assert_eq!(first.to_string(), "abcdef12-3000-0000-0000-000000000000");
        assert_eq!(last.to_string(), "abcdef12-3fff-ffff-ffff-ffffffffffff");
        let whole = "04f06101-9ced-46ae-a8ce-4fdcfb238082";
        let (first, last) = search(whole).ids.unwrap();
        assert_eq!((first, first.to_string().as_str()), (last, whole));
    }

    #[test]
    fn a_number_is_a_user_s_if_it_can_be() {
        assert_eq!(TextSearch::new("12").number, Some(12));
        for text in ["0", "-1", "1.0", "99999999999999999999", "x"] {
            assert_eq!(TextSearch::new(text).number, None, "{text}");
        }
    }

    #[test]
    fn a_part_needs_three_letters_or_digits_in_a_row_and_stands_for_itself() {
        for (text, part) in [
            ("li", None),
            ("a-b.c@d", None),
            ("@@@@", None),
            ("%%%", None),
            ("ли", None),
            ("лиз", Some("%лиз%")),
            ("a.lic", Some("%a.lic%")),
            ("100%_\\", Some("%100\\%\\_\\\\%")),
        ] {
            assert_eq!(TextSearch::new(text).part.as_deref(), part, "{text}");
        }
    }
}
