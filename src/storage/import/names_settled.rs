//! Which users can have the names that they want: user names and addresses are one user's alone, also when two exchange theirs.

use std::collections::HashMap;

use uuid::Uuid;

use super::candidate::Candidate;
use super::finding::Reason;

/// What a user of the engine has now.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub id: i64,
    pub username: String,
    pub email: String,
    pub wallet: Uuid,
}

/// Returns for each candidate `None`, if it can have its names, or why it cannot: of those that can, all can at once, once they have
/// given up the names that they have now. Whoever has a name already keeps it before others; otherwise the one with the lower number
/// gets it.
///
/// `holders` has whoever has one of the names, or one of the wallets, now, candidates included.
pub(super) fn settled(candidates: &[&Candidate], holders: &[Holder]) -> Vec<Option<Reason>> {
    let now: HashMap<i64, &Holder> = holders.iter().map(|holder| (holder.id, holder)).collect();
    // A user keeps their wallet for ever.
    let wallets: HashMap<Uuid, i64> = holders
        .iter()
        .map(|holder| (holder.wallet, holder.id))
        .collect();
    let mut refused: Vec<Option<Reason>> = vec![None; candidates.len()];
    loop {
        let moving: HashMap<i64, &Candidate> = candidates
            .iter()
            .zip(&refused)
            .filter(|(_, refused)| refused.is_none())
            .map(|(candidate, _)| (candidate.id, *candidate))
            .collect();
        let mut usernames = HashMap::new();
        let mut emails = HashMap::new();
        for holder in holders {
            let moves = moving.get(&holder.id);
            if moves.is_none_or(|candidate| candidate.username == holder.username) {
                usernames.insert(holder.username.as_str(), holder.id);
            }
            if moves.is_none_or(|candidate| candidate.email == holder.email) {
                emails.insert(holder.email.as_str(), holder.id);
            }
        }
        let mut is_changed = false;
        for (candidate, refused) in candidates.iter().zip(&mut refused) {
            if refused.is_some() {
                continue;
            }
            let holder_of = |held: &HashMap<&str, i64>, name: &str| {
                let holder = held.get(name).copied();
                holder.filter(|holder| *holder != candidate.id)
            };
            *refused = if let Some(holder) = candidate
                .wallet
                .and_then(|id| wallets.get(&id))
                .filter(|holder| **holder != candidate.id)
            {
                Some(Reason::WalletTaken(*holder))
            } else if let Some(holder) = holder_of(&usernames, &candidate.username) {
                Some(Reason::UsernameTaken(holder))
            } else {
                holder_of(&emails, &candidate.email).map(|holder| {
                    if candidate.email.is_empty() {
                        Reason::EmailMissingTwice(holder)
                    } else {
                        Reason::EmailTaken(holder)
                    }
                })
            };
            if refused.is_none() {
                usernames.insert(&candidate.username, candidate.id);
                emails.insert(&candidate.email, candidate.id);
            }
            // Who does not move keeps what it has, which another may have counted on.
            is_changed |= refused.is_some() && now.contains_key(&candidate.id);
        }
        if !is_changed {
            return refused;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::domain::Balance;

    fn candidate(id: i64, username: &str, email: &str) -> Candidate {
        Candidate {
            id,
            username: username.to_owned(),
            email: email.to_owned(),
            password_hash: String::new(),
            is_active: true,
            role: None,
            joined: OffsetDateTime::UNIX_EPOCH,
            wallet: None,
            balance: Balance::ZERO,
        }
    }

    fn holder(id: i64, username: &str, email: &str) -> Holder {
        Holder {
            id,
            username: username.to_owned(),
            email: email.to_owned(),
            wallet: Uuid::from_u128(id.unsigned_abs().into()),
        }
    }

    fn refusals(candidates: &[Candidate], holders: &[Holder]) -> Vec<Option<Reason>> {
        settled(&candidates.iter().collect::<Vec<_>>(), holders)
    }

    #[test]
    fn the_first_of_two_gets_a_name_and_who_has_it_keeps_it() {
        let two = [candidate(1, "a", "x@x"), candidate(2, "b", "x@x")];
        assert_eq!(refusals(&two, &[]), [None, Some(Reason::EmailTaken(1))]);
        let holds = [holder(2, "old", "x@x")];
        assert_eq!(refusals(&two, &holds), [Some(Reason::EmailTaken(2)), None]);
        let outside = [holder(9, "a", "y@x")];
        assert_eq!(
            refusals(&two, &outside),
            // What the first cannot have, as its name is taken, the second can.
            [Some(Reason::UsernameTaken(9)), None]
        );
        let none = [candidate(1, "a", ""), candidate(2, "b", "")];
        assert_eq!(
            refusals(&none, &[]),
            [None, Some(Reason::EmailMissingTwice(1))]
        );
    }

    #[test]
    fn a_wallet_is_one_user_s() {
        let mut one = candidate(1, "a", "a@x");
        one.wallet = Some(Uuid::from_u128(9));
        let held = [holder(9, "i", "i@x")];
        assert_eq!(refusals(&[one], &held), [Some(Reason::WalletTaken(9))]);
    }

    #[test]
    fn names_go_round_in_a_circle() {
        let moved = [
            candidate(1, "b", "b@x"),
            candidate(2, "c", "c@x"),
            candidate(3, "a", "a@x"),
        ];
        let held = [
            holder(1, "a", "a@x"),
            holder(2, "b", "b@x"),
            holder(3, "c", "c@x"),
        ];
        assert_eq!(refusals(&moved, &held), [None, None, None]);
    }

    #[test]
    fn who_cannot_move_stays_in_the_way_of_those_who_counted_on_it() {
        let moved = [
            candidate(1, "b", "1@x"),
            candidate(2, "c", "2@x"),
            candidate(3, "taken", "3@x"),
        ];
        let held = [
            holder(1, "a", "1@x"),
            holder(2, "b", "2@x"),
            holder(3, "c", "3@x"),
            holder(9, "taken", "9@x"),
        ];
        assert_eq!(
            refusals(&moved, &held),
            [
                Some(Reason::UsernameTaken(2)),
                Some(Reason::UsernameTaken(3)),
                Some(Reason::UsernameTaken(9)),
            ]
        );
    }
}
