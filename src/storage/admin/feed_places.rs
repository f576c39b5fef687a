//! Where a time is in the feed, for a search over all wallets.
//!
//! Positions follow time on the server that gives them. The nodes of a distributed database give them each by itself, and one may be
//! ahead of another at the same time: so a time has two places, the lowest and the highest of all nodes. A shard that has moved has
//! positions of the node it was on, above which its present node goes on; so the place on a node is the highest of its shards.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use tokio_postgres::Row;

use super::operations::DOING;
use super::rows::Columns;
use crate::storage::database::Database;
use crate::storage::error::StorageError;
use crate::storage::sql;

/// The places of a time. On one PostgreSQL they are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FeedPlaces {
    /// Everything up to it was made before the time.
    pub lowest: i64,
    /// Nothing above it was.
    pub highest: i64,
}

impl Database {
    /// Returns the highest positions of what was made before a time.
    pub(super) async fn positions_at(
        &self,
        at: OffsetDateTime,
    ) -> Result<FeedPlaces, StorageError> {
        if self.is_distributed() {
            let rows = self
                .admin_rows(DOING, sql::ADMIN_OPERATIONS_AT_DISTRIBUTED, &[&at])
                .await?;
            let shards = rows.iter().map(shard).collect::<Result<Vec<_>, _>>();
            return Ok(places(&shards?));
        }
        let row = self
            .admin_row(DOING, sql::ADMIN_OPERATIONS_AT, &[&at])
            .await?;
        let position = row.map(|row| row.column("position")).transpose()?;
        let position = position.ok_or(StorageError::Corrupt {
            what: "no position of a time",
        })?;
        Ok(FeedPlaces {
            lowest: position,
            highest: position,
        })
    }
}

/// Returns the group of a shard's node, and the position there.
fn shard(row: &Row) -> Result<(i32, i64), StorageError> {
    let result: &str = row.column("result")?;
    if !row.column("success")? {
        return Err(StorageError::Node {
            doing: DOING,
            message: result.to_owned(),
        });
    }
    let position = result.trim().parse();
    let position = position.map_err(|_| StorageError::Corrupt {
        what: "no position of a time",
    })?;
    Ok((row.column("groupid")?, position))
}

fn places(shards: &[(i32, i64)]) -> FeedPlaces {
    let mut nodes = BTreeMap::new();
    for (group, position) in shards {
        let highest = nodes.entry(*group).or_insert(*position);
        *highest = (*highest).max(*position);
    }
    FeedPlaces {
        lowest: nodes.values().copied().min().unwrap_or_default(),
        highest: nodes.values().copied().max().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_where_the_highest_of_its_shards_is() {
        let shards = [(1, 0), (2, 70), (1, 90), (2, 0)];
        let expected = FeedPlaces {
            lowest: 70,
            highest: 90,
        };
        assert_eq!(places(&shards), expected);
        assert_eq!(places(&[]), FeedPlaces::default());
    }
}
