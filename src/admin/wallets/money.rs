//! Money in a form: with a point or a comma before the cents, and spaces between thousands.
//!
//! It is stricter than the contract, which takes exponents and the digits of any script: `1e5` in a form is a mistake. What
//! is ambiguous is refused: `1,000` has three decimal places.

use crate::domain::{Amount, AmountError, Balance};
use crate::messages::{Id, id};

/// Parses an amount.
pub fn amount(text: &str) -> Result<Amount, AmountError> {
    Amount::parse(&plain(text).ok_or(AmountError::NotANumber)?)
}

/// Parses a balance, which may be zero.
pub fn balance(text: &str) -> Option<Balance> {
    Balance::parse(&plain(text)?)
}

/// Returns what is wrong with an amount.
pub fn mistake(error: AmountError) -> Id {
    match error {
        AmountError::TextTooLong | AmountError::NotANumber => id!("wallets-amount-wrong"),
        AmountError::TooManyPlaces => id!("wallets-amount-places"),
        AmountError::TooManyDigits | AmountError::TooManyWholeDigits => id!("wallets-amount-large"),
        AmountError::NotPositive => id!("wallets-amount-zero"),
    }
}

/// Returns the number with a point; `None` if it contains anything else.
fn plain(text: &str) -> Option<String> {
    let number: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == ',' { '.' } else { c })
        .collect();
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    number.bytes().all(digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_as_both_languages_write_it() {
        for (text, cents) in [
            ("1234.5", 123_450),
            ("1\u{202f}234,50", 123_450),
            (" 1 234 ", 123_400),
            ("1\u{a0}234.56", 123_456),
            (".5", 50),
            ("99999999.99", 9_999_999_999),
        ] {
            assert_eq!(amount(text).map(Amount::cents), Ok(cents), "{text:?}");
        }
        for (text, error) in [
            ("", AmountError::NotANumber),
            ("1e5", AmountError::NotANumber),
            ("1_000", AmountError::NotANumber),
            ("-5", AmountError::NotANumber),
            ("1,000.50", AmountError::NotANumber),
            ("1,000", AmountError::TooManyPlaces),
            ("0", AmountError::NotPositive),
            ("100000000", AmountError::TooManyWholeDigits),
        ] {
            assert_eq!(amount(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_balance_may_be_zero_and_have_ten_digits_before_the_point() {
        assert_eq!(balance("0"), Some(Balance::ZERO));
        assert_eq!(balance("9 999 999 999,99"), Some(Balance::MAX));
        for text in ["10000000000", "1.234", "x", "", "-1"] {
            assert_eq!(balance(text), None, "{text:?}");
        }
    }
}
