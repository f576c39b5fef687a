//! The search for operations, over all wallets or in one ledger, newest first.
//!
//! No index of the ledger has amounts, kinds, keys of all wallets or references: each would cost every operation. So a search reads
//! backwards through an order that is there already, [`READ`] operations at a time, and filters what it reads:
//!
//! * of one wallet, its ledger by the primary key; a period is a range of it, found by binary search; a key has an index;
//! * of a counterpart, the counterpart's own ledger, each row of which names the row that is sought;
//! * of all wallets, the feed (`operations_feed`), whose positions follow time: the place of a time is found by binary search. A
//!   transaction may be some way from its time there, so [`MARGIN`] more is read at either end, and the times are compared.
//!
//! [`Database::operations_found`] goes on until its page is full or [`SEARCH_MAX`] is over, and returns how far it came: the next page begins
//! there. Of a million operations in memory that is all of them. Reads of all searches run one at a time, on one core, under the time
//! limit of scans (`rows`). A transaction that commits while a search reads may come into the part that was read: the first page has
//! it when it is loaded again.
//!
//! Rows that were written before there was a feed have no place in it: they are found in their wallet alone, which the page says.

use std::time::Duration;

use rust_decimal::Decimal;
use time::OffsetDateTime;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tokio_postgres::Row;
use uuid::Uuid;

use super::found::{FoundOperation, found};
use super::operation_filter::{COUNT_MAX, OperationCount, OperationFilter, OperationPlace};
use super::rows::{Columns, Parameters};
use crate::domain::OperationKind;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// Operations that one query reads.
pub const READ: i64 = 5_000;
/// How long a page may be searched for.
const SEARCH_MAX: Duration = Duration::from_secs(2);
/// How long a full page may be counted on.
const COUNTING_MAX: Duration = Duration::from_millis(300);
/// As for statements: a server's clock may be set back, and transactions that ran at once have positions in any order.
const MARGIN: Duration = Duration::from_secs(60);
/// One read of all searches at a time: operations need the database more.
static READS: Semaphore = Semaphore::const_new(1);
/// How long to wait for the others.
const READ_WAIT: Duration = Duration::from_secs(5);
pub(super) const DOING: &str = "search for operations";

/// A page of what was found.
#[derive(Debug, Default)]
pub struct FoundPage {
    pub rows: Vec<FoundOperation>,
    /// Where the search goes on; `None` at its end.
    pub next: Option<OperationPlace>,
    /// The time down to which the search came, if it stopped before the page was full.
    pub stopped_at: Option<OffsetDateTime>,
    /// Of the first page.
    pub count: Option<OperationCount>,
    /// There are older operations, which only a search in their wallet finds.
    pub has_past: bool,
}

/// A search with its borders.
#[derive(Clone, Debug)]
pub struct OperationSearch {
    filter: OperationFilter,
    order: Order,
    /// Above everything that is read.
    pub start: OperationPlace,
    /// Below it, a position or a seq.
    end: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Feed,
    Ledger(Uuid),
    Counterpart(Uuid),
}

/// What one read found.
#[derive(Debug)]
pub struct OperationRead {
    /// The first that match, each with its place and its row.
    pub matches: Vec<(OperationPlace, (Uuid, i64))>,
    /// How many match.
    pub count: i64,
    /// The end of what was read, and when that was made; `None` if nothing was.
    last: Option<(OperationPlace, OffsetDateTime)>,
    is_last: bool,
}

impl OperationRead {
    /// Returns where the next read begins; `None` if there is nothing left to read.
    #[must_use]
    pub fn next(&self) -> Option<OperationPlace> {
        let last = self.last.map(|(place, _)| place);
        last.filter(|_| !self.is_last)
    }
}

impl Database {
    /// Returns a page of the operations that match, below a place of an earlier page; `None` if there is no such wallet.
    ///
    /// # Errors
    /// [`StorageError`], here and below; [`StorageError::Busy`] while other searches run.
    pub async fn operations_found(
        &self,
        filter: &OperationFilter,
        after: Option<OperationPlace>,
        limit: u16,
    ) -> Result<Option<FoundPage>, StorageError> {
        let Some(search) = self.operation_search(filter).await? else {
            return Ok(None);
        };
        let began = Instant::now();
        let limit = usize::from(limit);
        let counts = after.is_none();
        let mut matches = Vec::new();
        let mut counted = 0;
        let mut below = Some(after.map_or(search.start, |after| search.within(after)));
        let mut reached = None;
        while let Some(place) = below {
            let read = self.operations_read(&search, place, limit + 1).await?;
            let room = (limit + 1).saturating_sub(matches.len());
            matches.extend(read.matches.iter().take(room));
            counted += read.count;
            below = read.next();
            reached = read.last.map(|(_, at)| at).or(reached);
            let is_full = matches.len() > limit;
            let goes_on = if is_full {
                counts && counted <= COUNT_MAX && began.elapsed() < COUNTING_MAX
            } else {
                began.elapsed() < SEARCH_MAX
            };
            if !goes_on {
                break;
            }
        }
        let is_full = matches.len() > limit;
        matches.truncate(limit);
        let next = if is_full {
            matches.last().map(|(place, _)| *place)
        } else {
            below
        };
        let count = match below {
            _ if !counts => None,
            _ if counted > COUNT_MAX => Some(OperationCount::Many),
            None => Some(OperationCount::Exactly(counted)),
            Some(_) => Some(OperationCount::AtLeast(counted)),
        };
        let is_feed = search.order == Order::Feed;
        Ok(Some(FoundPage {
            rows: self.operations_rows(&matches).await?,
            stopped_at: reached.filter(|_| !is_full && below.is_some()),
            has_past: next.is_none() && is_feed && self.has_past().await?,
            next,
            count: search.length().filter(|_| counts).or(count),
        }))
    }

    /// Returns the search with its borders; `None` if there is no such wallet.
    pub async fn operation_search(
        &self,
        filter: &OperationFilter,
    ) -> Result<Option<OperationSearch>, StorageError> {
        let order = match (filter.wallet, filter.other) {
            (Some(wallet), _) => Order::Ledger(wallet.0),
            (None, Some(other)) => Order::Counterpart(other.0),
            (None, None) => Order::Feed,
        };
        let (start, end) = match order {
            Order::Feed => {
                let to = match filter.to {
                    Some(to) => self
                        .positions_at(to + MARGIN)
                        .await?
                        .highest
                        .saturating_add(1),
                    None => i64::MAX,
                };
                let end = match filter.from {
                    Some(from) => self.positions_at(from - MARGIN).await?.lowest,
                    None => 0,
                };
                // Below the rows of the position itself.
                let start = OperationPlace {
                    position: to,
                    wallet: Uuid::nil(),
                    seq: 0,
                };
                (start, end)
            }
            Order::Ledger(wallet) | Order::Counterpart(wallet) => {
                let row = self
                    .admin_row(
                        DOING,
                        sql::STATEMENT_BOUNDS,
                        &[&wallet, &filter.from, &filter.to],
                    )
                    .await?;
                let Some(row) = row else {
                    return Ok(None);
                };
                let last: i64 = row.column("last")?;
                let start = OperationPlace {
                    position: 0,
                    wallet,
                    seq: last.saturating_add(1),
                };
                (start, row.column("before")?)
            }
        };
        Ok(Some(OperationSearch {
            filter: filter.clone(),
            order,
            start,
            end,
        }))
    }

    /// Reads on below a place, and returns what of that matches: at most `limit` rows, and how many there are.
    pub async fn operations_read(
        &self,
        search: &OperationSearch,
        below: OperationPlace,
        limit: usize,
    ) -> Result<OperationRead, StorageError> {
        let permit = timeout(READ_WAIT, READS.acquire()).await;
        let _permit = permit.map_err(|_| StorageError::Busy { doing: DOING })?;
        let filter = &search.filter;
        let kind = filter.kind.map(OperationKind::as_str);
        let least = filter.least.map(Decimal::from);
        let most = filter.most.map(Decimal::from);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let other = filter.other.map(|other| other.0);
        let of_feed: Parameters = &[
            &below.position,
            &below.wallet,
            &below.seq,
            &search.end,
            &READ,
            &kind,
            &least,
            &most,
            &filter.key,
            &filter.reference,
            &filter.from,
            &filter.to,
            &limit,
        ];
        let of_ledger: Parameters = &[
            &search.start.wallet,
            &below.seq,
            &search.end,
            &READ,
            &kind,
            &least,
            &most,
            &filter.key,
            &filter.reference,
            &limit,
            &other,
        ];
        let (statement, parameters) = match search.order {
            Order::Feed => {
                let newest = self.variant(
                    sql::ADMIN_OPERATIONS_NEWEST,
                    sql::ADMIN_OPERATIONS_NEWEST_DISTRIBUTED,
                );
                (newest, of_feed)
            }
            Order::Ledger(_) => (sql::ADMIN_OPERATIONS_OF_WALLET, of_ledger),
            Order::Counterpart(_) => {
                let of_counterpart = self.variant(
                    sql::ADMIN_OPERATIONS_OF_COUNTERPART,
                    sql::ADMIN_OPERATIONS_OF_COUNTERPART_DISTRIBUTED,
                );
                (of_counterpart, &of_ledger[..10])
            }
        };
        let [rows] = self.admin_scans(DOING, [(statement, parameters)]).await?;
        let row = rows.first().ok_or(StorageError::Corrupt {
            what: "a search without a row",
        })?;
        read(row)
    }

    /// Returns the rows of what was found.
    pub async fn operations_rows(
        &self,
        matches: &[(OperationPlace, (Uuid, i64))],
    ) -> Result<Vec<FoundOperation>, StorageError> {
        let (wallets, seqs): (Vec<Uuid>, Vec<i64>) = matches.iter().map(|(_, row)| *row).unzip();
        if wallets.is_empty() {
            return Ok(Vec::new());
        }
        let statement = self.variant(
            sql::ADMIN_OPERATIONS_ROWS,
            sql::ADMIN_OPERATIONS_ROWS_DISTRIBUTED,
        );
        let rows = self
            .admin_rows(DOING, statement, &[&wallets, &seqs])
            .await?;
        rows.iter().map(found).collect()
    }

    async fn has_past(&self) -> Result<bool, StorageError> {
        let row = self.admin_row(DOING, sql::ADMIN_OPERATIONS_PAST, &[]);
        row.await?.map_or(Ok(false), |row| row.column("has_past"))
    }
}

impl OperationSearch {
    /// Returns the place, or the start if it is above that: an address may have any.
    fn within(&self, place: OperationPlace) -> OperationPlace {
        match self.order {
            Order::Feed => place.min(self.start),
            Order::Ledger(_) | Order::Counterpart(_) => OperationPlace {
                seq: place.seq.min(self.start.seq),
                ..self.start
            },
        }
    }

    /// Returns how many match, if that is known without reading them: a period of one ledger.
    fn length(&self) -> Option<OperationCount> {
        let plain = OperationFilter {
            wallet: self.filter.wallet,
            from: self.filter.from,
            to: self.filter.to,
            ..OperationFilter::default()
        };
        let is_ledger = matches!(self.order, Order::Ledger(_));
        let length = self.start.seq - 1 - self.end;
        (is_ledger && self.filter == plain).then_some(OperationCount::Exactly(length.max(0)))
    }
}

fn read(row: &Row) -> Result<OperationRead, StorageError> {
    let positions: Vec<i64> = row.column("positions")?;
    let places: Vec<i64> = row.column("places")?;
    let wallets: Vec<Uuid> = row.column("wallets")?;
    let seqs: Vec<i64> = row.column("seqs")?;
    let rows = wallets.into_iter().zip(seqs);
    let each = positions.into_iter().zip(places).zip(rows);
    let matches = each.map(|((position, place), (wallet, seq))| {
        let place = OperationPlace {
            position,
            wallet,
            seq: place,
        };
        (place, (wallet, seq))
    });
    let last = match row.column::<Option<i64>>("seq")? {
        None => None,
        Some(seq) => Some((
            OperationPlace {
                position: row.column("position")?,
                wallet: row.column("wallet")?,
                seq,
            },
            row.column("at")?,
        )),
    };
    Ok(OperationRead {
        matches: matches.collect(),
        count: row.column("matches")?,
        last,
        is_last: row.column("is_last")?,
    })
}
