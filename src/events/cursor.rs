//! A place in the feed.

use std::fmt;

use uuid::Uuid;

use crate::domain::WalletId;

/// A place in the feed: right after one row.
///
/// Rows have the order of their commits' *positions*, then of wallets, then of their numbers in the wallet's ledger. A position is a
/// transaction's number on a base that grows with each [`Epoch`], so it never comes again, whatever server the data moves to.
/// Positions below [`FIRST`](Self::FIRST) are those of rows that were written before rows had positions; they come first, in the
/// order of wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The epoch in which it was issued.
    pub epoch: Epoch,
    pub position: i64,
    pub wallet: WalletId,
    pub seq: i64,
}

/// A period in which one server's transaction numbers go on: from a start of the server to the next.
///
/// The tag tells two epochs of one number apart, which a database and its restored copy may both begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch {
    pub number: i32,
    pub tag: i32,
}

impl Cursor {
    /// The least position that a commit can have.
    pub const FIRST: i64 = 1;

    /// The beginning of the feed.
    pub const START: Self = Self {
        epoch: Epoch { number: 0, tag: 0 },
        position: 0,
        wallet: WalletId(Uuid::nil()),
        seq: 0,
    };

    /// Right after all rows with this position.
    #[must_use]
    pub fn after(epoch: Epoch, position: i64) -> Self {
        Self {
            epoch,
            position,
            wallet: WalletId(Uuid::max()),
            seq: i64::MAX,
        }
    }

    /// Returns whether it is among the rows that have no position.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.position < Self::FIRST
    }

    /// Reads the text of a cursor; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut hexadecimal = |chars: usize| {
            let part = parts.next()?;
            let written = part
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (part.len() == chars && written).then_some(part)
        };
        let number = u32::from_str_radix(hexadecimal(8)?, 16).ok()?;
        let tag = u32::from_str_radix(hexadecimal(8)?, 16).ok()?;
        let position = u64::from_str_radix(hexadecimal(16)?, 16).ok()?;
        let wallet = u128::from_str_radix(hexadecimal(32)?, 16).ok()?;
        let seq = u64::from_str_radix(hexadecimal(16)?, 16).ok()?;
        parts.next().is_none().then_some(())?;
        Some(Self {
            epoch: Epoch {
                number: i32::try_from(number).ok()?,
                tag: i32::try_from(tag).ok()?,
            },
            position: i64::try_from(position).ok()?,
            wallet: WalletId(Uuid::from_u128(wallet)),
            seq: i64::try_from(seq).ok()?,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Epoch { number, tag } = self.epoch;
        let (position, wallet, seq) = (self.position, self.wallet.0.simple(), self.seq);
        write!(
            f,
            "{number:08x}-{tag:08x}-{position:016x}-{wallet}-{seq:016x}"
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(
            number in 0..i32::MAX,
            tag in 0..i32::MAX,
            position in 0..i64::MAX,
            wallet in any::<u128>(),
            seq in 0..i64::MAX,
        ) {
            let cursor = Cursor {
                epoch: Epoch { number, tag },
                position,
                wallet: WalletId(Uuid::from_u128(wallet)),
                seq,
            };
            prop_assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        }

        #[test]
        fn no_text_is_read_that_is_not_written(text in ".*") {
            if let Some(cursor) = Cursor::parse(&text) {
                prop_assert_eq!(cursor.to_string(), text);
            }
        }
    }

    #[test]
    fn signs_cases_and_other_lengths_are_refused() {
        let written = Cursor::after(Epoch { number: 7, tag: 9 }, 10).to_string();
        assert!(Cursor::parse(&written).is_some());
        for text in [
            written.to_uppercase(),
            written.replacen("0000", "+000", 1),
            format!("{written}-"),
            written[1..].to_owned(),
            written.replacen("00000007", "ffffffff", 1),
            String::new(),
        ] {
            assert_eq!(Cursor::parse(&text), None, "{text}");
        }
    }
}
