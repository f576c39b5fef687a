//! What members of the staff did: entries of their journal.

use std::fmt;

use uuid::Uuid;

use super::{UserId, WalletId};

/// Something that a member of the staff did, before the journal has numbered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAction {
    pub by: Actor,
    pub action: Action,
    pub subject: Option<Subject>,
    /// The form that asked for it: sent twice, it is in the journal once.
    pub form: Option<Uuid>,
    /// What else is worth knowing, by name. Never a secret.
    pub details: Vec<(&'static str, String)>,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `None`: the command line, or a sign-in that was refused.
    pub staff: Option<UserId>,
    /// The user name at that time; of a sign-in that was refused, what was typed.
    pub username: Option<String>,
    /// Of the client; `None`: the command line.
    pub address: Option<String>,
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    User(UserId),
    Wallet(WalletId),
    Key(i64),
    Webhook(Uuid),
}

macro_rules! actions {
    ($($action:ident $text:literal;)+) => {
        /// What was done. Its text is stored, and never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($action,)+
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$action,)+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$action => $text,)+
                }
            }
        }
    };
}

actions! {
    SignIn "sign_in";
    SignInRefused "sign_in_refused";
    SignOut "sign_out";
    SessionEnded "session_ended";
    SecondFactorOn "second_factor_on";
    SecondFactorOff "second_factor_off";
    SecondFactorReset "second_factor_reset";
    RecoveryCodesMade "recovery_codes_made";
    RecoveryCodeUsed "recovery_code_used";
    Adjustment "adjustment";
    AdjustmentProposed "adjustment_proposed";
    AdjustmentApproved "adjustment_approved";
    AdjustmentDeclined "adjustment_declined";
    AdjustmentWithdrawn "adjustment_withdrawn";
    Reversal "reversal";
    HoldVoided "hold_voided";
    Rules "rules";
    UserEdited "user_edited";
    StaffMade "staff_made";
    PasswordSet "password_set";
    TokensEnded "tokens_ended";
    KeyMade "key_made";
    KeyRotated "key_rotated";
    KeyRevoked "key_revoked";
    WebhookMade "webhook_made";
    WebhookChanged "webhook_changed";
    WebhookRotated "webhook_rotated";
    WebhookReplayed "webhook_replayed";
    WebhookDeleted "webhook_deleted";
    EventSentAgain "event_sent_again";
    Audit "audit";
    Export "export";
}

impl Action {
    /// Whether the engine is asked for it, so that a ledger has its form's key if it was carried out.
    #[must_use]
    pub const fn is_of_a_ledger(self) -> bool {
        matches!(
            self,
            Self::Adjustment
                | Self::AdjustmentApproved
                | Self::Reversal
                | Self::HoldVoided
                | Self::Rules
        )
    }

    /// Returns the action of that text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
    }
}

impl Actor {
    /// Whoever has the command line.
    pub const COMMAND_LINE: Self = Self {
        staff: None,
        username: None,
        address: None,
    };

    /// Returns the entry of what they did.
    #[must_use]
    pub fn did(self, action: Action) -> StaffAction {
        StaffAction {
            by: self,
            action,
            subject: None,
            form: None,
            details: Vec::new(),
        }
    }
}

impl StaffAction {
    #[must_use]
    pub fn to(self, subject: Subject) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// Says which form asked for it.
    #[must_use]
    pub fn under(self, form: Uuid) -> Self {
        Self {
            form: Some(form),
            ..self
        }
    }

    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.details.push((name, value.to_string()));
        self
    }
}

impl Subject {
    /// The text of its kind, which is stored and never changes.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Wallet(_) => "wallet",
            Self::Key(_) => "key",
            Self::Webhook(_) => "webhook",
        }
    }
}

/// Its number or id, as the journal stores it and a search finds it.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.0.fmt(f),
            Self::Wallet(wallet) => wallet.fmt(f),
            Self::Key(key) => key.fmt(f),
            Self::Webhook(webhook) => webhook.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_read_from_its_text() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
        assert_eq!(Action::parse(""), None);
    }
}
