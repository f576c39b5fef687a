//! What is wrong with the members of a request, in words.

use std::borrow::Cow;

use crate::domain::AmountError;
use crate::domain::money::{
    AMOUNT_DIGITS_MAX, AMOUNT_PLACES_MAX, AMOUNT_TEXT_MAX_CHARS, AMOUNT_WHOLE_DIGITS_MAX,
};
use crate::domain::reference::REFERENCE_CHARS_MAX;
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
    NotAKey,
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
    /// There is more than one key.
    KeyRepeated,
    /// A batch has a key per operation.
    KeyOfBatch,
    NoSuchWallet,
    /// It is the wallet that pays.
    SameWallet,
}

/// The faults of a request's members, by their names.
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
        self.0.push((member.into(), fault));
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
        let named = part.0.into_iter();
        self.0
            .extend(named.map(|(name, fault)| (format!("{prefix}{name}").into(), fault)));
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
            Self::NotAKey => text!(lang, "key-malformed").into(),
            Self::NotOneOf(choices) => {
                text!(lang, "fault-not-one-of", choices = choices.join(", ")).into()
            }
            Self::SendText => text!(lang, "fault-send-text").into(),
            Self::Amount(error) => amount_text(*error, lang),
            Self::TooMany(max) => text!(lang, "fault-too-many", max = *max).into(),
            Self::Empty => text!(lang, "fault-empty").into(),
            Self::TooManyWallets(max) => text!(lang, "fault-too-many-wallets", max = *max).into(),
            Self::NotHere => text!(lang, "fault-not-here").into(),
            Self::KeyRepeated => text!(lang, "key-repeated").into(),
            Self::KeyOfBatch => text!(lang, "fault-key-header").into(),
            Self::NoSuchWallet => text!(lang, "wallet-not-found").into(),
            Self::SameWallet => text!(lang, "same-wallet").into(),
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
