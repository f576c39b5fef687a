//! A page of a list. Its query asks for one row more than fits, which tells whether there is a next page.

/// How far a search reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Any part, or whatever else was asked for.
    #[default]
    Whole,
    /// Beginnings only, as the text is too short.
    TooShort,
    /// Beginnings only, as the database has no index of parts.
    NoIndex,
    /// Beginnings only, as too many have this part.
    TooMany,
}

/// Rows of a list, and where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    pub rows: Vec<T>,
    /// The position after the last row; `None` on the last page.
    pub next: Option<C>,
    /// The search matched more rows than it checks.
    pub is_cut: bool,
    /// How far its search reached.
    pub reach: Reach,
}

/// The number of rows that a page's query asks for.
pub(super) fn rows_to_read(limit: u16) -> i64 {
    i64::from(limit) + 1
}

impl<T, C> Page<T, C> {
    /// Makes a page of the rows read; `cursor` is the position of a row.
    pub(super) fn of(mut rows: Vec<T>, limit: u16, cursor: impl Fn(&T) -> C) -> Self {
        let has_more = rows.len() > usize::from(limit);
        rows.truncate(limit.into());
        Self {
            next: rows.last().filter(|_| has_more).map(cursor),
            rows,
            is_cut: false,
            reach: Reach::Whole,
        }
    }
}
