//! Decimal numbers as digits and exponent, before they are evaluated.

/// A finite decimal, unevaluated, as its exponent may exceed any machine type.
#[derive(Debug, PartialEq, Eq)]
pub struct DecimalText {
    negative: bool,
    /// Significant digits, 0 to 9, without leading zeros; a single 0 for zero.
    digits: Vec<u8>,
    /// The value is `digits * 10^exponent`.
    exponent: i64,
}

/// The digits of a decimal, as the contract counts them: with trailing zeros, without leading ones.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    pub digits: u64,
    pub places: u64,
    pub whole_digits: u64,
}

impl DecimalText {
    /// Returns the number `digits * 10^exponent`. A digit is 0 to 9.
    #[must_use]
    pub fn new(negative: bool, digits: impl Iterator<Item = u8>, exponent: i64) -> Self {
        let mut digits: Vec<u8> = digits.skip_while(|&digit| digit == 0).collect();
        debug_assert!(digits.iter().all(|&digit| digit < 10), "a digit above 9");
        if digits.is_empty() {
            digits.push(0);
        }
        Self {
            negative,
            digits,
            exponent,
        }
    }

    /// Reads plain notation: ASCII digits with at most one point.
    #[must_use]
    pub fn plain(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let shown = whole.bytes().chain(fraction.bytes());
        let is_number = shown.clone().all(|byte| byte.is_ascii_digit());
        if !is_number || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let places = i64::try_from(fraction.len()).ok()?;
        Some(Self::new(false, shown.map(|byte| byte - b'0'), -places))
    }

    /// Counts the digits that it takes to write the number without an exponent.
    #[must_use]
    pub fn shape(&self) -> Shape {
        let shown = self.digits.len() as u64;
        let shift = self.exponent.unsigned_abs();
        if self.exponent >= 0 {
            let digits = shown.saturating_add(shift);
            Shape {
                digits,
                places: 0,
                whole_digits: digits,
            }
        } else if shown > shift {
            Shape {
                digits: shown,
                places: shift,
                whole_digits: shown - shift,
            }
        } else {
            Shape {
                digits: shift,
                places: shift,
                whole_digits: 0,
            }
        }
    }

    /// Returns the value in hundredths; `None` if it is not a whole number of them, or too large.
    #[must_use]
    pub fn cents(&self) -> Option<i64> {
        if self.digits == [0] {
            return Some(0);
        }
        let power = self.exponent.checked_add(2)?;
        let scale = 10_i64.checked_pow(u32::try_from(power).ok()?)?;
        let shown = self.digits.iter().try_fold(0_i64, |value, &digit| {
            value.checked_mul(10)?.checked_add(i64::from(digit))
        })?;
        let cents = shown.checked_mul(scale)?;
        Some(if self.negative { -cents } else { cents })
    }
}
