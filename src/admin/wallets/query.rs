//! What a list of wallets is asked for, in its address: read, checked, and written again for the links of its pages.

use serde::Deserialize;
use uuid::Uuid;

use super::money;
use crate::domain::Balance;
use crate::domain::registration::EMAIL_MAX_CHARS;
use crate::messages::{Id, id};
use crate::storage::admin::{WalletCursor, WalletOrder, WalletQuery, WalletSought};
use crate::web::redirect;

/// Wallets of a page.
pub const PAGE: u16 = 25;

/// Digits from which on a text may be the beginning of a wallet's number: fewer would find too many wallets beside the
/// users that are meant.
const NUMBER_DIGITS_MIN: usize = 6;

/// The fields of the search form, as they came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub q: String,
    pub from: String,
    pub to: String,
    /// Only wallets that hold nothing; any value.
    pub zero: String,
    pub sort: String,
    /// Where the page before ended: the key and the number of its last wallet.
    pub after: String,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    NoBalance,
    /// The lowest balance is above the highest.
    Reversed,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub from: Option<Mistake>,
    pub to: Option<Mistake>,
}

/// By its name in the address.
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

impl Asked {
    /// The query, or what is wrong with it. An order or a place that nobody knows is the first.
    pub fn query(&self) -> Result<WalletQuery, Mistakes> {
        let mut mistakes = Mistakes::default();
        let lowest = balance(&self.from, &mut mistakes.from);
        let highest = balance(&self.to, &mut mistakes.to);
        if let (Some(low), Some(high)) = (lowest, highest)
            && low > high
        {
            mistakes.to = Some(Mistake::Reversed);
        }
        if mistakes != Mistakes::default() {
            return Err(mistakes);
        }
        let zero = (!self.zero.is_empty()).then_some(Balance::ZERO);
        Ok(WalletQuery {
            sought: sought(&self.q),
            lowest: zero.or(lowest),
            highest: zero.or(highest),
            order: self.order(),
            after: cursor(&self.after),
            limit: PAGE,
        })
    }

    pub fn order(&self) -> WalletOrder {
        let known = ORDERS.iter().find(|(name, ..)| *name == self.sort);
        known.map_or(WalletOrder::default(), |(_, order, _)| *order)
    }

    /// Whether anything but the order is asked for.
    pub fn is_narrowed(&self) -> bool {
        [&self.q, &self.from, &self.to, &self.zero]
            .iter()
            .any(|field| !field.trim().is_empty())
    }

    /// The address of the same list, from its beginning or from a place of it.
    pub fn link(&self, after: Option<WalletCursor>) -> String {
        let after = after.map(|WalletCursor { key, id }| format!("{key}_{}", id.simple()));
        redirect::address(
            "/admin/wallets/",
            &[
                ("q", &self.q),
                ("from", &self.from),
                ("to", &self.to),
                ("zero", &self.zero),
                ("sort", &self.sort),
                ("after", after.as_deref().unwrap_or_default()),
            ],
        )
    }
}

fn balance(text: &str, mistake: &mut Option<Mistake>) -> Option<Balance> {
    if text.trim().is_empty() {
        return None;
    }
    let balance = money::balance(text);
    if balance.is_none() {
        *mistake = Some(Mistake::NoBalance);
    }
    balance
}

fn cursor(text: &str) -> Option<WalletCursor> {
    let (key, id) = text.split_once('_')?;
    Some(WalletCursor {
        key: key.parse().ok()?,
        id: Uuid::try_parse(id).ok()?,
    })
}

/// What the text may mean; `None` if it is empty. No name is longer than an address may be.
fn sought(text: &str) -> Option<WalletSought> {
    let beginning: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(EMAIL_MAX_CHARS)
        .collect();
    if beginning.is_empty() {
        return None;
    }
    Some(WalletSought {
        ids: numbers(&beginning),
        beginning,
    })
}

/// The first and the last number that begin like this, hyphens or not.
fn numbers(text: &str) -> Option<(Uuid, Uuid)> {
    const DIGITS: usize = 32;
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let fits = (NUMBER_DIGITS_MIN..=DIGITS).contains(&digits.len());
    if !fits || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |digit: char| {
        let rest = digit.to_string().repeat(DIGITS - digits.len());
        Uuid::try_parse(&format!("{digits}{rest}")).ok()
    };
    Some((filled('0')?, filled('f')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        let value = |name: &str| {
            let given = pairs.iter().find(|(given, _)| *given == name);
            given.map_or(String::new(), |(_, value)| (*value).to_owned())
        };
        Asked {
            q: value("q"),
            from: value("from"),
            to: value("to"),
            zero: value("zero"),
            sort: value("sort"),
            after: value("after"),
        }
    }

    #[test]
    fn a_text_may_begin_a_name_and_from_six_digits_on_a_number() {
        let sought = |text| asked(&[("q", text)]).query().unwrap().sought;
        assert_eq!(sought("  "), None);
        assert_eq!(sought("abcde").unwrap().ids, None);
        assert_eq!(sought("abcdeg").unwrap().ids, None);
        let found = sought(" ABCDEF12-3 ").unwrap();
        assert_eq!(found.beginning, "ABCDEF12-3");
        let (first, last) = found.ids.unwrap();
        assert_eq!(first.to_string(), "abcdef12-3000-0000-0000-000000000000");
        assert_eq!(last.to_string(), "abcdef12-3fff-ffff-ffff-ffffffffffff");
        let whole = "04f06101-9ced-46ae-a8ce-4fdcfb238082";
        let (first, last) = sought(whole).unwrap().ids.unwrap();
        assert_eq!((first, first.to_string().as_str()), (last, whole));
    }

    #[test]
    fn no_text_is_more_than_a_beginning() {
        let odd = format!("%_\\';--\0\u{1}{}", "x".repeat(1_000));
        let sought = asked(&[("q", &odd)]).query().unwrap().sought.unwrap();
        assert!(sought.beginning.starts_with("%_\\';--x"));
        assert_eq!(sought.beginning.chars().count(), EMAIL_MAX_CHARS);
    }

    #[test]
    fn every_mistake_of_the_balances_is_told_at_once() {
        let both = asked(&[("from", "x"), ("to", "1.234")]).query();
        let no_balance = Some(Mistake::NoBalance);
        assert_eq!(
            both,
            Err(Mistakes {
                from: no_balance,
                to: no_balance
            })
        );
        let reversed = asked(&[("from", "2"), ("to", "1")]).query().unwrap_err();
        assert_eq!(reversed.to, Some(Mistake::Reversed));
        let zero = asked(&[("from", "2"), ("zero", "1")]).query().unwrap();
        assert_eq!(
            (zero.lowest, zero.highest),
            (Some(Balance::ZERO), Some(Balance::ZERO))
        );
    }

    #[test]
    fn a_link_leads_to_the_same_list_further_on() {
        let here = asked(&[("q", "a b&c"), ("sort", "richest")]);
        let after = WalletCursor {
            key: -5,
            id: Uuid::from_u128(7),
        };
        let link = here.link(Some(after));
        assert_eq!(
            link,
            "/admin/wallets/?q=a+b%26c&sort=richest&after=-5_00000000000000000000000000000007"
        );
        assert_eq!(cursor("-5_00000000000000000000000000000007"), Some(after));
        for made_up in ["", "1", "_", "1_2", "x_00000000000000000000000000000007"] {
            assert_eq!(cursor(made_up), None, "{made_up}");
        }
        assert_eq!(asked(&[]).link(None), "/admin/wallets/");
    }
}
