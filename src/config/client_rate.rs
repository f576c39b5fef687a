//! The limit of requests, of one client or of one key.

use std::num::NonZeroU32;

use super::source::Reader;

/// A rate or a burst above this limits no client.
const RATE_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(999_999);

/// The limit of one client's requests, or of one key's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientRate {
    /// Requests a second, in the long run.
    pub per_s: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

impl ClientRate {
    pub(super) fn read(
        read: &mut Reader<'_>,
        rate: &'static str,
        burst: &'static str,
    ) -> Option<Self> {
        let range = NonZeroU32::MIN..=RATE_MAX;
        let per_s = read.optional_count(rate, range.clone());
        let burst = read.optional_count(burst, range);
        per_s.map(|per_s| Self {
            per_s,
            burst: burst.unwrap_or(per_s),
        })
    }
}
