//! Pages as the statements take them: an array a column.

use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

use super::candidate::Candidate;
use super::entries::Entries;
use crate::domain::Role;

/// The columns that inserting and changing users have in common.
pub(super) struct UserColumns<'u> {
    ids: Vec<i64>,
    usernames: Vec<&'u str>,
    emails: Vec<&'u str>,
    hashes: Vec<&'u str>,
    active: Vec<bool>,
    roles: Vec<Option<&'static str>>,
    joined: Vec<OffsetDateTime>,
}

impl<'u> UserColumns<'u> {
    pub fn of(users: &[&'u Candidate]) -> Self {
        let users = || users.iter();
        Self {
            ids: users().map(|user| user.id).collect(),
            usernames: users().map(|user| user.username.as_str()).collect(),
            emails: users().map(|user| user.email.as_str()).collect(),
            hashes: users().map(|user| user.password_hash.as_str()).collect(),
            active: users().map(|user| user.is_active).collect(),
            roles: users().map(|user| user.role.map(Role::as_str)).collect(),
            joined: users().map(|user| user.joined).collect(),
        }
    }

    pub fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        vec![
            &self.ids,
            &self.usernames,
            &self.emails,
            &self.hashes,
            &self.active,
            &self.roles,
            &self.joined,
        ]
    }
}

/// Returns the columns of entries.
pub(super) fn of_entries(entries: &Entries) -> [&(dyn ToSql + Sync); 7] {
    [
        &entries.wallets,
        &entries.seqs,
        &entries.ids,
        &entries.kinds,
        &entries.amounts,
        &entries.balances,
        &entries.runs,
    ]
}
