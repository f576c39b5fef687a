//! The currency of all wallets.

use std::fmt;
use std::str::FromStr;

/// The alphabetic code of a currency (ISO 4217), such as `RUB`. Whether it is in the list is not checked: the list changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency([u8; 3]);

/// A text is no code of a currency.
#[derive(Debug, thiserror::Error)]
#[error("not three capital letters")]
pub struct InvalidCurrency;

impl Currency {
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Letters alone.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self(*b"RUB")
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let code = text.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        let code: [u8; 3] = code;
        let is_code = code.iter().all(u8::is_ascii_uppercase);
        is_code.then_some(Self(code)).ok_or(InvalidCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_capital_letters() {
        let euro: Currency = "EUR".parse().unwrap();
        assert_eq!(euro.to_string(), "EUR");
        for text in ["", "eur", "EURO", "E1R", "€", "RU", "РУБ"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }
}
