//! Whether staff need a second factor.

use super::source::Reader;

/// Who of the staff has a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Whoever wants one.
    Optional,
    /// Everyone: who has none gets nowhere else until they have.
    Required,
}

impl SecondFactor {
    #[must_use]
    pub fn is_required(self) -> bool {
        self == Self::Required
    }

    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        read.one_of(
            "WALLET_STAFF_SECOND_FACTOR",
            &[("optional", Self::Optional), ("required", Self::Required)],
        )
    }
}
