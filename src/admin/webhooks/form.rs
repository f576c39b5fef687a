//! The form of a new webhook, and what is wrong with it.

use serde::Deserialize;
use uuid::Uuid;

use crate::domain::{IdempotencyKey, WalletId};
use crate::events::type_names;
use crate::events::webhooks::{Destination, DestinationFault, Guard, URL_CHARS_MAX};
use crate::messages::{Lang, text};

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub struct Form {
    /// Sent twice, it makes one webhook.
    pub number: String,
    pub url: String,
    /// None: all of them.
    pub types: Vec<String>,
    /// Empty: all of them.
    pub wallet: String,
    /// Deliveries begin with the oldest event.
    pub from_start: bool,
    unknown_type: bool,
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub url: Option<String>,
    pub types: Option<String>,
    pub wallet: Option<String>,
}

/// A form without mistakes.
pub struct Wanted {
    pub key: IdempotencyKey,
    pub url: String,
    pub types: Option<Vec<String>>,
    pub wallet: Option<WalletId>,
}

/// A field may come several times: those of the boxes that are ticked have one name.
impl From<Vec<(String, String)>> for Form {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "form" => form.number = value,
                "url" => form.url = value,
                "wallet" => form.wallet = value,
                "from" => form.from_start = value == "start",
                "type" => match type_names().find(|known| *known == value) {
                    Some(_) if form.types.contains(&value) => {}
                    Some(_) => form.types.push(value),
                    None => form.unknown_type = true,
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
            ..Self::default()
        }
    }

    /// Whether the type is ticked.
    pub fn has(&self, name: &str) -> bool {
        self.types.iter().any(|given| given == name)
    }

    /// Returns what is wanted; `None` if there are mistakes, which the form then has.
    pub fn check(&mut self, guard: Guard, lang: Lang) -> Option<Wanted> {
        let key = key(&mut self.number);
        let url = self.url.trim();
        if let Err(fault) = Destination::parse(url, guard) {
            self.mistakes.url = Some(url_mistake(fault, lang));
        }
        let wallet = Some(self.wallet.trim()).filter(|text| !text.is_empty());
        let wallet = wallet.map(|text| WalletId::parse(text).ok_or(()));
        if wallet == Some(Err(())) {
            self.mistakes.wallet = Some(text!(lang, "webhooks-wallet-wrong").to_owned());
        }
        if self.unknown_type {
            self.mistakes.types = Some(text!(lang, "webhooks-type-unknown").to_owned());
        }
        let Mistakes {
            url: None,
            types: None,
            wallet: None,
        } = &self.mistakes
        else {
            return None;
        };
        // In the order of all types: the same ones are the same form.
        let types: Vec<_> = type_names()
            .filter(|name| self.has(name))
            .map(str::to_owned)
            .collect();
        Some(Wanted {
            key: key?,
            url: url.to_owned(),
            types: (!types.is_empty()).then_some(types),
            wallet: wallet.and_then(Result::ok),
        })
    }
}

/// A number that no form has had.
pub fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// The key that a form is sent under. What is no number of a form is replaced.
pub fn key(number: &mut String) -> Option<IdempotencyKey> {
    if Uuid::try_parse(number).is_err() {
        *number = fresh();
    }
    IdempotencyKey::parse(number)
}

/// As the API words it.
fn url_mistake(fault: DestinationFault, lang: Lang) -> String {
    match fault {
        DestinationFault::TooLong => {
            text!(lang, "fault-url-too-long", max = URL_CHARS_MAX)
        }
        DestinationFault::NotUrl => text!(lang, "fault-url-not-url").to_owned(),
        DestinationFault::NotHttps => text!(lang, "fault-url-not-https").to_owned(),
        DestinationFault::UserInfo => text!(lang, "fault-url-user-info").to_owned(),
        DestinationFault::Fragment => text!(lang, "fault-url-fragment").to_owned(),
        DestinationFault::Refused => text!(lang, "fault-url-refused").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Form {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        fields.collect::<Vec<_>>().into()
    }

    #[test]
    fn ticked_types_are_wanted_once_in_their_order_and_none_is_all() {
        let number = fresh();
        let fields = [
            ("form", &*number),
            ("url", " https://hooks.example.com/ "),
            ("type", "operation.withdraw"),
            ("type", "operation.deposit"),
            ("type", "operation.deposit"),
        ];
        let wanted = sent(&fields).check(Guard::PublicOnly, Lang::En).unwrap();
        assert_eq!(wanted.url, "https://hooks.example.com/");
        assert_eq!(wanted.key.as_str(), number);
        assert_eq!(
            wanted.types.unwrap(),
            ["operation.deposit", "operation.withdraw"]
        );
        let wanted = sent(&fields[..2])
            .check(Guard::PublicOnly, Lang::En)
            .unwrap();
        assert_eq!((wanted.types, wanted.wallet), (None, None));
    }

    #[test]
    fn every_mistake_is_said_at_its_field() {
        let mut form = sent(&[("url", "http://x/"), ("type", "x"), ("wallet", "7")]);
        assert!(form.check(Guard::PublicOnly, Lang::En).is_none());
        let Mistakes { url, types, wallet } = form.mistakes;
        assert!(url.is_some() && types.is_some() && wallet.is_some());
        // A number of its own in place of the one that is missing.
        assert!(Uuid::try_parse(&form.number).is_ok());
    }
}
