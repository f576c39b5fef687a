//! The decimal grammar of the contract: the texts that Python's `Decimal` accepts (`_decimal` of Python 3.12), because
//! REST framework's `DecimalField` parses an amount with it.
//!
//! A sign, digits with at most one point, an exponent. Digits are of any script (Unicode `Nd`), underscores
//! are ignored wherever they are. `NaN` and the infinities are numbers there, but never amounts; here they are not
//! numbers.

use super::value::trim;
use crate::domain::money::AMOUNT_TEXT_MAX_CHARS;
use crate::domain::number::DecimalText;
use crate::domain::{Amount, AmountError};

/// The greatest exponent of a normalised number in `_decimal` (64 bits); beyond it, a text is not a number.
const EXPONENT_MAX: i128 = 999_999_999_999_999_999;
/// The least exponent of a last digit in `_decimal` (64 bits).
const EXPONENT_MIN: i128 = -1_999_999_999_999_999_997;

/// Reads an amount as the contract's decimal field does: Unicode white space around it, underscores,
/// any script's digits and an exponent are accepted, and trailing zeros count as places.
///
/// # Errors
/// The first rule that the text breaks, in the order of [`AmountError`].
pub fn amount(text: &str) -> Result<Amount, AmountError> {
    let text = trim(text);
    if text.chars().count() > AMOUNT_TEXT_MAX_CHARS {
        return Err(AmountError::TextTooLong);
    }
    let number = parse(text).ok_or(AmountError::NotANumber)?;
    Amount::try_from(&number)
}

/// Reads a text without white space around it. `None`: not a finite decimal number.
fn parse(text: &str) -> Option<DecimalText> {
    let ascii = to_ascii(text)?;
    let (negative, unsigned) = match ascii.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, ascii.as_slice()),
    };
    let (mantissa, exponent) = match unsigned.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.iter().position(|&b| b == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let shown = whole.iter().chain(fraction);
    if !shown.clone().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = shown.map(|byte| byte - b'0');
    let significant = digits.clone().skip_while(|&digit| digit == 0).count();
    let exponent = exponent - fraction.len() as i128;
    let adjusted = exponent + significant.max(1) as i128 - 1;
    if exponent < EXPONENT_MIN || adjusted > EXPONENT_MAX {
        return None;
    }
    let exponent = i64::try_from(exponent).ok()?;
    Some(DecimalText::new(negative, digits, exponent))
}

/// Digits of every script as ASCII, underscores left out. `None` at any other character.
fn to_ascii(text: &str) -> Option<Vec<u8>> {
    let mut ascii = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '_' => {}
            '0'..='9' | '+' | '-' | '.' | 'e' | 'E' => ascii.push(c as u8),
            _ => ascii.push(b'0' + digit_of(c)?),
        }
    }
    Some(ascii)
}

/// Digits (at least one) with an optional sign. A longer one than any exponent in use is out of range.
fn parse_exponent(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0_i128, |value, digit| {
        (value * 10 + i128::from(digit - b'0')).min(OUT_OF_RANGE)
    });
    Some(if negative { -value } else { value })
}

/// Beyond every exponent in use, and far from the end of its type.
const OUT_OF_RANGE: i128 = 10_i128.pow(30);

/// The value of a decimal digit outside ASCII (general category `Nd`, Unicode 15.0 as in Python 3.12).
///
/// Every script's ten digits follow its zero.
fn digit_of(c: char) -> Option<u8> {
    let code = u32::from(c);
    let after = DIGIT_ZEROS.partition_point(|&zero| zero <= code);
    let zero = *DIGIT_ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|&value| value < 10)
}

/// The zeros of the scripts outside ASCII.
#[rustfmt::skip]
const DIGIT_ZEROS: [u32; 67] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66,
    0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6, 0x0e50, 0x0ed0, 0x0f20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0,
    0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730,
    0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0,
    0x1e4f0, 0x1e950, 0x1fbf0,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_exponents_end_where_python_s_do() {
        for text in [
            "1E+999999999999999999",
            "12E+999999999999999998",
            "0.00E+999999999999999999",
            "1E-1999999999999999997",
            "1.0E-1999999999999999996",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "1E+1000000000000000000",
            "0E+1000000000000000000",
            "12E+999999999999999999",
            "1E-1999999999999999998",
            "0E-1999999999999999998",
            "1e-99999999999999999999999999999999999999999999999999",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn underscores_and_digits_of_any_script_are_accepted_like_digits() {
        for text in [
            "_1",
            "1._",
            "1e_5",
            "+_5",
            "_+5",
            "1.5_e_1_",
            "𝟓",
            "１００",
            "1e٢",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "", "_", ".", "e5", "1e", "1e+", "+-5", "5..", "1 0", "①", "五", "－5", "NaN", "1．5",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn every_boundary_of_ten_digits_and_two_places_is_the_contract_s() {
        for (text, cents) in [
            ("0.01", 1),
            ("1", 100),
            ("007", 700),
            ("1.5", 150),
            ("99999999", 9_999_999_900),
            ("99999999.99", 9_999_999_999),
            ("9999999999e-2", 9_999_999_999),
            ("1e7", 1_000_000_000),
            ("1.50e1", 1_500),
            ("\u{a0}+5.\u{3000}", 500),
            ("1__0", 1_000),
            ("٣.٥", 350),
        ] {
            assert_eq!(amount(text).map(Amount::cents), Ok(cents), "{text}");
        }
        for (text, error) in [
            ("100000000", AmountError::TooManyWholeDigits),
            ("100000000.00", AmountError::TooManyDigits),
            ("12345678901", AmountError::TooManyDigits),
            ("1e8", AmountError::TooManyWholeDigits),
            ("1e10", AmountError::TooManyDigits),
            ("99999999.999", AmountError::TooManyDigits),
            ("1.000", AmountError::TooManyPlaces),
            ("0E-3", AmountError::TooManyPlaces),
            ("0E-11", AmountError::TooManyDigits),
            ("0.00", AmountError::NotPositive),
            ("-0.01", AmountError::NotPositive),
            ("-100000000", AmountError::TooManyWholeDigits),
            ("", AmountError::NotANumber),
            ("Infinity", AmountError::NotANumber),
            ("1E+1000000000000000000", AmountError::NotANumber),
        ] {
            assert_eq!(amount(text), Err(error), "{text}");
        }
        let zeros = "0".repeat(999);
        assert_eq!(
            amount(&format!("{zeros}1")),
            Ok(Amount::from_cents(100).unwrap())
        );
        assert_eq!(amount(&format!("0{zeros}1")), Err(AmountError::TextTooLong));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_or_accept_an_amount_out_of_range(text in "\\PC{0,40}|[-+]?[0-9_.]{0,14}([eE][-+]?[0-9]{0,22})?") {
            if let Ok(amount) = amount(&text) {
                prop_assert!(Amount::MIN <= amount && amount <= Amount::MAX);
            }
        }
    }
}
