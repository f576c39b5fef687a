//! What an import found that does not fit, or differs, and that a person has to look at.

use std::fmt;

/// Something that stands between the other service and the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub subject: Subject,
    pub reason: Reason,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    User {
        id: i64,
        username: String,
    },
    /// By its id as it is stored there.
    Wallet(String),
}

/// Why it was not imported, or what differs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("has no wallet; --create-wallets gives an empty one to each of those")]
    NoWallet,
    #[error("has {0} wallets, and may have one")]
    Wallets(usize),
    #[error("belongs to user {0}, who does not exist")]
    NoUser(String),
    #[error("the wallet's id {0:?} is no UUID")]
    WalletId(String),
    #[error("the balance is missing")]
    NoBalance,
    #[error("the balance {0} is below zero")]
    Negative(String),
    #[error("the balance {0} is not a finite number")]
    NotFinite(String),
    #[error("the balance {0} is above 9999999999.99")]
    TooLarge(String),
    #[error("the balance {0} has a part of a cent")]
    PartOfCent(String),
    #[error("the user name is missing, empty, or longer than 150 characters")]
    Username,
    #[error("the user name is not in Unicode's form NFKC, in which users sign in")]
    UsernameForm,
    #[error("the e-mail address is missing, or longer than 254 characters")]
    Email,
    #[error("date_joined {0:?} is missing or out of range")]
    Joined(String),
    #[error("the password cannot be verified: {0}")]
    Password(String),
    #[error("user {0} has the same user name")]
    UsernameTaken(i64),
    #[error("user {0} has the same e-mail address, once its domain is in lower case")]
    EmailTaken(i64),
    #[error("has no e-mail address, like user {0}; each has to have another one")]
    EmailMissingTwice(i64),
    #[error("user {0} has the same wallet")]
    WalletTaken(i64),
    #[error("the engine has another user of that number: {0:?}")]
    AnotherUser(String),
    #[error("the engine has had operations in the wallet, and this differs: {}", .0.join(", "))]
    Begun(Vec<String>),
    #[error("differs in the engine: {}", .0.join(", "))]
    Differs(Vec<String>),
    #[error("is not in the engine")]
    Missing,
    #[error("is in the engine, and no longer in the other service; --remove-gone removes those")]
    Gone,
    #[error("is in the engine, and no longer in the other service")]
    GoneAndOver,
    #[error("is no longer in the other service, but the engine has had to do with them: they stay")]
    GoneAndUsed,
}

impl Finding {
    pub(super) fn of_user(id: i64, username: impl Into<String>, reason: Reason) -> Self {
        let username = username.into();
        Self {
            subject: Subject::User { id, username },
            reason,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Quoted, as a name may hold anything.
            Self::User { id, username } => write!(f, "user {id} ({username:?})"),
            Self::Wallet(id) => write!(f, "wallet {id}"),
        }
    }
}
