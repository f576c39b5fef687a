//! What a key or a token may do.

use std::fmt;

/// A permission. Its name never changes: keys are stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// To read wallets: balance, history, holds, rules.
    WalletsRead,
    /// To deposit, to withdraw and to reverse.
    OperationsWrite,
    /// To pay other wallets.
    TransfersWrite,
    /// To place holds, to capture and to void them.
    HoldsWrite,
    /// To change the rules of wallets.
    RulesWrite,
    /// To register users.
    UsersWrite,
    /// To read the feed of events.
    EventsRead,
    /// To manage webhooks.
    WebhooksWrite,
    /// To read the journal of the staff.
    JournalRead,
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

/// A word that is the name of no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no scope")]
pub struct UnknownScope(pub String);

impl Scope {
    pub const ALL: [Self; 9] = [
        Self::WalletsRead,
        Self::OperationsWrite,
        Self::TransfersWrite,
        Self::HoldsWrite,
        Self::RulesWrite,
        Self::UsersWrite,
        Self::EventsRead,
        Self::WebhooksWrite,
        Self::JournalRead,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WalletsRead => "wallets:read",
            Self::OperationsWrite => "operations:write",
            Self::TransfersWrite => "transfers:write",
            Self::HoldsWrite => "holds:write",
            Self::RulesWrite => "rules:write",
            Self::UsersWrite => "users:write",
            Self::EventsRead => "events:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::JournalRead => "journal:read",
        }
    }

    /// Returns the scope of that name.
    ///
    /// # Errors
    /// [`UnknownScope`].
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| UnknownScope(text.to_owned()))
    }

    /// Whether it is exercised on one wallet at a time, so that its owner can have it.
    #[must_use]
    pub const fn is_of_a_wallet(self) -> bool {
        !matches!(
            self,
            Self::UsersWrite | Self::WebhooksWrite | Self::JournalRead
        )
    }

    /// Whether a key that is tied to wallets can have it: its webhooks are those of these wallets.
    #[must_use]
    pub const fn can_be_tied(self) -> bool {
        !matches!(self, Self::UsersWrite | Self::JournalRead)
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Scopes {
    pub const NONE: Self = Self(0);

    /// The set of these.
    #[must_use]
    pub const fn of(scopes: &[Scope]) -> Self {
        let mut bits = 0;
        let mut index = 0;
        while index < scopes.len() {
            bits |= scopes[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Reads names that are separated by commas or white space.
    ///
    /// # Errors
    /// The first name that is no scope's.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let names = text.split(|c: char| c == ',' || c.is_whitespace());
        names
            .filter(|name| !name.is_empty())
            .map(Scope::parse)
            .collect()
    }

    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether both have a scope in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its scopes, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl std::str::FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::parse(text)
    }
}

/// The names, separated by a space, as RFC 6749 (section 3.3) writes scopes.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_from_the_names_that_it_is_written_with() {
        let all: Scopes = Scope::ALL.into_iter().collect();
        assert_eq!(all, Scopes::of(&Scope::ALL));
        assert_eq!(Scopes::parse(&all.to_string()), Ok(all));
        assert_eq!(all.to_string().replace(' ', ", ").parse(), Ok(all));
        assert_eq!(Scopes::parse(" ,"), Ok(Scopes::NONE));
        let unknown = UnknownScope("wallets:write".to_owned());
        assert_eq!(Scopes::parse("wallets:read,wallets:write"), Err(unknown));
    }

    #[test]
    fn a_set_has_what_it_was_made_of_alone() {
        for scope in Scope::ALL {
            let one = Scopes::of(&[scope]);
            for other in Scope::ALL {
                assert_eq!(one.has(other), one.meets(Scopes::of(&[other])));
                assert_eq!(one.has(other), scope == other);
            }
        }
    }
}
