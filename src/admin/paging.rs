//! Pages of lists: how many rows they have, where one begins, and the links below it.
//!
//! An address names the last row of the previous page by its parameter `after`. A value that cannot be parsed is the first
//! page. The history of the API shares only `web::redirect::address` with this: its cursor is opaque and bound to its
//! filters, a wrong one is an error, the client chooses the number of rows, and it has no page to link back to.

use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

use crate::domain::UserId;
use crate::messages::{Lang, text};
use crate::storage::admin::{OperationPlace, WalletCursor};
use crate::web::redirect;

/// Rows of a page: of wallets, of a ledger and of holds, of users, of keys, of what webhooks set aside, and of the changes of a user or of a wallet's rules,
/// and of the journal.
pub const WALLETS: u16 = 25;
pub const OPERATIONS: u16 = 25;
pub const HOLDS: u16 = 25;
pub const USERS: u16 = 50;
pub const KEYS: u16 = 50;
pub const EVENTS: u16 = 50;
pub const CHANGES: u16 = 20;
pub const JOURNAL: u16 = 50;

const AFTER: &str = "after";

/// The position of a row in its list, as an address has it.
pub trait Cursor: Sized {
    fn parse(text: &str) -> Option<Self>;
    fn text(&self) -> String;
}

/// The query of an address that has no other parameters.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Position {
    after: String,
}

/// A list that has pages.
pub struct List<'a> {
    pub path: &'a str,
    /// The parameters of the search and its filters.
    pub query: &'a [(&'a str, &'a str)],
    /// The list's `id` on its page; empty if the page begins with it.
    pub anchor: &'a str,
}

/// The links below a page of a list. A template shows them by `{{ pager|safe }}`.
#[derive(Template)]
#[template(path = "pager.html")]
pub struct Pager {
    lang: Lang,
    label: &'static str,
    /// The first page, from any other.
    pub first: Option<String>,
    pub next: Option<String>,
}

impl Position {
    pub fn after<C: Cursor>(&self) -> Option<C> {
        C::parse(&self.after)
    }
}

impl List<'_> {
    /// The links of the page after one row, whose next page begins after another.
    pub fn pager<C: Cursor>(
        &self,
        (label, lang): (&'static str, Lang),
        after: Option<C>,
        next: Option<C>,
    ) -> Pager {
        Pager {
            lang,
            label,
            first: after.map(|_| self.address("")),
            next: next.map(|next| self.page_after(&next)),
        }
    }

    /// Returns the address of the page that begins after a row.
    pub fn page_after(&self, row: &impl Cursor) -> String {
        self.address(&row.text())
    }

    fn address(&self, after: &str) -> String {
        let parameters = [self.query, &[(AFTER, after)]].concat();
        let address = redirect::address(self.path, &parameters);
        match self.anchor {
            "" => address,
            anchor => format!("{address}#{anchor}"),
        }
    }
}

impl Cursor for i64 {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number| *number > 0)
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Cursor for UserId {
    fn parse(text: &str) -> Option<Self> {
        Cursor::parse(text).map(Self)
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

impl Cursor for WalletCursor {
    fn parse(text: &str) -> Option<Self> {
        let (key, id) = text.split_once('_')?;
        Some(Self {
            key: key.parse().ok()?,
            id: Uuid::try_parse(id).ok()?,
        })
    }

    fn text(&self) -> String {
        format!("{}_{}", self.key, self.id.simple())
    }
}

impl Cursor for OperationPlace {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let position = parts.next()?.parse().ok()?;
        let wallet = Uuid::try_parse(parts.next()?).ok()?;
        let seq = parts.next()?.parse().ok()?;
        parts.next().is_none().then_some(Self {
            position,
            wallet,
            seq,
        })
    }

    fn text(&self) -> String {
        format!("{}_{}_{}", self.position, self.wallet.simple(), self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_same_list_after_a_row() {
        let list = List {
            path: "/admin/users/",
            query: &[("q", "a b&c"), ("sort", "")],
            anchor: "",
        };
        let pager = list.pager(("Users", Lang::En), Some(UserId(7)), Some(UserId(57)));
        assert_eq!(pager.first.as_deref(), Some("/admin/users/?q=a+b%26c"));
        let next = "/admin/users/?q=a+b%26c&after=57";
        assert_eq!(pager.next.as_deref(), Some(next));
        let list = List {
            path: "/admin/users/7/",
            query: &[],
            anchor: "changes",
        };
        let pager = list.pager(("Changes", Lang::En), None, Some(7_i64));
        assert_eq!(pager.first, None);
        let next = "/admin/users/7/?after=7#changes";
        assert_eq!(pager.next.as_deref(), Some(next));
    }

    #[test]
    fn a_cursor_that_was_made_up_is_none() {
        for after in ["", "x", "-1", "0", "1e3", "99999999999999999999"] {
            assert_eq!(UserId::parse(after), None, "{after}");
        }
        let cursor = WalletCursor {
            key: -5,
            id: Uuid::from_u128(7),
        };
        assert_eq!(cursor.text(), "-5_00000000000000000000000000000007");
        assert_eq!(WalletCursor::parse(&cursor.text()), Some(cursor));
        for made_up in ["", "1", "_", "1_2", "x_00000000000000000000000000000007"] {
            assert_eq!(WalletCursor::parse(made_up), None, "{made_up}");
        }
        let place = OperationPlace {
            position: 5,
            wallet: Uuid::from_u128(7),
            seq: 3,
        };
        assert_eq!(OperationPlace::parse(&place.text()), Some(place));
        for made_up in [
            "",
            "5_7_3",
            "5_00000000000000000000000000000007",
            "5_00000000000000000000000000000007_3_1",
        ] {
            assert_eq!(OperationPlace::parse(made_up), None, "{made_up}");
        }
    }
}
