//! The search form of the list of wallets, as the address has it.

use serde::Deserialize;

use super::money;
use crate::admin::paging::{self, Cursor, List, Pager};
use crate::domain::Balance;
use crate::domain::registration::EMAIL_MAX_CHARS;
use crate::messages::{Id, Lang, id, text};
use crate::storage::admin::{TextSearch, WalletCursor, WalletOrder, WalletQuery, WalletState};

/// The fields as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    pub q: String,
    pub from: String,
    pub to: String,
    /// Only empty wallets, if it has a value.
    pub zero: String,
    /// Only wallets in this state.
    pub state: String,
    pub sort: String,
    pub after: String,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub from: Option<Id>,
    pub to: Option<Id>,
}

/// The orders by their names in the address.
pub const ORDERS: [(&str, WalletOrder, Id); 5] = [
    ("newest", WalletOrder::Newest, id!("wallets-order-newest")),
    ("oldest", WalletOrder::Oldest, id!("wallets-order-oldest")),
    ("latest", WalletOrder::Latest, id!("wallets-order-latest")),
    (
        "richest",
        WalletOrder::Richest,
        id!("wallets-order-richest"),
    ),
    (
        "poorest",
        WalletOrder::Poorest,
        id!("wallets-order-poorest"),
    ),
];

/// The states with their names.
pub const STATES: [(WalletState, Id); 3] = [
    (WalletState::Frozen, id!("wallets-state-frozen")),
    (WalletState::Closed, id!("wallets-state-closed")),
    (WalletState::Held, id!("wallets-state-held")),
];

impl SearchForm {
    /// Returns the query, or the mistakes in the form. An unknown order or position is the first.
    pub fn query(&self) -> Result<WalletQuery, Mistakes> {
        let mut mistakes = Mistakes::default();
        let lowest = balance(&self.from, &mut mistakes.from);
        let highest = balance(&self.to, &mut mistakes.to);
        if let (Some(low), Some(high)) = (lowest, highest)
            && low > high
        {
            mistakes.to = Some(id!("wallets-reversed"));
        }
        if mistakes != Mistakes::default() {
            return Err(mistakes);
        }
        let zero = (!self.zero.is_empty()).then_some(Balance::ZERO);
        Ok(WalletQuery {
            search: search(&self.q),
            state: self.state(),
            lowest: zero.or(lowest),
            highest: zero.or(highest),
            order: self.order(),
            after: self.after(),
            limit: paging::WALLETS,
        })
    }

    /// Returns the state; none if the text names none.
    pub fn state(&self) -> Option<WalletState> {
        WalletState::ALL
            .into_iter()
            .find(|state| state.name() == self.state)
    }

    pub fn order(&self) -> WalletOrder {
        let known = ORDERS.iter().find(|(name, ..)| *name == self.sort);
        known.map_or(WalletOrder::default(), |(_, order, _)| *order)
    }

    /// Returns whether a search or a filter is set.
    pub fn is_narrowed(&self) -> bool {
        [&self.q, &self.from, &self.to, &self.zero, &self.state]
            .iter()
            .any(|field| !field.trim().is_empty())
    }

    /// Returns the links of the page, whose next page begins after that wallet.
    pub fn pager(&self, lang: Lang, next: Option<WalletCursor>) -> Pager {
        let list = List {
            path: "/admin/wallets/",
            query: &[
                ("q", &self.q),
                ("from", &self.from),
                ("to", &self.to),
                ("zero", &self.zero),
                ("state", &self.state),
                ("sort", &self.sort),
            ],
            anchor: "",
        };
        list.pager((text!(lang, "panel-wallets"), lang), self.after(), next)
    }

    fn after(&self) -> Option<WalletCursor> {
        Cursor::parse(&self.after)
    }
}

fn balance(text: &str, mistake: &mut Option<Id>) -> Option<Balance> {
    if text.trim().is_empty() {
        return None;
    }
    let balance = money::balance(text);
    if balance.is_none() {
        *mistake = Some(id!("wallets-amount-wrong"));
    }
    balance
}

/// Returns the search for a text; `None` if it is empty. No username is longer than an e-mail address may be.
fn search(text: &str) -> Option<TextSearch> {
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(EMAIL_MAX_CHARS)
        .collect();
    (!text.is_empty()).then(|| TextSearch::new(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> SearchForm {
        let value = |name: &str| {
            let given = pairs.iter().find(|(given, _)| *given == name);
            given.map_or(String::new(), |(_, value)| (*value).to_owned())
        };
        SearchForm {
            q: value("q"),
            from: value("from"),
            to: value("to"),
            zero: value("zero"),
            state: value("state"),
            sort: value("sort"),
            after: value("after"),
        }
    }

    #[test]
    fn a_search_is_short_and_has_no_control_characters() {
        let odd = format!("%_\\';--\0\u{1}{}", "x".repeat(1_000));
        assert_eq!(form(&[("q", "  ")]).query().unwrap().search, None);
        let search = form(&[("q", &odd)]).query().unwrap().search.unwrap();
        assert!(search.text.starts_with("%_\\';--x"));
        assert_eq!(search.text.chars().count(), EMAIL_MAX_CHARS);
    }

    #[test]
    fn all_mistakes_of_the_balances_are_reported_together() {
        let both = form(&[("from", "x"), ("to", "1.234")]).query();
        let no_balance = Some(id!("wallets-amount-wrong"));
        assert_eq!(
            both,
            Err(Mistakes {
                from: no_balance,
                to: no_balance
            })
        );
        let reversed = form(&[("from", "2"), ("to", "1")]).query().unwrap_err();
        assert_eq!(reversed.to, Some(id!("wallets-reversed")));
        let zero = form(&[("from", "2"), ("zero", "1")]).query().unwrap();
        assert_eq!(
            (zero.lowest, zero.highest),
            (Some(Balance::ZERO), Some(Balance::ZERO))
        );
    }
}
