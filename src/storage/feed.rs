//! The engine's [`Source`] of events on PostgreSQL: pages of the ledgers' rows, in the feed's order.
//!
//! 1. The epochs since the reader's cursor was issued and the horizon are queried first (`feed_state.sql`). What is below the
//!    horizon is over, so the page, which is queried next on the same session, has all of it.
//! 2. If the epoch is not that of the server's present run, this begins it: on a server that was restored or promoted, its
//!    transaction numbers say nothing on the old base.
//! 3. The epochs tell whether the database lost what the reader may have had ([`resumed`]): then the page is one event that says so.

use std::sync::Arc;

use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::database::Database;
use super::distributed::{Cluster, feed_page as distributed_page};
use super::error::{StorageError, query_failed};
use super::feed_losses::{PastEpoch, resumed};
use super::history::past_operation;
use super::{feed_epoch, sql};
use crate::domain::WalletId;
use crate::events::{Cursor, Epoch, Event, Happened, Page, Query, Source, SourceError};

impl Source for Database {
    fn head(&self) -> BoxFuture<'_, Result<Cursor, SourceError>> {
        self.feed_head()
            .map(|head| head.map_err(source_error))
            .boxed()
    }

    fn page(&self, query: Query) -> BoxFuture<'_, Result<Page, SourceError>> {
        let page = self.feed_page(query);
        page.map(|page| page.map_err(source_error)).boxed()
    }
}

fn source_error(error: StorageError) -> SourceError {
    if matches!(error, StorageError::Corrupt { .. }) {
        SourceError::Unreadable(Arc::new(error))
    } else {
        SourceError::Unanswered(Arc::new(error))
    }
}

/// The state of the feed, as a page sees it.
struct State {
    /// From the one that was asked for on, in order; never empty.
    epochs: Vec<PastEpoch>,
    /// All positions below it are of transactions that are over.
    horizon: i64,
}

impl State {
    /// The present one.
    fn epoch(&self) -> Epoch {
        self.epochs
            .last()
            .map_or(Cursor::START.epoch, |newest| newest.epoch)
    }
}

impl Database {
    async fn feed_head(&self) -> Result<Cursor, StorageError> {
        let client = self.pooled().await?;
        let state = self.state(&client, i32::MAX).await?;
        let rows = rows(&client, sql::FEED_HEAD, &[&state.horizon]).await?;
        client.give_back();
        let epoch = state.epoch();
        match rows.first() {
            Some(row) => {
                let failed = query_failed(DOING);
                Ok(Cursor {
                    epoch,
                    position: row.try_get("feed_position").map_err(&failed)?,
                    wallet: WalletId(row.try_get("wallet_id").map_err(&failed)?),
                    seq: row.try_get("seq").map_err(&failed)?,
                })
            }
            // Nothing that has a position; what has none is over.
            None => Ok(Cursor::after(epoch, Cursor::FIRST)),
        }
    }

    async fn feed_page(&self, query: Query) -> Result<Page, StorageError> {
        let client = self.pooled().await?;
        let state = self.state(&client, query.after.epoch.number).await?;
        let (after, is_rewound) = resumed(query.after, &state.epochs);
        let page = if is_rewound {
            let happened = Happened::Rewound;
            Page {
                events: vec![Event {
                    cursor: after,
                    happened,
                }],
                next: after,
                has_more: true,
            }
        } else if let Some(wallet) = query.wallet {
            let reader = Reader {
                client: &client,
                cluster: self.distribution.cluster(),
                wallet,
            };
            page_of_wallet(&reader, &state, after, query.limit).await?
        } else {
            let max = i64::from(query.limit);
            let found = match self.distribution.cluster() {
                _ if after.is_past() => {
                    rows(
                        &client,
                        sql::FEED_PAST,
                        &[&after.wallet.0, &after.seq, &max],
                    )
                    .await?
                }
                Some(_) => distributed_page(&client, &after, state.horizon, max).await?,
                None => whole_page(&client, &after, state.horizon, max).await?,
            };
            page(&found, &state, after, query.limit)?
        };
        client.give_back();
        Ok(page)
    }

    /// Reads the state, with the epochs from this number on.
    async fn state(&self, client: &ClientWrapper, from: i32) -> Result<State, StorageError> {
        let Some(cluster) = self.distribution.cluster() else {
            let found = feed_epoch::find_or_begin(client).await;
            found.map_err(query_failed(DOING))?;
            return state(client, from).await;
        };
        let begun = feed_epoch::begin_distributed(client).await;
        begun.map_err(query_failed(DOING))?;
        Ok(State {
            horizon: cluster.feed_horizon(client).await?,
            ..state(client, from).await?
        })
    }
}

const DOING: &str = "query the feed";

async fn rows(
    client: &ClientWrapper,
    statement: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, StorageError> {
    let failed = query_failed(DOING);
    let statement = client.prepare_cached(statement).await.map_err(&failed)?;
    client.query(&statement, parameters).await.map_err(failed)
}

/// Reads the state, with the epochs from this number on.
async fn state(client: &ClientWrapper, from: i32) -> Result<State, StorageError> {
    let rows = rows(client, sql::FEED_STATE, &[&from]).await?;
    let failed = query_failed(DOING);
    let corrupt = StorageError::Corrupt {
        what: "the epochs of the feed",
    };
    let horizon = rows.first().ok_or(corrupt)?.try_get("horizon");
    let epochs = rows.iter().map(|row| {
        let epoch = Epoch {
            number: row.try_get("number").map_err(&failed)?,
            tag: row.try_get("tag").map_err(&failed)?,
        };
        Ok(PastEpoch {
            epoch,
            last: row.try_get("last").map_err(&failed)?,
            sure: row.try_get("sure").map_err(&failed)?,
        })
    });
    Ok(State {
        epochs: epochs.collect::<Result<_, StorageError>>()?,
        horizon: horizon.map_err(&failed)?,
    })
}

async fn whole_page(
    client: &ClientWrapper,
    after: &Cursor,
    horizon: i64,
    max: i64,
) -> Result<Vec<Row>, StorageError> {
    let (position, wallet) = (&after.position, &after.wallet.0);
    let parameters: [&(dyn ToSql + Sync); 5] = [position, wallet, &after.seq, &horizon, &max];
    rows(client, sql::FEED_PAGE, &parameters).await
}

fn page(found: &[Row], state: &State, after: Cursor, limit: u16) -> Result<Page, StorageError> {
    let found = &found[..found.len().min(usize::from(limit))];
    let events = events(found, state)?;
    let is_full = events.len() == usize::from(limit);
    let next = match events.last() {
        Some(last) if is_full || !after.is_past() => last.cursor,
        _ if after.is_past() => Cursor::after(state.epoch(), Cursor::FIRST),
        _ => after,
    };
    Ok(Page {
        events,
        next,
        has_more: is_full || after.is_past(),
    })
}

/// Reads the feed of one wallet, from the node that has it.
struct Reader<'a> {
    client: &'a ClientWrapper,
    cluster: Option<&'a Arc<Cluster>>,
    wallet: WalletId,
}

impl Reader<'_> {
    async fn rows(
        &self,
        statement: &'static str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let Some(cluster) = self.cluster else {
            return rows(self.client, statement, parameters).await;
        };
        let read = cluster.rows_of_wallet(DOING, self.wallet, statement, parameters);
        let (rows, _) = read.await?;
        Ok(rows)
    }
}

async fn page_of_wallet(
    reader: &Reader<'_>,
    state: &State,
    after: Cursor,
    limit: u16,
) -> Result<Page, StorageError> {
    let from = place(reader, after).await?;
    let parameters: [&(dyn ToSql + Sync); 3] = [&reader.wallet.0, &from, &i64::from(limit)];
    let found = reader.rows(sql::FEED_WALLET, &parameters).await?;
    let mut events = events(&found, state)?;
    let is_full = events.len() == usize::from(limit);
    // Positions do not decrease within a wallet.
    let running = |event: &Event| event.cursor.position >= state.horizon;
    let over = events.iter().position(running).unwrap_or(events.len());
    events.truncate(over);
    Ok(Page {
        next: events.last().map_or(after, |last| last.cursor),
        has_more: is_full && over == usize::from(limit),
        events,
    })
}

/// Returns the number of the wallet's last row that is not after the cursor; zero if there is none.
async fn place(reader: &Reader<'_>, after: Cursor) -> Result<i64, StorageError> {
    let wallet = reader.wallet;
    if wallet == after.wallet {
        return Ok(after.seq);
    }
    let is_given = wallet < after.wallet;
    if after.is_past() && !is_given {
        return Ok(0);
    }
    let position = if is_given {
        after.position
    } else {
        after.position - 1
    };
    let parameters: [&(dyn ToSql + Sync); 2] = [&wallet.0, &position];
    let found = reader.rows(sql::FEED_WALLET_PLACE, &parameters).await?;
    let seq = found.first().map(|row| row.try_get("seq"));
    Ok(seq
        .transpose()
        .map_err(query_failed(DOING))?
        .unwrap_or_default())
}

fn events(rows: &[Row], state: &State) -> Result<Vec<Event>, StorageError> {
    let failed = query_failed(DOING);
    let epoch = state.epoch();
    let event = |row: &Row| {
        let wallet = WalletId(row.try_get("wallet_id").map_err(&failed)?);
        let corrupt = StorageError::Corrupt {
            what: "a row of the feed",
        };
        let operation = past_operation(row)?.ok_or(corrupt)?;
        Ok(Event {
            cursor: Cursor {
                epoch,
                position: row.try_get("position").map_err(&failed)?,
                wallet,
                seq: operation.seq,
            },
            happened: Happened::Operation(wallet, Box::new(operation)),
        })
    };
    rows.iter().map(event).collect()
}
