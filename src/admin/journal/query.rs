//! The search form of the journal, as the address has it.

use serde::Deserialize;
use time::Date;

use crate::admin::day::day;
use crate::admin::paging::{self, Cursor, List, Pager};
use crate::domain::staff_journal::Action;
use crate::messages::{Id, Lang, id, text};
use crate::storage::JournalQuery;

pub const ADDRESS: &str = "/admin/journal/";
/// Characters of a user name or of a subject that are looked for.
const TEXT_MAX: usize = 320;

/// The fields as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    /// A user name.
    pub who: String,
    pub action: String,
    /// The number or the id of what it was done to.
    pub subject: String,
    /// Days in UTC, both within.
    pub from: String,
    pub to: String,
    pub after: String,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub from: Option<Id>,
    pub to: Option<Id>,
}

impl SearchForm {
    /// Returns the query, for one entry more than a page has, or the mistakes in the form. An unknown action or position is none.
    pub fn query(&self) -> Result<JournalQuery, Mistakes> {
        let mut mistakes = Mistakes::default();
        let first = day(&self.from, &mut mistakes.from);
        let last = day(&self.to, &mut mistakes.to);
        if let (Some(first), Some(last)) = (first, last)
            && first > last
        {
            mistakes.to = Some(id!("statement-reversed"));
        }
        if mistakes != Mistakes::default() {
            return Err(mistakes);
        }
        let begins = |day: Date| day.midnight().assume_utc();
        Ok(JournalQuery {
            below: Cursor::parse(&self.after),
            from: first.map(begins),
            to: last.and_then(Date::next_day).map(begins),
            action: Action::parse(&self.action),
            username: text(&self.who),
            subject: text(&self.subject),
            limit: paging::JOURNAL + 1,
        })
    }

    /// Returns whether anything is looked for.
    pub fn is_narrowed(&self) -> bool {
        [&self.who, &self.action, &self.subject, &self.from, &self.to]
            .iter()
            .any(|field| !field.trim().is_empty())
    }

    /// Returns the links of the page, whose next page begins below that entry.
    pub fn pager(&self, lang: Lang, next: Option<i64>) -> Pager {
        let list = List {
            path: ADDRESS,
            query: &[
                ("who", &self.who),
                ("action", &self.action),
                ("subject", &self.subject),
                ("from", &self.from),
                ("to", &self.to),
            ],
            anchor: "",
        };
        let after: Option<i64> = Cursor::parse(&self.after);
        list.pager((text!(lang, "panel-journal"), lang), after, next)
    }
}

/// Returns what a field looks for; `None` if it is empty.
fn text(field: &str) -> Option<String> {
    let text = field.trim().chars().filter(|c| !c.is_control());
    let text: String = text.take(TEXT_MAX).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn days_are_whole_and_all_mistakes_are_reported_together() {
        let form = |from: &str, to: &str| SearchForm {
            from: from.to_owned(),
            to: to.to_owned(),
            ..SearchForm::default()
        };
        let query = form("2026-11-01", "2026-11-30").query().unwrap();
        assert_eq!(query.from, Some(datetime!(2026-11-01 0:00 UTC)));
        assert_eq!(query.to, Some(datetime!(2026-12-01 0:00 UTC)));
        let mistakes = form("x", "2026-02-30").query().unwrap_err();
        assert!(mistakes.from.is_some() && mistakes.to.is_some());
        let reversed = form("2026-11-02", "2026-11-01").query().unwrap_err();
        assert_eq!(reversed.to, Some(id!("statement-reversed")));
    }

    #[test]
    fn what_is_looked_for_is_short_and_has_no_control_characters() {
        assert_eq!(text(" \t "), None);
        assert_eq!(text(" a\0b "), Some("ab".to_owned()));
        assert_eq!(text(&"x".repeat(1_000)).unwrap().len(), TEXT_MAX);
    }
}
