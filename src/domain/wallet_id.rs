//! Who a wallet is, and whose.

use std::fmt;

use uuid::Uuid;

/// A wallet's address in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WalletId(pub Uuid);

impl WalletId {
    /// Reads the contract's form of a wallet's address: hyphenated, in either letter case, and no other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        const HYPHENATED_CHARS: usize = 36;
        if text.len() != HYPHENATED_CHARS {
            return None; // `Uuid` also reads braces, a URN and no dashes; each has another length.
        }
        Uuid::try_parse(text).ok().map(Self)
    }
}

impl fmt::Display for WalletId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// A user's number, as in responses with a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserId(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_id_is_hyphenated_in_either_case_and_nothing_else() {
        assert!(WalletId::parse("47c6a995-7685-412c-99fe-4259db91f18f").is_some());
        assert!(WalletId::parse("47C6A995-7685-412C-99FE-4259DB91F18F").is_some());
        for text in [
            "47c6a9957685412c99fe4259db91f18f",
            "{47c6a995-7685-412c-99fe-4259db91f18f}",
            "urn:uuid:47c6a995-7685-412c-99fe-4259db91f18f",
            "47c6a9957-685-412c-99fe-4259db91f18f",
            "g7c6a995-7685-412c-99fe-4259db91f18f",
            "47c6a995-7685-412c-99fe-4259db91f18f ",
            "",
        ] {
            assert!(WalletId::parse(text).is_none(), "{text}");
        }
    }
}
