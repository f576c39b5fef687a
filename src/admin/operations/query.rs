//! The search form, as the address has it.

use serde::Deserialize;

use super::interval::{self, Interval};
use crate::admin::paging::{Cursor, List, Pager};
use crate::admin::wallets::money;
use crate::domain::idempotency::KEY_CHARS_MAX;
use crate::domain::registration::EMAIL_MAX_CHARS;
use crate::domain::{Balance, OperationKind, WalletId};
use crate::messages::{Id, Lang, id, text};
use crate::storage::admin::{OperationFilter, OperationPlace};
use crate::web::redirect;

/// No reference is longer.
const REFERENCE_CHARS_MAX: usize = 140;

/// The fields as sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SearchForm {
    /// Who has the wallet: a number, a name or an address. Not in a wallet.
    pub user: String,
    /// The exact amount.
    pub amount: String,
    pub least: String,
    pub most: String,
    pub day: String,
    pub from: String,
    pub to: String,
    pub kind: String,
    pub key: String,
    pub reference: String,
    /// The counterpart wallet.
    pub other: String,
    pub after: String,
}

/// The mistakes, by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mistakes {
    pub user: Option<Id>,
    pub amount: Option<Id>,
    pub least: Option<Id>,
    pub most: Option<Id>,
    pub time: interval::Mistakes,
    pub kind: Option<Id>,
    pub key: Option<Id>,
    pub reference: Option<Id>,
    pub other: Option<Id>,
}

impl SearchForm {
    /// Returns the filter without the user, or all mistakes in the form.
    pub fn filter(&self) -> Result<OperationFilter, Box<Mistakes>> {
        let mut mistakes = Mistakes::default();
        let amount = money_in(&self.amount, &mut mistakes.amount);
        let least = money_in(&self.least, &mut mistakes.least);
        let most = money_in(&self.most, &mut mistakes.most);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            mistakes.most = Some(id!("wallets-reversed"));
        }
        if amount.is_some() && (least.is_some() || most.is_some()) {
            mistakes.amount = Some(id!("operations-amount-alone"));
        }
        let Interval { from, to } =
            Interval::read(&self.day, &self.from, &self.to, &mut mistakes.time);
        let filter = OperationFilter {
            wallet: None,
            other: read(&self.other, WalletId::parse, &mut mistakes.other),
            kind: read(&self.kind, OperationKind::parse, &mut mistakes.kind),
            least: amount.or(least),
            most: amount.or(most),
            key: text_in(&self.key, KEY_CHARS_MAX, &mut mistakes.key),
            reference: text_in(
                &self.reference,
                REFERENCE_CHARS_MAX,
                &mut mistakes.reference,
            ),
            from,
            to,
        };
        text_in(&self.user, EMAIL_MAX_CHARS, &mut mistakes.user);
        if mistakes == Mistakes::default() {
            Ok(filter)
        } else {
            Err(Box::new(mistakes))
        }
    }

    pub fn kind(&self) -> Option<OperationKind> {
        OperationKind::parse(&self.kind)
    }

    /// Returns whether a field is set.
    pub fn is_narrowed(&self) -> bool {
        let fields = self.fields();
        fields.iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// Returns the links of the page, whose next page begins after that operation.
    pub fn pager(&self, path: &str, lang: Lang, next: Option<OperationPlace>) -> Pager {
        let list = List {
            path,
            query: &self.fields(),
            anchor: "",
        };
        list.pager((text!(lang, "panel-operations"), lang), self.after(), next)
    }

    /// Returns the address of the same search elsewhere.
    pub fn address(&self, path: &str) -> String {
        redirect::address(path, &self.fields())
    }

    /// Returns the address of the same search for this user.
    pub fn address_of(&self, path: &str, user: &str) -> String {
        let mut fields = self.fields();
        fields[0].1 = user;
        redirect::address(path, &fields)
    }

    pub fn after(&self) -> Option<OperationPlace> {
        Cursor::parse(&self.after)
    }

    fn fields(&self) -> [(&str, &str); 11] {
        [
            ("user", self.user.trim()),
            ("amount", &self.amount),
            ("least", &self.least),
            ("most", &self.most),
            ("day", &self.day),
            ("from", &self.from),
            ("to", &self.to),
            ("kind", &self.kind),
            ("key", &self.key),
            ("reference", &self.reference),
            ("other", &self.other),
        ]
    }
}

fn money_in(text: &str, mistake: &mut Option<Id>) -> Option<Balance> {
    if text.trim().is_empty() {
        return None;
    }
    let amount = money::balance(text);
    if amount.is_none() {
        *mistake = Some(id!("wallets-amount-wrong"));
    }
    amount
}

fn read<T>(text: &str, parse: impl Fn(&str) -> Option<T>, mistake: &mut Option<Id>) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let value = parse(text);
    if value.is_none() {
        *mistake = Some(id!("operations-value-wrong"));
    }
    value
}

fn text_in(text: &str, chars_max: usize, mistake: &mut Option<Id>) -> Option<String> {
    let fits = |text: &str| {
        let can_be = text.chars().count() <= chars_max && !text.chars().any(char::is_control);
        can_be.then(|| text.to_owned())
    };
    read(text, fits, mistake)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn every_field_narrows_the_search() {
        let form = SearchForm {
            amount: "1 234,50".to_owned(),
            day: "2026-11-26".to_owned(),
            kind: OperationKind::ALL[0].as_str().to_owned(),
            key: " k ".to_owned(),
            reference: "%_'".to_owned(),
            other: "00000000-0000-0000-0000-000000000007".to_owned(),
            ..SearchForm::default()
        };
        let amount = Balance::from_cents(123_450);
        assert_eq!(
            form.filter(),
            Ok(OperationFilter {
                wallet: None,
                other: WalletId::parse(&form.other),
                kind: Some(OperationKind::ALL[0]),
                least: amount,
                most: amount,
                key: Some("k".to_owned()),
                reference: Some("%_'".to_owned()),
                from: Some(datetime!(2026-11-26 00:00 UTC)),
                to: Some(datetime!(2026-11-27 00:00 UTC)),
            })
        );
        assert!(form.is_narrowed());
        assert!(!SearchForm::default().is_narrowed());
        assert_eq!(
            SearchForm::default().filter(),
            Ok(OperationFilter::default())
        );
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let form = SearchForm {
            user: "\0".to_owned(),
            amount: "1e5".to_owned(),
            least: "2".to_owned(),
            most: "1".to_owned(),
            from: "2026-11-27".to_owned(),
            to: "2026-11-26".to_owned(),
            kind: "PAYOUT".to_owned(),
            key: "k".repeat(256),
            reference: "r".repeat(141),
            other: "7".to_owned(),
            ..SearchForm::default()
        };
        let wrong = Some(id!("operations-value-wrong"));
        assert_eq!(
            form.filter(),
            Err(Box::new(Mistakes {
                user: wrong,
                amount: Some(id!("wallets-amount-wrong")),
                least: None,
                most: Some(id!("wallets-reversed")),
                time: interval::Mistakes {
                    to: Some(id!("operations-reversed")),
                    ..interval::Mistakes::default()
                },
                kind: wrong,
                key: wrong,
                reference: wrong,
                other: wrong,
            }))
        );
        let both = SearchForm {
            amount: "1".to_owned(),
            least: "1".to_owned(),
            ..SearchForm::default()
        };
        let mistake = both.filter().unwrap_err().amount;
        assert_eq!(mistake, Some(id!("operations-amount-alone")));
    }
}
