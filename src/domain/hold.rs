//! Holds: parts of a balance that are reserved.

use time::{Duration, OffsetDateTime};

use super::{Amount, Balance, Reference};

/// How long a hold lasts that says nothing of it.
pub const HOLD_DEFAULT: Duration = Duration::days(7);
/// The longest that a hold lasts.
pub const HOLD_MAX: Duration = Duration::days(366);

/// When a hold is to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// So many seconds after it was placed.
    In(u32),
    At(OffsetDateTime),
}

/// What a hold has become. A hold that was captured in part is [`Captured`](HoldStatus::Captured) once it is closed, whatever
/// closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldStatus {
    Open,
    Captured,
    Voided,
    Expired,
}

/// An open hold, as a wallet remembers it. Its id is the `seq` of the row that placed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenHold {
    pub amount: Amount,
    /// What was neither captured nor released.
    pub remaining: Amount,
    pub expires_at: OffsetDateTime,
    pub reference: Option<Reference>,
    /// The time of the row that placed it; `None` until that is committed.
    pub created_at: Option<OffsetDateTime>,
}

/// A hold at some moment of its life: `amount = captured + released + remaining`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub id: i64,
    pub status: HoldStatus,
    /// Whether its time was over when what remained was released.
    pub has_expired: bool,
    pub amount: Amount,
    pub captured: Balance,
    pub released: Balance,
    pub expires_at: OffsetDateTime,
    pub reference: Option<Reference>,
    /// `None` until it is committed.
    pub created_at: Option<OffsetDateTime>,
}

impl Expiry {
    /// Returns when a hold that is placed `now` expires, in whole microseconds, as the database stores it.
    #[must_use]
    pub fn of(self, now: OffsetDateTime) -> OffsetDateTime {
        let time = match self {
            Self::In(seconds) => now.saturating_add(Duration::seconds(i64::from(seconds))),
            Self::At(time) => time,
        };
        let whole = time.microsecond() * 1_000;
        time.replace_nanosecond(whole).unwrap_or(time)
    }

    /// Whether a hold may be placed `now` that expires then: later, and not later than [`HOLD_MAX`].
    #[must_use]
    pub fn is_in_range(self, now: OffsetDateTime) -> bool {
        let expires_at = self.of(now);
        now < expires_at && expires_at <= now.saturating_add(HOLD_MAX)
    }
}

impl HoldStatus {
    pub const ALL: [Self; 4] = [Self::Open, Self::Captured, Self::Voided, Self::Expired];

    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl OpenHold {
    /// What was captured of it.
    #[must_use]
    pub fn captured(&self) -> Balance {
        Balance::of_difference(self.amount, self.remaining)
    }

    /// The hold as it is.
    #[must_use]
    pub fn view(&self, id: i64) -> Hold {
        Hold {
            id,
            status: HoldStatus::Open,
            has_expired: false,
            amount: self.amount,
            captured: self.captured(),
            released: Balance::ZERO,
            expires_at: self.expires_at,
            reference: self.reference.clone(),
            created_at: self.created_at,
        }
    }
}

impl Hold {
    /// Returns the hold as it is at that time: once it has expired what remained is released, whether or not the ledger has the row
    /// yet.
    #[must_use]
    pub fn at(self, now: OffsetDateTime) -> Self {
        if self.status != HoldStatus::Open || self.expires_at > now {
            return self;
        }
        Self {
            status: if self.captured > Balance::ZERO {
                HoldStatus::Captured
            } else {
                HoldStatus::Expired
            },
            has_expired: true,
            released: self.remaining(),
            ..self
        }
    }

    /// What was neither captured nor released.
    #[must_use]
    pub fn remaining(&self) -> Balance {
        let cents = self.amount.cents() - self.captured.cents() - self.released.cents();
        debug_assert!(cents >= 0, "more was captured and released than held");
        Balance::from_cents(cents).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_expires_at_a_time_that_the_database_can_store() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let time = now + Duration::nanoseconds(3_999);
        assert_eq!(Expiry::At(time).of(now), now + Duration::microseconds(3));
        assert_eq!(Expiry::In(7).of(now), now + Duration::seconds(7));
    }
}
