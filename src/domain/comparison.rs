//! The comparison of a password with a stored one: what goes into it, and what comes of it.

/// What a password is compared with. It has no `Debug`: nothing of it is to be shown.
pub struct Comparand {
    /// The user's password as it is stored; without one, and with one that is unusable, no password is right.
    pub stored: Option<String>,
    /// That of another user, which is computed where no password can be right, so that it takes as long as where one can.
    pub decoy: Option<String>,
    /// Whether a right password is hashed again if it is stored in another way than a new one.
    pub may_renew: bool,
}

/// Whether a password is right.
pub enum Comparison {
    Wrong,
    Right {
        /// It as a new one is stored, if it is to be renewed.
        renewed: Option<String>,
    },
}
