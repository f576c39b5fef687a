//! Lists of wallets, and one of them.
//!
//! * Without a search and a filter, by time of registration: a page is a range of an index, whatever the number of wallets
//!   (`admin_wallets_newest.sql`, `..._oldest.sql`).
//! * With a search: a bounded number of wallets is found by indexes, and filtered and sorted (`..._found.sql`).
//! * Any other order or filter: all wallets are scanned for the page (`..._scan.sql`). Balances and times of change have no
//!   index, for that would be work for every operation. Of 10 000 000 wallets (1.8 GB) such a page took 1.5 to 4.3 s on one
//!   core, with PostgreSQL 15. Scans are made one at a time, on one core and under a limit of their own (`rows`), past which
//!   the page says so.

use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::domain::{Balance, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::sql;

/// Wallets that a search finds by id, by name and by address, at most, each.
pub const WALLETS_FOUND_MAX: i64 = 1_000;

/// One scan at a time, so that any number of readers leaves the database to those who pay.
static SCANS: Semaphore = Semaphore::const_new(1);
/// How long to wait for somebody else's scan.
const SCAN_WAIT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WalletOrder {
    /// By registration.
    #[default]
    Newest,
    Oldest,
    /// By their last change.
    Latest,
    /// By balance.
    Richest,
    Poorest,
}

/// What a search is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletSought {
    /// The beginning of a user's name or address.
    pub beginning: String,
    /// The first and the last id that the text may be the beginning of.
    pub ids: Option<(Uuid, Uuid)>,
}

/// Which wallets, and where in their list a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalletQuery {
    pub sought: Option<WalletSought>,
    pub lowest: Option<Balance>,
    pub highest: Option<Balance>,
    pub order: WalletOrder,
    /// The last wallet of the page before.
    pub after: Option<WalletCursor>,
    /// Wallets of the page at most.
    pub limit: u16,
}

/// A place in a list of wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletCursor {
    /// What the list is sorted by, as a number that grows from row to row.
    pub key: i64,
    pub id: Uuid,
}

/// A wallet as committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedWallet {
    pub id: WalletId,
    /// `None`: it is none that the engine understands (NaN). Its row is shown all the same, and an audit names it.
    pub balance: Option<Balance>,
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// `None` where somebody deleted the user by hand.
    pub owner: Option<Owner>,
}

/// Whose a wallet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub id: UserId,
    pub username: String,
    pub email: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalletList {
    pub wallets: Vec<ListedWallet>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<WalletCursor>,
    /// More than [`WALLETS_FOUND_MAX`] matched, and not all were looked at.
    pub is_cut: bool,
}

impl Database {
    /// A page of wallets, each as committed.
    ///
    /// # Errors
    /// [`StorageError`]; [`StorageError::Busy`] while somebody else has all wallets scanned; [`StorageError::TooLong`] if
    /// there are too many to be scanned.
    pub async fn wallets_list(&self, query: &WalletQuery) -> Result<WalletList, StorageError> {
        let rows = match (&query.sought, query.order) {
            (Some(sought), _) => self.wallets_found(query, sought).await?,
            (None, WalletOrder::Newest | WalletOrder::Oldest) if !query.is_filtered() => {
                self.wallets_by_time(query).await?
            }
            (None, _) => self.wallets_scanned(query).await?,
        };
        list(&rows, usize::from(query.limit))
    }

    /// The wallet as committed; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn wallet_seen(
        &self,
        wallet: WalletId,
    ) -> Result<Option<ListedWallet>, StorageError> {
        let rows = self
            .admin_rows("read a wallet", sql::ADMIN_WALLET, &[&wallet.0])
            .await?;
        rows.first().map(listed).transpose()
    }

    async fn wallets_by_time(&self, query: &WalletQuery) -> Result<Vec<Row>, StorageError> {
        let statement = match query.order {
            WalletOrder::Oldest => sql::ADMIN_WALLETS_OLDEST,
            _ => sql::ADMIN_WALLETS_NEWEST,
        };
        let time = query.after.and_then(WalletCursor::time);
        let id = query.after.map(|after| after.id);
        self.admin_rows(LIST, statement, &[&time, &id, &query.rows()])
            .await
    }

    async fn wallets_scanned(&self, query: &WalletQuery) -> Result<Vec<Row>, StorageError> {
        let turn = timeout(SCAN_WAIT, SCANS.acquire()).await;
        let _turn = turn.map_err(|_| StorageError::Busy { doing: LIST })?;
        let (lowest, highest) = query.balances();
        self.admin_scan(
            LIST,
            sql::ADMIN_WALLETS_SCAN,
            &[
                &lowest,
                &highest,
                &query.order.name(),
                &query.after.map(|after| after.key),
                &query.after.map(|after| after.id),
                &query.rows(),
            ],
        )
        .await
    }

    async fn wallets_found(
        &self,
        query: &WalletQuery,
        sought: &WalletSought,
    ) -> Result<Vec<Row>, StorageError> {
        let (lowest, highest) = query.balances();
        self.admin_rows(
            LIST,
            sql::ADMIN_WALLETS_FOUND,
            &[
                &lowest,
                &highest,
                &query.order.name(),
                &query.after.map(|after| after.key),
                &query.after.map(|after| after.id),
                &query.rows(),
                &sought.ids.map(|(first, _)| first),
                &sought.ids.map(|(_, last)| last),
                &sought.beginning,
                &WALLETS_FOUND_MAX,
            ],
        )
        .await
    }
}

const LIST: &str = "list wallets";

impl WalletOrder {
    /// As the statements name it.
    fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Latest => "latest",
            Self::Richest => "richest",
            Self::Poorest => "poorest",
        }
    }
}

impl WalletQuery {
    fn is_filtered(&self) -> bool {
        self.lowest.is_some() || self.highest.is_some()
    }

    fn balances(&self) -> (Option<Decimal>, Option<Decimal>) {
        (
            self.lowest.map(Decimal::from),
            self.highest.map(Decimal::from),
        )
    }

    /// One more than asked for, which tells whether there is a next page.
    fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

impl WalletCursor {
    /// What it says of a list by time of registration; `None`, if somebody made it up.
    fn time(self) -> Option<OffsetDateTime> {
        let microseconds = i128::from(self.key).abs();
        OffsetDateTime::from_unix_timestamp_nanos(microseconds * 1_000).ok()
    }
}

fn list(rows: &[Row], limit: usize) -> Result<WalletList, StorageError> {
    let failed = query_failed("read a list of wallets");
    let mut list = WalletList::default();
    for row in rows.iter().take(limit) {
        list.is_cut = row.try_get("is_cut").map_err(&failed)?;
        // What a search says of itself may come without a wallet.
        if row
            .try_get::<_, Option<Uuid>>("id")
            .map_err(&failed)?
            .is_some()
        {
            list.wallets.push(listed(row)?);
        }
    }
    if let (Some(last), true) = (list.wallets.last(), rows.len() > limit) {
        let key = rows[limit - 1].try_get("sort_key").map_err(&failed)?;
        list.next = Some(WalletCursor { key, id: last.id.0 });
    }
    Ok(list)
}

fn listed(row: &Row) -> Result<ListedWallet, StorageError> {
    let failed = query_failed("read a wallet");
    // One row that cannot be read takes away no list.
    let balance = row.try_get::<_, Decimal>("balance").ok();
    let username: Option<String> = row.try_get("username").map_err(&failed)?;
    let owner = match username {
        None => None,
        Some(username) => Some(Owner {
            id: UserId(row.try_get("user_id").map_err(&failed)?),
            username,
            email: row.try_get("email").map_err(&failed)?,
        }),
    };
    Ok(ListedWallet {
        id: WalletId(row.try_get("id").map_err(&failed)?),
        balance: balance.and_then(Balance::from_decimal),
        version: row.try_get("version").map_err(&failed)?,
        created_at: row.try_get("created_at").map_err(&failed)?,
        updated_at: row.try_get("updated_at").map_err(&failed)?,
        owner,
    })
}
