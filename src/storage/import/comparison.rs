//! A user of the other service beside the same one in the engine.

use sha2::{Digest as _, Sha256};

use super::candidate::Candidate;
use super::finding::Reason;
use super::target::{Adjustment, Known};

/// What is to be done about a user whom the engine has.
pub(super) enum Verdict {
    Same,
    Changed {
        /// The user's own columns.
        user: Option<Change>,
        balance: Option<Adjustment>,
    },
    Refused(Reason),
}

/// A change of a user's own columns.
pub(super) struct Change {
    pub is_renamed: bool,
}

/// Returns what is to be done.
///
/// Until the engine's first operation in a wallet the other service decides; afterwards, nothing is written over.
pub(super) fn verdict(wanted: &Candidate, known: &Known) -> Verdict {
    let is_same_user = match wanted.wallet {
        Some(wallet) => wallet == known.wallet,
        // Theirs was made here.
        None => wanted.username == known.username,
    };
    if !is_same_user {
        return Verdict::Refused(Reason::AnotherUser(known.username.clone()));
    }
    let differing = differences(wanted, known);
    if differing.is_empty() && known.is_imported {
        return Verdict::Same;
    }
    if known.has_begun {
        return if differing.is_empty() {
            Verdict::Same
        } else {
            Verdict::Refused(Reason::Begun(differing))
        };
    }
    let is_renamed = wanted.username != known.username || wanted.email != known.email;
    let has_moved = wanted.balance != known.balance;
    let is_user_changed = !known.is_imported || differing.len() > usize::from(has_moved);
    Verdict::Changed {
        user: is_user_changed.then_some(Change { is_renamed }),
        balance: has_moved.then_some(Adjustment {
            wallet: known.wallet,
            version: known.version,
            from: known.balance,
            to: wanted.balance,
        }),
    }
}

/// Returns what of a user differs, for people.
pub(super) fn differences(wanted: &Candidate, known: &Known) -> Vec<String> {
    let mut differing = Vec::new();
    let mut differs = |is_different: bool, what: String| {
        if is_different {
            differing.push(what);
        }
    };
    let between = |what: &str, there: &dyn std::fmt::Debug, here: &dyn std::fmt::Debug| {
        format!("{what} ({there:?} there, {here:?} here)")
    };
    differs(
        wanted.username != known.username,
        between("user name", &wanted.username, &known.username),
    );
    differs(
        wanted.email != known.email,
        between("e-mail address", &wanted.email, &known.email),
    );
    differs(
        is_other_password(&wanted.password_hash, known),
        "password".to_owned(),
    );
    differs(
        wanted.is_active != known.is_active,
        between("is_active", &wanted.is_active, &known.is_active),
    );
    let is_staff = wanted.role.is_some();
    differs(
        is_staff != known.is_staff,
        between("is_staff", &is_staff, &known.is_staff),
    );
    differs(wanted.joined != known.joined, "date_joined".to_owned());
    differs(
        wanted.balance != known.balance,
        format!("balance ({} there, {} here)", wanted.balance, known.balance),
    );
    differing
}

/// A hash that was renewed here is of the same password as the one that it replaced.
fn is_other_password(hash: &str, known: &Known) -> bool {
    Sha256::digest(hash).as_slice() != known.password_tag
}
