//! Where rows of wallets are, so that a hot one is found without its index.
//!
//! While a session keeps an old snapshot (a dump, a report, a standby's query), PostgreSQL keeps every version of a row since, and
//! finds the newest by way of the others: a wallet of 1 500 commits a second has 45 000 of them after half a minute. A write that names
//! the place of the newest version, its `ctid`, visits that alone.
//!
//! A place is a guess. The guard of a write holds at the right row or not at all, and a write that finds nothing at the place is
//! repeated by the wallet's id.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use quick_cache::sync::Cache;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::domain::WalletId;

/// How many places are remembered: those of wallets that are written alone in their group, which hot ones are.
const PLACES: usize = 1_024;

/// A value of PostgreSQL's type `tid`: in the binary format (`tidsend` of PostgreSQL 15), the number of a page and that of a row on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RowPlace([u8; 6]);

/// Of each wallet, the place of its row at a version.
pub(super) struct RowPlaces(Cache<WalletId, (i64, RowPlace)>);

impl RowPlaces {
    pub fn new() -> Self {
        Self(Cache::new(PLACES))
    }

    /// Returns the place of the wallet's row, if it is known for that version.
    pub fn get(&self, wallet: WalletId, version: i64) -> Option<RowPlace> {
        let (known, place) = self.0.get(&wallet)?;
        (known == version).then_some(place)
    }

    pub fn keep(&self, wallet: WalletId, version: i64, place: RowPlace) {
        self.0.insert(wallet, (version, place));
    }
}

impl ToSql for RowPlace {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_slice(&self.0);
        Ok(IsNull::No)
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::TID
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for RowPlace {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.try_into()?))
    }

    fn accepts(type_: &Type) -> bool {
        *type_ == Type::TID
    }
}
