//! The form of a new key, and what is wrong with it.

use std::time::Duration;

use serde::Deserialize;
use uuid::Uuid;

use crate::auth::{Scope, Scopes};
use crate::domain::WalletId;
use crate::messages::{Lang, text};
use crate::storage::{KEY_NAME_CHARS_MAX, KEY_WALLETS_MAX, KeyName};

/// The longest that a key with an end lasts: ten years.
const DAYS_MAX: u32 = 3_650;
/// What the form proposes.
const DAYS: &str = "90";
/// The length of a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters shown of what is no wallet's ID, which is itself the longest.
const WRONG_SHOWN_MAX: usize = 36;

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Form {
    /// Sent twice, it makes one key.
    pub number: String,
    pub name: String,
    pub scopes: Scopes,
    /// One a line.
    pub wallets: String,
    /// How long it lasts; empty: for ever.
    pub days: String,
    /// A name among those of the scopes that is none.
    unknown_scope: bool,
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub name: Option<String>,
    pub scopes: Option<String>,
    pub wallets: Option<String>,
    pub days: Option<String>,
}

/// A form without mistakes.
pub struct Wanted {
    pub form: Uuid,
    pub name: KeyName,
    pub scopes: Scopes,
    /// `None`: all.
    pub wallets: Option<Vec<WalletId>>,
    pub lasts: Option<Duration>,
}

/// A field may come several times: those of the boxes that are ticked have one name.
impl From<Vec<(String, String)>> for Form {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "form" => form.number = value,
                "name" => form.name = value,
                "wallets" => form.wallets = value,
                "days" => form.days = value,
                "scope" => match Scope::parse(&value) {
                    Ok(scope) => form.scopes = form.scopes.iter().chain([scope]).collect(),
                    Err(_) => form.unknown_scope = true,
                },
                _ => {}
            }
        }
        form
    }
}

impl Form {
    /// An empty one.
    pub fn fresh() -> Self {
        Self {
            number: fresh(),
            days: DAYS.to_owned(),
            ..Self::default()
        }
    }

    /// Returns what is wanted; `None` if there are mistakes, which the form then has.
    pub fn check(&mut self, lang: Lang) -> Option<Wanted> {
        let form = form(&mut self.number);
        let name = KeyName::parse(self.name.trim());
        if name.is_none() {
            let max = KEY_NAME_CHARS_MAX;
            self.mistakes.name = Some(text!(lang, "keys-name-wrong", max = max));
        }
        let wallets = wallets(&self.wallets, lang);
        let is_tied = !matches!(wallets, Ok(None));
        self.mistakes.scopes = self.scopes_mistake(is_tied, lang);
        let wallets = wallets.map_err(|mistake| self.mistakes.wallets = Some(mistake));
        let lasts = days(&self.days);
        let lasts = lasts.map_err(|NotDays| self.mistakes.days = Some(days_wrong(lang)));
        let are_scopes_right = self.mistakes.scopes.is_none();
        Some(Wanted {
            form: form?,
            name: name?,
            scopes: are_scopes_right.then_some(self.scopes)?,
            wallets: wallets.ok()?,
            lasts: lasts.ok()?,
        })
    }

    fn scopes_mistake(&self, is_tied: bool, lang: Lang) -> Option<String> {
        if self.unknown_scope {
            return Some(text!(lang, "keys-scope-unknown").to_owned());
        }
        if self.scopes.is_empty() {
            return Some(text!(lang, "keys-scopes-none").to_owned());
        }
        let of_no_wallet = self.scopes.iter().filter(|scope| !scope.can_be_tied());
        let of_no_wallet: Scopes = of_no_wallet.collect();
        (is_tied && !of_no_wallet.is_empty()).then(|| {
            let names = of_no_wallet.to_string().replace(' ', ", ");
            text!(lang, "keys-scopes-of-no-wallet", scopes = names)
        })
    }
}

/// Returns the wallets, with `None` for all of them, or what is wrong with them.
fn wallets(text: &str, lang: Lang) -> Result<Option<Vec<WalletId>>, String> {
    let mut wallets = Vec::new();
    for named in text.split_whitespace() {
        let wallet = WalletId::parse(named).ok_or_else(|| {
            let shown: String = named.chars().take(WRONG_SHOWN_MAX).collect();
            text!(lang, "keys-wallet-wrong", wallet = shown)
        });
        wallets.push(wallet?);
    }
    wallets.sort_unstable();
    wallets.dedup();
    if wallets.len() > KEY_WALLETS_MAX {
        let max = KEY_WALLETS_MAX;
        return Err(text!(lang, "keys-wallets-many", max = max));
    }
    Ok((!wallets.is_empty()).then_some(wallets))
}

/// Returns the value of a new form.
pub fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// Reads the form's value; a text that is none, which only a form written by hand has, becomes a new one.
pub fn form(text: &mut String) -> Option<Uuid> {
    let form = Uuid::try_parse(text).ok();
    if form.is_none() {
        *text = fresh();
    }
    form
}

/// A text that is no number of days.
#[derive(Debug, PartialEq, Eq)]
pub struct NotDays;

/// Returns how long a key lasts, with `None` for ever.
pub fn days(text: &str) -> Result<Option<Duration>, NotDays> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotDays);
    }
    let days: u32 = text.parse().map_err(|_| NotDays)?;
    let are_possible = (1..=DAYS_MAX).contains(&days);
    are_possible.then(|| Some(DAY * days)).ok_or(NotDays)
}

pub fn days_wrong(lang: Lang) -> String {
    text!(lang, "keys-days-wrong", max = DAYS_MAX)
}

/// Returns the days that a duration is nearest to, at least one, as the field has them.
pub fn days_of(lasts: Option<time::Duration>) -> String {
    let days = lasts.map(|lasts| ((lasts.whole_hours() + 12) / 24).max(1));
    days.map(|days| days.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Form {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Form::from(fields.iter().map(own).collect::<Vec<_>>())
    }

    #[test]
    fn days_are_a_whole_number_of_them_or_none_for_ever() {
        assert_eq!(days(""), Ok(None));
        assert_eq!(days(" 2 "), Ok(Some(2 * DAY)));
        assert_eq!(days("3650"), Ok(Some(3_650 * DAY)));
        for wrong in [
            "0",
            "3651",
            "-1",
            "+1",
            "1.5",
            "1e2",
            "x",
            "99999999999999999999",
            "٣",
        ] {
            assert_eq!(days(wrong), Err(NotDays), "{wrong}");
        }
        assert_eq!(days_of(None), "");
        assert_eq!(days_of(Some(time::Duration::days(90))), "90");
        assert_eq!(days_of(Some(time::Duration::seconds(1))), "1");
    }

    #[test]
    fn a_scope_of_no_wallet_is_none_for_a_key_that_is_tied_to_wallets() {
        let wallet = Uuid::from_u128(7).to_string();
        let fields = [
            ("form", wallet.as_str()),
            ("name", "shop"),
            ("scope", "wallets:read"),
            ("scope", "users:write"),
            ("wallets", &wallet),
        ];
        let mut tied = sent(&fields);
        assert!(tied.check(Lang::En).is_none());
        let mistake = tied.mistakes.scopes.unwrap();
        assert!(mistake.contains("users:write") && !mistake.contains("wallets:read"));
        let wanted = sent(&fields[..4]).check(Lang::En).unwrap();
        assert_eq!(wanted.scopes.to_string(), "wallets:read users:write");
        assert_eq!((wanted.wallets, wanted.lasts), (None, None));
    }
}
