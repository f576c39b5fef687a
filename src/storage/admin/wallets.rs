//! Lists of wallets, and one of them.
//!
//! * By time of registration, without a search or a filter: a page is a range of an index, however many wallets there are
//!   (`admin_wallets_newest.sql`, `..._oldest.sql`).
//! * With a search (`search`): indexes find a bounded number of wallets, which are filtered and sorted (`..._found.sql`).
//! * With a state: of the wallets that are frozen or closed, or that have open holds, indexes find a bounded number, which are
//!   filtered and sorted (`..._in_state.sql`). The newest first, frozen and closed ones are paged to the end.
//! * In any other order or with a filter by balance: every page scans all wallets (`..._scan.sql`). An index on balances or times of
//!   change would cost every operation. Of 10 000 000 wallets (1.8 GB) such a page took 1.5 to 4.3 s on one core, with
//!   PostgreSQL 15. Scans run one at a time, on one core and under a time limit of their own (`rows`), which the page
//!   reports.

use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_postgres::Row;
use uuid::Uuid;

use super::page::{Page, Reach, rows_to_read};
use super::rows::{Columns, Parameters};
use super::search::{TextSearch, UserFlags};
use crate::domain::rules::{Gate, Rules};
use crate::domain::{Balance, UserId, WalletId};
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::{rules, sql};

/// Wallets that a search finds at most by id, by username, by e-mail address, by a part and by their state each.
pub const WALLETS_FOUND_MAX: i64 = 1_000;

/// One scan at a time, so that any number of readers leaves the database to operations.
static SCANS: Semaphore = Semaphore::const_new(1);
/// How long to wait for another scan.
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

/// What staff may look for in a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletState {
    /// Its debits or its credits.
    Frozen,
    Closed,
    /// With open holds.
    Held,
}

/// Which wallets, and where in their list a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalletQuery {
    pub search: Option<TextSearch>,
    pub state: Option<WalletState>,
    pub lowest: Option<Balance>,
    pub highest: Option<Balance>,
    pub order: WalletOrder,
    /// The last wallet of the previous page.
    pub after: Option<WalletCursor>,
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
    /// `None` if the engine cannot read it (NaN). The row is shown, and an audit reports it.
    pub balance: Option<Balance>,
    /// How much of it is held; in a list, with what has expired and is not released yet. `None` as above.
    pub held: Option<Balance>,
    /// `None` if they cannot be read.
    pub rules: Option<Rules>,
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
    /// `None` if the user was deleted by hand.
    pub owner: Option<Owner>,
}

/// The user of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub id: UserId,
    pub username: String,
    pub email: String,
}

impl ListedWallet {
    /// Returns what is not held.
    #[must_use]
    pub fn available(&self) -> Option<Balance> {
        Some(self.balance?.above(self.held?))
    }

    #[must_use]
    pub fn has_holds(&self) -> bool {
        self.held.is_some_and(|held| held > Balance::ZERO)
    }

    #[must_use]
    pub fn has_frozen_debits(&self) -> bool {
        self.rules.is_some_and(|rules| rules.debits == Gate::Frozen)
    }

    #[must_use]
    pub fn has_frozen_credits(&self) -> bool {
        self.rules
            .is_some_and(|rules| rules.credits == Gate::Frozen)
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.rules.is_some_and(|rules| rules.is_closed)
    }
}

impl Database {
    /// Returns a page of wallets, each as committed.
    ///
    /// # Errors
    /// [`StorageError`]; [`StorageError::Busy`] while another scan runs; [`StorageError::TooLong`] if there are too many
    /// wallets to scan.
    pub async fn wallets_list(
        &self,
        query: &WalletQuery,
    ) -> Result<Page<ListedWallet, WalletCursor>, StorageError> {
        let mut reach = Reach::Whole;
        let rows = match (&query.search, query.state, query.order) {
            (Some(search), _, _) => {
                let found = self.wallets_found(query, search).await?;
                reach = found.1;
                found.0
            }
            (None, Some(state), _) => self.wallets_in_state(query, state).await?,
            (None, None, WalletOrder::Newest | WalletOrder::Oldest) if !query.is_filtered() => {
                self.wallets_by_time(query).await?
            }
            (None, None, _) => self.wallets_scanned(query).await?,
        };
        Ok(Page {
            reach,
            ..page(&rows, query.limit)?
        })
    }

    /// Returns the wallet as committed; `None` if there is none.
    pub async fn wallet_find(
        &self,
        wallet: WalletId,
    ) -> Result<Option<ListedWallet>, StorageError> {
        let row = self
            .admin_row("read a wallet", sql::ADMIN_WALLET, &[&wallet.0])
            .await?;
        row.as_ref().map(listed).transpose()
    }

    async fn wallets_by_time(&self, query: &WalletQuery) -> Result<Vec<Row>, StorageError> {
        let statement = match query.order {
            WalletOrder::Oldest => sql::ADMIN_WALLETS_OLDEST,
            _ => sql::ADMIN_WALLETS_NEWEST,
        };
        let time = query.after.and_then(WalletCursor::time);
        let id = query.after.map(|after| after.id);
        self.admin_rows(LIST, statement, &[&time, &id, &rows_to_read(query.limit)])
            .await
    }

    async fn wallets_scanned(&self, query: &WalletQuery) -> Result<Vec<Row>, StorageError> {
        let permit = timeout(SCAN_WAIT, SCANS.acquire()).await;
        let _permit = permit.map_err(|_| StorageError::Busy { doing: LIST })?;
        let (lowest, highest) = query.balances();
        let values: Parameters = &[
            &lowest,
            &highest,
            &query.order.name(),
            &query.after.map(|after| after.key),
            &query.after.map(|after| after.id),
            &rows_to_read(query.limit),
        ];
        let [rows] = self
            .admin_scans(LIST, [(sql::ADMIN_WALLETS_SCAN, values)])
            .await?;
        Ok(rows)
    }

    async fn wallets_found(
        &self,
        query: &WalletQuery,
        search: &TextSearch,
    ) -> Result<(Vec<Row>, Reach), StorageError> {
        let (lowest, highest) = query.balances();
        let (parts, reach) = self.users_by_part(search, UserFlags::default()).await?;
        let of_parts = parts.iter().map(|row| row.column("wallet_id"));
        let of_parts = of_parts.collect::<Result<Vec<Uuid>, _>>()?;
        let rows = self
            .admin_rows(
                LIST,
                self.variant(
                    sql::ADMIN_WALLETS_FOUND,
                    sql::ADMIN_WALLETS_FOUND_DISTRIBUTED,
                ),
                &[
                    &lowest,
                    &highest,
                    &query.order.name(),
                    &query.after.map(|after| after.key),
                    &query.after.map(|after| after.id),
                    &rows_to_read(query.limit),
                    &search.ids.map(|(first, _)| first),
                    &search.ids.map(|(_, last)| last),
                    &search.text,
                    &WALLETS_FOUND_MAX,
                    &query.state.map(WalletState::name),
                    &search.username,
                    &search.number,
                    &of_parts,
                ],
            )
            .await?;
        Ok((rows, reach))
    }

    async fn wallets_in_state(
        &self,
        query: &WalletQuery,
        state: WalletState,
    ) -> Result<Vec<Row>, StorageError> {
        let (lowest, highest) = query.balances();
        // In the order of the indexes, a page begins where the one before it ended.
        let newest_after = query.after.filter(|_| query.order == WalletOrder::Newest);
        self.admin_rows(
            LIST,
            self.variant(
                sql::ADMIN_WALLETS_IN_STATE,
                sql::ADMIN_WALLETS_IN_STATE_DISTRIBUTED,
            ),
            &[
                &lowest,
                &highest,
                &query.order.name(),
                &query.after.map(|after| after.key),
                &query.after.map(|after| after.id),
                &rows_to_read(query.limit),
                &state.name(),
                &WALLETS_FOUND_MAX,
                &newest_after.and_then(WalletCursor::time),
                &newest_after.map(|after| after.id),
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

impl WalletState {
    pub const ALL: [Self; 3] = [Self::Frozen, Self::Closed, Self::Held];

    /// As the statements and addresses name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Closed => "closed",
            Self::Held => "held",
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
}

impl WalletCursor {
    /// Returns the time of registration that the key stands for; `None` if no list has such a key.
    fn time(self) -> Option<OffsetDateTime> {
        let microseconds = i128::from(self.key).abs();
        OffsetDateTime::from_unix_timestamp_nanos(microseconds * 1_000).ok()
    }
}

fn page(rows: &[Row], limit: u16) -> Result<Page<ListedWallet, WalletCursor>, StorageError> {
    let mut wallets = Vec::with_capacity(rows.len());
    for row in rows {
        // A search that finds no wallet has one row, which only tells whether it was cut.
        if row.column::<Option<Uuid>>("id")?.is_some() {
            wallets.push((listed(row)?, row.column("sort_key")?));
        }
    }
    let page = Page::of(wallets, limit, |(wallet, key)| WalletCursor {
        key: *key,
        id: wallet.id.0,
    });
    let is_cut = rows.first().map(|row| row.column("is_cut")).transpose()?;
    Ok(Page {
        reach: page.reach,
        rows: page.rows.into_iter().map(|(wallet, _)| wallet).collect(),
        next: page.next,
        is_cut: is_cut.unwrap_or(false),
    })
}

fn listed(row: &Row) -> Result<ListedWallet, StorageError> {
    // A balance that cannot be read must not hide the list.
    let balance = |column| {
        let balance = row.try_get::<_, Decimal>(column).ok();
        balance.and_then(Balance::from_decimal)
    };
    let rules = row.column::<Option<&str>>("rules")?;
    let username: Option<String> = row.column("username")?;
    let owner = match username {
        None => None,
        Some(username) => Some(Owner {
            id: UserId(row.column("user_id")?),
            username,
            email: row.column("email")?,
        }),
    };
    Ok(ListedWallet {
        id: WalletId(row.column("id")?),
        balance: balance("balance"),
        held: balance("held"),
        rules: rules.map_or(Some(Rules::default()), |text| rules::read(text).ok()),
        version: row.column("version")?,
        created_at: row.column("created_at")?,
        updated_at: row.column("updated_at")?,
        owner,
    })
}
