//! Money in whole cents.
//!
//! Integers, because the hot path adds and compares millions of them. Decimals are used only to read text ([`DecimalText`])
//! and for the database (`numeric`, by `rust_decimal`).

use std::fmt;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::number::DecimalText;

const CENTS: i64 = 100;

/// The length limit of a number's text (contract: that of the replaced service).
pub const AMOUNT_TEXT_MAX_CHARS: usize = 1_000;
/// `numeric(10,2)`: digits of an amount in total.
pub const AMOUNT_DIGITS_MAX: u64 = 10;
/// `numeric(10,2)`: places after the point.
pub const AMOUNT_PLACES_MAX: u64 = 2;
/// `numeric(10,2)`: digits before the point.
pub const AMOUNT_WHOLE_DIGITS_MAX: u64 = AMOUNT_DIGITS_MAX - AMOUNT_PLACES_MAX;

/// The amount of an operation: 0.01 to 99 999 999.99, in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// Why a text is not an [`Amount`]. The checks are made in the order of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("the text is longer than {AMOUNT_TEXT_MAX_CHARS} characters")]
    TextTooLong,
    #[error("the text is not a finite decimal number")]
    NotANumber,
    #[error("more than {AMOUNT_DIGITS_MAX} digits")]
    TooManyDigits,
    #[error("more than {AMOUNT_PLACES_MAX} decimal places")]
    TooManyPlaces,
    #[error("more than {AMOUNT_WHOLE_DIGITS_MAX} digits before the decimal point")]
    TooManyWholeDigits,
    #[error("not above zero")]
    NotPositive,
}

impl Amount {
    pub const MIN: Self = Self(1);
    pub const MAX: Self = Self(9_999_999_999);
    /// That of a row which moves no money. No request can have it.
    pub const ZERO: Self = Self(0);

    /// Returns the amount of that many cents, if it is in range.
    #[must_use]
    pub fn from_cents(cents: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0)
            .contains(&cents)
            .then_some(Self(cents))
    }

    /// Reads a stored `numeric`, if it is an amount.
    #[must_use]
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        Self::from_cents(whole_cents(value)?)
    }

    /// Reads a stored `numeric`, if it is an amount or [`ZERO`](Self::ZERO).
    #[must_use]
    pub fn from_decimal_or_zero(value: Decimal) -> Option<Self> {
        match whole_cents(value)? {
            0 => Some(Self::ZERO),
            cents => Self::from_cents(cents),
        }
    }

    /// Returns what is left when a part is taken away; `None` if nothing is.
    #[must_use]
    pub fn less(self, part: Self) -> Option<Self> {
        Self::from_cents(self.0 - part.0)
    }

    #[must_use]
    pub fn cents(self) -> i64 {
        self.0
    }

    /// Reads an amount in plain notation: digits, and at most one point. Trailing zeros count as places.
    ///
    /// # Errors
    /// The first rule that the text breaks, in the order of [`AmountError`].
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        if text.chars().count() > AMOUNT_TEXT_MAX_CHARS {
            return Err(AmountError::TextTooLong);
        }
        let number = DecimalText::plain(text).ok_or(AmountError::NotANumber)?;
        Self::try_from(&number)
    }
}

impl TryFrom<&DecimalText> for Amount {
    type Error = AmountError;

    fn try_from(number: &DecimalText) -> Result<Self, AmountError> {
        let shape = number.shape();
        if shape.digits > AMOUNT_DIGITS_MAX {
            return Err(AmountError::TooManyDigits);
        }
        if shape.places > AMOUNT_PLACES_MAX {
            return Err(AmountError::TooManyPlaces);
        }
        if shape.whole_digits > AMOUNT_WHOLE_DIGITS_MAX {
            return Err(AmountError::TooManyWholeDigits);
        }
        number
            .cents()
            .and_then(Self::from_cents)
            .ok_or(AmountError::NotPositive)
    }
}

/// The balance of a wallet: 0.00 to 9 999 999 999.99 (`numeric(12,2)`), in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Balance(i64);

impl Balance {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(999_999_999_999);

    /// Returns the balance of that many cents, if it is in range.
    #[must_use]
    pub fn from_cents(cents: i64) -> Option<Self> {
        (0..=Self::MAX.0).contains(&cents).then_some(Self(cents))
    }

    /// Reads a balance in plain notation, which may be zero. Trailing zeros are allowed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.chars().count() > AMOUNT_TEXT_MAX_CHARS {
            return None;
        }
        Self::from_cents(DecimalText::plain(text)?.cents()?)
    }

    /// Reads a stored `numeric`, if it is a balance: in range, without a third decimal place.
    #[must_use]
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        Self::from_cents(whole_cents(value)?)
    }

    #[must_use]
    pub fn cents(self) -> i64 {
        self.0
    }

    /// Returns the balance after a deposit; `None` above [`Balance::MAX`].
    #[must_use]
    pub fn plus(self, amount: Amount) -> Option<Self> {
        Self::from_cents(self.0 + amount.0)
    }

    /// Returns the sum; `None` above [`Balance::MAX`].
    #[must_use]
    pub fn and(self, other: Self) -> Option<Self> {
        Self::from_cents(self.0 + other.0)
    }

    /// Returns how much more it is than the other; zero if it is less.
    #[must_use]
    pub fn above(self, other: Self) -> Self {
        Self((self.0 - other.0).max(0))
    }

    /// Returns how much more the whole is than the part, which is not above it.
    #[must_use]
    pub fn of_difference(whole: Amount, part: Amount) -> Self {
        debug_assert!(part <= whole, "a part above the whole");
        Self((whole.0 - part.0).max(0))
    }

    /// Returns the balance after a withdrawal; `None` below zero.
    #[must_use]
    pub fn minus(self, amount: Amount) -> Option<Self> {
        Self::from_cents(self.0 - amount.0)
    }
}

impl From<Amount> for Balance {
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

macro_rules! written_with_two_places {
    ($($money:ty),+) => {$(
        impl From<$money> for Decimal {
            fn from(money: $money) -> Self {
                Self::new(money.0, 2)
            }
        }

        impl fmt::Display for $money {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}.{:02}", self.0 / CENTS, self.0 % CENTS)
            }
        }
    )+};
}

written_with_two_places!(Amount, Balance);

fn whole_cents(value: Decimal) -> Option<i64> {
    let cents = value.checked_mul(Decimal::from(CENTS))?;
    cents.is_integer().then(|| cents.to_i64()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_plain_notation_is_digits_and_at_most_one_point() {
        for (text, cents) in [
            ("0.01", 1),
            ("007", 700),
            ("1.5", 150),
            (".5", 50),
            ("5.", 500),
            ("99999999.99", 9_999_999_999),
        ] {
            assert_eq!(Amount::parse(text).map(Amount::cents), Ok(cents), "{text}");
        }
        for text in [
            "", ".", "1.2.3", " 1", "+1", "-1", "1e1", "1_0", "1,5", "٣", "NaN",
        ] {
            assert_eq!(Amount::parse(text), Err(AmountError::NotANumber), "{text}");
        }
        for (text, error) in [
            ("100000000", AmountError::TooManyWholeDigits),
            ("100000000.00", AmountError::TooManyDigits),
            ("1.000", AmountError::TooManyPlaces),
            ("0.00", AmountError::NotPositive),
            (&"0".repeat(1_001), AmountError::TextTooLong),
        ] {
            assert_eq!(Amount::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_survives_being_written_and_read(cents in Amount::MIN.0..=Amount::MAX.0) {
            let amount = Amount::from_cents(cents).unwrap();
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
            prop_assert_eq!(Decimal::from(amount).to_string(), amount.to_string());
        }

        #[test]
        fn a_balance_survives_the_database_type(cents in 0..=Balance::MAX.0) {
            let balance = Balance::from_cents(cents).unwrap();
            prop_assert_eq!(Balance::from_decimal(balance.into()), Some(balance));
            prop_assert_eq!(Decimal::from(balance).to_string(), balance.to_string());
        }

    }
}
