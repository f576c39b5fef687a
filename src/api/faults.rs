//! What is wrong with the members of a request, in words.

use std::borrow::Cow;

use super::idempotency::InvalidIdempotencyKey;
use crate::domain::entry::REASON_CHARS_MAX;
use crate::domain::hold::HOLD_MAX;
use crate::domain::money::{
    AMOUNT_DIGITS_MAX, AMOUNT_PLACES_MAX, AMOUNT_TEXT_MAX_CHARS, AMOUNT_WHOLE_DIGITS_MAX,
};
use crate::domain::reference::REFERENCE_CHARS_MAX;
use crate::domain::registration::STAFF_PASSWORD_CHARS_MIN;
use crate::domain::{AmountError, Balance};
use crate::events::webhooks::{DestinationFault, URL_CHARS_MAX};
use crate::messages::{Lang, text};

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Required,
    Unknown,
    Repeated,
    NotAnObject,
    NotAList,
    NotABoolean,
    NotText,
    NotAWallet,
    NotAReference,
    Key(InvalidIdempotencyKey),
    /// One of these is expected.
    NotOneOf(&'static [&'static str]),
    /// A number with a fraction or an exponent, which is not exact in JSON.
    SendText,
    Amount(AmountError),
    /// As many items at most.
    TooMany(usize),
    Empty,
    /// As many wallets at most.
    TooManyWallets(usize),
    /// It only goes with another member's value.
    NotHere,
    /// It does not go with this other member.
    NotWith(&'static str),
    /// A whole number from the first to the second is expected.
    NotInRange(i64, i64),
    NotATime,
    /// The time when a hold expires is over, or too far ahead.
    NotAhead,
    /// The time is in the future.
    NotOver,
    /// The time is after that of this other member.
    NotAfter(&'static str),
    NotACursor,
    NotABalance,
    NotAReason,
    /// A batch has a key per operation.
    KeyOfBatch,
    NoSuchWallet,
    /// A password that is not the user's.
    WrongPassword,
    /// U+0000 in a password.
    NullCharacter,
    /// White space around a password, which sign-in forms trim.
    Padded,
    /// A password of staff that is too short.
    TooShortForStaff,
    /// A password is changed without a key.
    KeyOfPassword,
    /// An address that deliveries cannot go to.
    Url(DestinationFault),
}

/// The faults that are reported at most: a client names as many unknown members as its body has room for.
const FAULTS_MAX: usize = 100;

/// The faults of a request's members, by their names; the first [`FAULTS_MAX`] of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<(Cow<'static, str>, Fault)>);

/// Texts by member.
pub type FaultTexts = Vec<(Cow<'static, str>, Vec<Cow<'static, str>>)>;

impl Faults {
    /// One fault of one member.
    pub fn one(member: impl Into<Cow<'static, str>>, fault: Fault) -> Self {
        Self(vec![(member.into(), fault)])
    }

    pub fn push(&mut self, member: impl Into<Cow<'static, str>>, fault: Fault) {
        if self.0.len() < FAULTS_MAX {
            self.0.push((member.into(), fault));
        }
    }

    /// Whether the request is well-formed, and a wallet in it does not exist.
    pub fn names_a_wallet(&self) -> bool {
        matches!(self.0.as_slice(), [(_, Fault::NoSuchWallet)])
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of a part, whose members get this in front.
    pub fn append(&mut self, prefix: &str, part: Self) {
        for (name, fault) in part.0 {
            self.push(format!("{prefix}{name}"), fault);
        }
    }

    /// The texts by member, each member once, in the order in which it was found to be wrong.
    pub fn texts(&self, lang: Lang) -> FaultTexts {
        let mut texts: FaultTexts = Vec::new();
        for (name, fault) in &self.0 {
            let text = fault.text(lang);
            match texts.iter_mut().find(|(known, _)| known == name) {
                Some((_, of_member)) => of_member.push(text),
                None => texts.push((name.clone(), vec![text])),
            }
        }
        texts
    }
}

impl Fault {
    /// The fault in the language.
    pub fn text(&self, lang: Lang) -> Cow<'static, str> {
        match self {
            Self::Required => text!(lang, "fault-required").into(),
            Self::Unknown => text!(lang, "fault-unknown").into(),
            Self::Repeated => text!(lang, "fault-repeated").into(),
            Self::NotAnObject => text!(lang, "fault-not-an-object").into(),
            Self::NotAList => text!(lang, "fault-not-a-list").into(),
            Self::NotABoolean => text!(lang, "fault-not-a-boolean").into(),
            Self::NotText => text!(lang, "fault-not-text").into(),
            Self::NotAWallet => text!(lang, "fault-not-a-wallet").into(),
            Self::NotAReference => {
                text!(lang, "fault-not-a-reference", max = REFERENCE_CHARS_MAX).into()
            }
            Self::Key(InvalidIdempotencyKey::Malformed) => text!(lang, "key-malformed").into(),
            Self::Key(InvalidIdempotencyKey::Repeated) => text!(lang, "key-repeated").into(),
            Self::NotOneOf(choices) => {
                text!(lang, "fault-not-one-of", choices = choices.join(", ")).into()
            }
            Self::SendText => text!(lang, "fault-send-text").into(),
            Self::Amount(error) => amount_text(*error, lang),
            Self::TooMany(max) => text!(lang, "fault-too-many", max = *max).into(),
            Self::Empty => text!(lang, "fault-empty").into(),
            Self::TooManyWallets(max) => text!(lang, "fault-too-many-wallets", max = *max).into(),
            Self::NotHere => text!(lang, "fault-not-here").into(),
            Self::NotWith(other) => text!(lang, "fault-not-with", other = *other).into(),
            Self::NotInRange(min, max) => {
                // As text: numbers of a message are floats.
                let [min, max] = [min, max].map(ToString::to_string);
                text!(lang, "fault-not-in-range", min = min, max = max).into()
            }
            Self::NotATime => text!(lang, "fault-not-a-time").into(),
            Self::NotAhead => text!(lang, "fault-not-ahead", max = HOLD_MAX.whole_days()).into(),
            Self::NotOver => text!(lang, "fault-not-over").into(),
            Self::NotAfter(other) => text!(lang, "fault-not-after", other = *other).into(),
            Self::NotACursor => text!(lang, "fault-not-a-cursor").into(),
            Self::NotABalance => {
                text!(lang, "fault-not-a-balance", max = Balance::MAX.to_string()).into()
            }
            Self::NotAReason => text!(lang, "fault-not-a-reason", max = REASON_CHARS_MAX).into(),
            Self::KeyOfBatch => text!(lang, "fault-key-header").into(),
            Self::NoSuchWallet => text!(lang, "wallet-not-found").into(),
            Self::WrongPassword => text!(lang, "fault-wrong-password").into(),
            Self::NullCharacter => text!(lang, "fault-null-character").into(),
            Self::Padded => text!(lang, "fault-padded").into(),
            Self::TooShortForStaff => {
                let min = STAFF_PASSWORD_CHARS_MIN;
                text!(lang, "fault-too-short-for-staff", min = min).into()
            }
            Self::KeyOfPassword => text!(lang, "fault-key-of-password").into(),
            Self::Url(fault) => url_text(*fault, lang),
        }
    }
}

fn amount_text(error: AmountError, lang: Lang) -> Cow<'static, str> {
    match error {
        AmountError::TextTooLong => {
            text!(lang, "fault-amount-too-long", max = AMOUNT_TEXT_MAX_CHARS).into()
        }
        AmountError::NotANumber => text!(lang, "fault-amount-not-a-number").into(),
        AmountError::TooManyDigits => text!(
            lang,
            "fault-amount-too-many-digits",
            max = AMOUNT_DIGITS_MAX
        )
        .into(),
        AmountError::TooManyPlaces => text!(
            lang,
            "fault-amount-too-many-places",
            max = AMOUNT_PLACES_MAX
        )
        .into(),
        AmountError::TooManyWholeDigits => text!(
            lang,
            "fault-amount-too-many-whole-digits",
            max = AMOUNT_WHOLE_DIGITS_MAX
        )
        .into(),
        AmountError::NotPositive => text!(lang, "fault-amount-not-positive").into(),
    }
}

fn url_text(fault: DestinationFault, lang: Lang) -> Cow<'static, str> {
    match fault {
        DestinationFault::TooLong => text!(lang, "fault-url-too-long", max = URL_CHARS_MAX).into(),
        DestinationFault::NotUrl => text!(lang, "fault-url-not-url").into(),
        DestinationFault::NotHttps => text!(lang, "fault-url-not-https").into(),
        DestinationFault::UserInfo => text!(lang, "fault-url-user-info").into(),
        DestinationFault::Fragment => text!(lang, "fault-url-fragment").into(),
        DestinationFault::Refused => text!(lang, "fault-url-refused").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// One of each.
    const ALL: [Fault; 45] = [
        Fault::Required,
        Fault::Unknown,
        Fault::Repeated,
        Fault::NotAnObject,
        Fault::NotAList,
        Fault::NotABoolean,
        Fault::NotText,
        Fault::NotAWallet,
        Fault::NotAReference,
        Fault::Key(InvalidIdempotencyKey::Malformed),
        Fault::Key(InvalidIdempotencyKey::Repeated),
        Fault::NotOneOf(&["A", "B"]),
        Fault::SendText,
        Fault::Amount(AmountError::TextTooLong),
        Fault::Amount(AmountError::NotANumber),
        Fault::Amount(AmountError::TooManyDigits),
        Fault::Amount(AmountError::TooManyPlaces),
        Fault::Amount(AmountError::TooManyWholeDigits),
        Fault::Amount(AmountError::NotPositive),
        Fault::TooMany(7),
        Fault::Empty,
        Fault::TooManyWallets(7),
        Fault::NotHere,
        Fault::NotWith("expires_in"),
        Fault::NotInRange(3, 8),
        Fault::NotATime,
        Fault::NotAhead,
        Fault::NotOver,
        Fault::NotAfter("to"),
        Fault::NotACursor,
        Fault::NotABalance,
        Fault::NotAReason,
        Fault::KeyOfBatch,
        Fault::NoSuchWallet,
        Fault::WrongPassword,
        Fault::NullCharacter,
        Fault::Padded,
        Fault::TooShortForStaff,
        Fault::KeyOfPassword,
        Fault::Url(DestinationFault::TooLong),
        Fault::Url(DestinationFault::NotUrl),
        Fault::Url(DestinationFault::NotHttps),
        Fault::Url(DestinationFault::UserInfo),
        Fault::Url(DestinationFault::Fragment),
        Fault::Url(DestinationFault::Refused),
    ];

    #[test]
    fn each_fault_has_its_own_text_in_either_language_with_its_limit_in_it() {
        let mut texts = HashSet::new();
        for fault in &ALL {
            for lang in [Lang::En, Lang::Ru] {
                let text = fault.text(lang);
                assert!(text.len() > 10, "{fault:?}: {text}");
                assert!(!text.contains(['{', '}', '\u{2068}']), "{fault:?}: {text}");
                assert!(texts.insert(text), "{fault:?}");
            }
        }
        assert!(Fault::TooMany(7).text(Lang::En).contains('7'));
        let largest = Fault::NotInRange(1, i64::MAX).text(Lang::En);
        assert!(largest.contains("9223372036854775807"), "{largest}");
        assert!(Fault::NotOneOf(&["A", "B"]).text(Lang::Ru).contains("A, B"));
        assert!(Fault::NotAReference.text(Lang::En).contains("140"));
        assert!(Fault::NotAhead.text(Lang::Ru).contains("366"));
    }

    #[test]
    fn a_member_is_named_once_with_all_of_its_faults_and_a_part_s_with_its_place() {
        let mut part = Faults::one("amount", Fault::SendText);
        part.push("amount", Fault::Repeated);
        let mut whole = Faults::one("atomic", Fault::NotABoolean);
        whole.append("operations[3].", part);
        let texts = whole.texts(Lang::En);
        let counted = texts.iter().map(|(name, texts)| (&**name, texts.len()));
        let expected = [("atomic", 1), ("operations[3].amount", 2)];
        assert!(counted.eq(expected), "{texts:?}");
    }

    #[test]
    fn only_a_request_whose_one_fault_is_a_missing_wallet_names_one() {
        let mut faults = Faults::one("to", Fault::NoSuchWallet);
        assert!(faults.names_a_wallet());
        faults.push("amount", Fault::Required);
        assert!(!faults.names_a_wallet());
        assert!(!Faults::default().names_a_wallet());
    }

    #[test]
    fn no_more_faults_are_kept_than_are_reported() {
        let mut part = Faults::default();
        for n in 0..=FAULTS_MAX {
            part.push(n.to_string(), Fault::Unknown);
        }
        assert_eq!(part.texts(Lang::En).len(), FAULTS_MAX);
        let mut whole = Faults::one("atomic", Fault::NotABoolean);
        whole.append("operations[0].", part);
        assert_eq!(whole.texts(Lang::En).len(), FAULTS_MAX);
    }
}
