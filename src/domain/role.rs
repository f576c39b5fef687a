//! What a member of the staff may do.

use std::fmt;

/// A role, from the one that may do least to the one that may do everything. Each may do what those before it may. Its name never
/// changes: users are stored with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Adjusts and reverses up to a ceiling, and voids holds.
    Operator,
    /// Any sum, and what others propose; rules, keys, webhooks, users, audits, the journal.
    Supervisor,
    /// The staff: their roles, passwords and second factors.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Operator,
        Self::Supervisor,
        Self::Administrator,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// Returns the role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ordered_by_what_they_may_do() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
