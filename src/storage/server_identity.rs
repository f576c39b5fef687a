//! The identity of the database server, as opposed to its address.
//!
//! After a failover an address leads to another server, and after a restore to older data. The wallets in memory are valid only for
//! the *incarnation* of the database that they were read from:
//!
//! 1. Every session reads its server's identity before it is used: system identifier, timeline, start of the server,
//!    database, and table of the wallets.
//! 2. An identity that differs from the last one begins the next incarnation. Sessions of an earlier one are not used any more,
//!    and wallets in memory are loaded again before anything is decided on them.
//! 3. A server of the same system on an earlier timeline is an old primary that does not know of its successor: what it
//!    acknowledged would be lost. It is refused for as long as this process runs.
//!
//! A restart of the server begins an incarnation as well: its files may have been replaced meanwhile.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;
use tokio_postgres::Row;
use tracing::warn;

use super::error::{StorageError, query_failed};

/// What identifies a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServerIdentity {
    /// Made by `initdb`; a standby has its primary's.
    system: i64,
    /// Counts promotions and restores to a moment.
    timeline: u32,
    start: OffsetDateTime,
    /// The object identifiers of the database and of its table of wallets, which a restored dump has anew. `None` before
    /// the first migration.
    database: u32,
    wallets: Option<u32>,
}

impl ServerIdentity {
    /// Returns whether both are of one run of one server: sessions of the one are sessions of the other.
    pub fn is_same_run(&self, other: &Self) -> bool {
        let run = |one: &Self| (one.system, one.timeline, one.start);
        run(self) == run(other)
    }
}

/// One backend of one server: a pid alone may be reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SessionId {
    pub pid: i32,
    pub start: OffsetDateTime,
    pub server: ServerIdentity,
}

impl SessionId {
    /// Reads a row of `session_identity.sql`.
    ///
    /// # Errors
    /// [`StorageError::ReadOnly`], if the server accepts no writes.
    pub fn read(row: &Row) -> Result<Self, StorageError> {
        let failed = query_failed("read a session's identity");
        if row.try_get("is_read_only").map_err(&failed)? {
            return Err(StorageError::ReadOnly);
        }
        // Hidden when the session uses another role than the one that logged in.
        let start: Option<OffsetDateTime> = row.try_get("backend_start").map_err(&failed)?;
        let timeline: &str = row.try_get("timeline").map_err(&failed)?;
        Ok(Self {
            pid: row.try_get("pid").map_err(&failed)?,
            start: start.ok_or(StorageError::Unseen)?,
            server: ServerIdentity {
                system: row.try_get("system_identifier").map_err(&failed)?,
                timeline: u32::from_str_radix(timeline, 16)
                    .map_err(|_| StorageError::Corrupt { what: "a timeline" })?,
                start: row.try_get("server_start").map_err(&failed)?,
                database: row.try_get("database").map_err(&failed)?,
                wallets: row.try_get("wallets").map_err(&failed)?,
            },
        })
    }
}

/// Counts the incarnations of the database.
#[derive(Default)]
pub(super) struct Incarnations {
    last: Mutex<Option<ServerIdentity>>,
    number: AtomicU64,
}

impl Incarnations {
    /// Returns the number of the present incarnation.
    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// Records the server of a session; returns the incarnation of the session.
    ///
    /// # Errors
    /// [`StorageError::OldPrimary`].
    pub fn meet(&self, met: ServerIdentity) -> Result<u64, StorageError> {
        let mut last = self.last();
        match *last {
            Some(known) if known == met => return Ok(self.number()),
            Some(known) if known.system == met.system && met.timeline < known.timeline => {
                return Err(StorageError::OldPrimary {
                    timeline: met.timeline,
                    known: known.timeline,
                });
            }
            // The tables were just created: nothing was in memory.
            Some(known)
                if known
                    == (ServerIdentity {
                        wallets: None,
                        ..met
                    }) =>
            {
                *last = Some(met);
                return Ok(self.number());
            }
            Some(known) => {
                warn!(previous = %known, current = %met,
                    "database has changed; reloading all wallets in memory");
            }
            None => {}
        }
        *last = Some(met);
        Ok(self.begin_next())
    }

    /// Begins an incarnation because the database has lost committed operations.
    pub fn distrust(&self) {
        let _last = self.last();
        warn!("database has lost committed operations; reloading all wallets in memory");
        self.begin_next();
    }

    fn begin_next(&self) -> u64 {
        self.number.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn last(&self) -> MutexGuard<'_, Option<ServerIdentity>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "system {} on timeline {}, started {}, database {}",
            self.system, self.timeline, self.start, self.database
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> ServerIdentity {
        ServerIdentity {
            system: 7,
            timeline: 2,
            start: OffsetDateTime::UNIX_EPOCH,
            database: 16_384,
            wallets: Some(16_400),
        }
    }

    #[test]
    fn whatever_differs_begins_an_incarnation() {
        let later = OffsetDateTime::UNIX_EPOCH + time::Duration::SECOND;
        for other in [
            ServerIdentity {
                system: 8,
                timeline: 1,
                ..server()
            },
            ServerIdentity {
                timeline: 3,
                ..server()
            },
            ServerIdentity {
                start: later,
                ..server()
            },
            ServerIdentity {
                database: 16_385,
                ..server()
            },
            ServerIdentity {
                wallets: Some(16_401),
                ..server()
            },
            ServerIdentity {
                wallets: None,
                ..server()
            },
        ] {
            let met = Incarnations::default();
            let first = met.meet(server()).unwrap();
            assert_eq!(met.meet(server()).unwrap(), first);
            assert!(met.meet(other).unwrap() > first, "{other:?}");
            assert!(met.number() > first);
        }
    }

    #[test]
    fn an_earlier_timeline_of_the_same_system_is_refused_and_changes_nothing() {
        let met = Incarnations::default();
        let first = met.meet(server()).unwrap();
        let old = ServerIdentity {
            timeline: 1,
            ..server()
        };
        assert!(matches!(
            met.meet(old),
            Err(StorageError::OldPrimary {
                timeline: 1,
                known: 2
            })
        ));
        assert_eq!(met.meet(server()).unwrap(), first);
    }

    #[test]
    fn tables_that_were_just_made_begin_none() {
        let met = Incarnations::default();
        let first = met
            .meet(ServerIdentity {
                wallets: None,
                ..server()
            })
            .unwrap();
        assert_eq!(met.meet(server()).unwrap(), first);
    }

    #[test]
    fn distrust_begins_an_incarnation_of_the_same_server() {
        let met = Incarnations::default();
        let first = met.meet(server()).unwrap();
        met.distrust();
        assert_eq!(met.meet(server()).unwrap(), first + 1);
    }
}
