//! The report of e-mail addresses that several users have.

use std::fmt;

use tokio_postgres::Row;

/// Users who share e-mail addresses.
#[derive(Debug)]
pub struct SharedEmails {
    pub(super) addresses: i64,
    /// The first of them, each with the ids of its users.
    first: Vec<(String, String)>,
}

impl SharedEmails {
    pub(super) fn read(rows: &[Row]) -> Result<Self, tokio_postgres::Error> {
        let first = rows
            .iter()
            .map(|row| Ok((row.try_get("address")?, row.try_get("users")?)));
        Ok(Self {
            addresses: rows.first().map_or(Ok(0), |row| row.try_get("addresses"))?,
            first: first.collect::<Result<_, _>>()?,
        })
    }
}

impl fmt::Display for SharedEmails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "users share an e-mail address, which belongs to one user alone from now on: ",
        )?;
        let mut more = self.addresses;
        for (address, users) in &self.first {
            let separator = if more == self.addresses { "" } else { "; " };
            write!(f, "{separator}{address:?} of users {users}")?;
            more -= 1;
        }
        if more > 0 {
            write!(f, "; and {more} more addresses")?;
        }
        f.write_str(
            ". Nothing was changed. Give each but one of them another address, at /admin/users/ID/ of an older engine, \
             which is still serving, or by: UPDATE users SET email = 'new@example.com', email_key = 'new@example.com' \
             WHERE id = ID; then migrate again",
        )
    }
}

impl std::error::Error for SharedEmails {}
