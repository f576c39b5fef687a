//! The audit of a slice of a distributed database.
//!
//! Its nodes have no common snapshot, so what is read on two of them may be of two moments. Nothing that is reported comes from that:
//!
//! 1. A wallet, its ledger and its holds are on one shard, and one statement there compares them (`audit_breaches_distributed.sql`).
//! 2. An operation that is linked with one on another node is looked up there afterwards, where a commit over both may arrive a moment
//!    later; and a user, who is on the coordinator, is registered in a commit over two nodes. What these looks find is a suspicion.
//! 3. After a suspicion, every transaction that was writing on any node is waited for, the prepared ones among them: what was half
//!    visible is whole then, or gone. Rows of the ledger never change, so a second look tells whether those of the first are as they
//!    should be. What only the second finds was written meanwhile, and is none of its business.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rust_decimal::Decimal;
use tokio::time::{Instant, sleep};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use super::audit_found::{Audit, Breach, read};
use super::error::{StorageError, query_failed};
use super::sql;

const DOING: &str = "audit the database";
/// How long to wait for transactions: three times the interval at which Citus decides what a lost session has left prepared.
const DECIDED_MAX: Duration = Duration::from_secs(180);
/// The pause between two looks at them.
const PAUSE: Duration = Duration::from_millis(100);

/// The first and the last id of a slice.
type Ends = (Uuid, Uuid);

/// The looks at a slice, prepared on a connection to the coordinator.
pub(super) struct NodesAudit {
    kinds: Kinds,
    counts: Statement,
    breaches: Statement,
    links: Statement,
    owners: Statement,
}

/// The kinds by what they do: Citus takes no subquery on their table where the ledger is read.
struct Kinds {
    adding: Vec<String>,
    taking: Vec<String>,
    neutral: Vec<String>,
    holding: Vec<String>,
    freeing: Vec<String>,
    transfers: Vec<String>,
    reversals: Vec<String>,
}

/// An operation whose counterpart was not found, or is not one.
struct Link {
    wallet: Uuid,
    seq: i64,
    /// The operation that it reverses, if its counterpart is there and reverses another.
    reverses: Option<i64>,
    /// What it did to the balance, if it is alone.
    delta: Decimal,
}

impl NodesAudit {
    pub async fn prepare(client: &Client) -> Result<Self, StorageError> {
        let failed = query_failed("prepare an audit");
        // One session on each node: operations need the others.
        let one_a_node = "SET citus.max_adaptive_executor_pool_size TO 1";
        client.batch_execute(one_a_node).await.map_err(&failed)?;
        let kinds = client.query_one(sql::AUDIT_KINDS, &[]).await;
        let kinds = Kinds::of(&kinds.map_err(&failed)?).map_err(&failed)?;
        let prepare = |statement| client.prepare(statement);
        Ok(Self {
            kinds,
            counts: prepare(sql::AUDIT_COUNTS).await.map_err(&failed)?,
            breaches: prepare(sql::AUDIT_BREACHES_DISTRIBUTED)
                .await
                .map_err(&failed)?,
            links: prepare(sql::AUDIT_LINKS_DISTRIBUTED)
                .await
                .map_err(&failed)?,
            owners: prepare(sql::AUDIT_OWNERS_DISTRIBUTED)
                .await
                .map_err(&failed)?,
        })
    }

    /// Audits a slice; returns as well how much more its wallets hold than is accounted for.
    pub async fn slice(
        &self,
        client: &Client,
        (first, last): Ends,
    ) -> Result<(Audit, Decimal), StorageError> {
        let failed = query_failed(DOING);
        let counts = client.query_one(&self.counts, &[&first, &last]).await;
        let kinds = &self.kinds;
        let parameters: [&(dyn ToSql + Sync); 9] = [
            &first,
            &last,
            &kinds.adding,
            &kinds.taking,
            &kinds.neutral,
            &kinds.holding,
            &kinds.freeing,
            &kinds.transfers,
            &kinds.reversals,
        ];
        let rows = client.query(&self.breaches, &parameters).await;
        let (counts, rows) = (counts.map_err(&failed)?, rows.map_err(&failed)?);
        let (mut audit, mut unaccounted) = read(&counts, &rows).map_err(&failed)?;
        let mut links = self.links(client, (first, last)).await?;
        let mut owners = self.owners(client, (first, last)).await?;
        if !links.is_empty() || !owners.is_empty() {
            all_decided(client).await?;
            let suspected: BTreeSet<_> = links.iter().map(|link| (link.wallet, link.seq)).collect();
            links = self.links(client, (first, last)).await?;
            links.retain(|link| suspected.contains(&(link.wallet, link.seq)));
            let suspected: BTreeSet<_> = owners.iter().map(|breach| breach.wallet).collect();
            owners = self.owners(client, (first, last)).await?;
            owners.retain(|breach| suspected.contains(&breach.wallet));
        }
        unaccounted += links.iter().map(|link| link.delta).sum::<Decimal>();
        audit.breaches.extend(breaches_of_links(&links));
        audit.breaches.extend(owners);
        Ok((audit, unaccounted))
    }

    async fn links(&self, client: &Client, (first, last): Ends) -> Result<Vec<Link>, StorageError> {
        let Kinds {
            adding,
            taking,
            transfers,
            ..
        } = &self.kinds;
        let parameters: [&(dyn ToSql + Sync); 5] = [&first, &last, adding, taking, transfers];
        let rows = client.query(&self.links, &parameters).await;
        let rows = rows.map_err(query_failed(DOING))?;
        let links = rows.iter().map(Link::of).collect::<Result<_, _>>();
        links.map_err(query_failed(DOING))
    }

    async fn owners(
        &self,
        client: &Client,
        (first, last): Ends,
    ) -> Result<Vec<Breach>, StorageError> {
        let rows = client.query(&self.owners, &[&first, &last]).await;
        let rows = rows.map_err(query_failed(DOING))?;
        let breach = |row: &Row| {
            Ok(Breach {
                wallet: row.try_get("wallet_id")?,
                text: row.try_get("breach")?,
            })
        };
        let breaches = rows.iter().map(breach).collect::<Result<_, _>>();
        breaches.map_err(query_failed(DOING))
    }
}

impl Link {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let is_there: bool = row.try_get("is_reversal")?;
        let reverses: Option<i64> = row.try_get("reverses_seq")?;
        Ok(Self {
            wallet: row.try_get("wallet_id")?,
            seq: row.try_get("seq")?,
            reverses: reverses.filter(|_| is_there),
            delta: row.try_get("delta")?,
        })
    }
}

impl Kinds {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            adding: row.try_get("adding")?,
            taking: row.try_get("taking")?,
            neutral: row.try_get("neutral")?,
            holding: row.try_get("holding")?,
            freeing: row.try_get("freeing")?,
            transfers: row.try_get("transfers")?,
            reversals: row.try_get("reversals")?,
        })
    }
}

/// Returns the first breach of each kind in each wallet, as the audit of one PostgreSQL does.
fn breaches_of_links(links: &[Link]) -> impl Iterator<Item = Breach> {
    let mut first = BTreeMap::new();
    for link in links {
        let of = (link.wallet, link.reverses.is_some());
        first.entry(of).or_insert(link);
    }
    first.into_values().map(|link| Breach {
        wallet: Some(link.wallet),
        text: match link.reverses {
            Some(reversed) => format!(
                "seq {} reverses seq {reversed}, which is not there or is no such operation",
                link.seq
            ),
            None => format!(
                "seq {} is linked with an operation that is not there, or is not its counterpart",
                link.seq
            ),
        },
    })
}

/// Waits until every transaction has ended that is writing on any node.
async fn all_decided(client: &Client) -> Result<(), StorageError> {
    let until = Instant::now() + DECIDED_MAX;
    // By node: the number below which everything has to end.
    let mut awaited: Option<BTreeMap<i32, i64>> = None;
    loop {
        let rows = client.query(sql::NODES_SNAPSHOTS, &[]).await;
        let rows = rows.map_err(query_failed(DOING))?;
        let nodes = rows.iter().map(snapshot).collect::<Result<Vec<_>, _>>();
        let nodes = nodes.map_err(query_failed(DOING))?;
        let respond = nodes.iter().all(|(_, snapshot)| snapshot.is_some());
        match &awaited {
            Some(awaited) => {
                let has_ended = |(node, snapshot): &(i32, Option<(i64, i64)>)| {
                    let next = awaited.get(node).copied().unwrap_or_default();
                    snapshot.is_some_and(|(_, oldest)| oldest >= next)
                };
                if nodes.iter().all(has_ended) {
                    return Ok(());
                }
            }
            None if respond => {
                let next = |(node, snapshot): &(i32, Option<(i64, i64)>)| {
                    snapshot.map(|(next, _)| (*node, next))
                };
                awaited = Some(nodes.iter().filter_map(next).collect());
                continue;
            }
            None => {}
        }
        if Instant::now() > until {
            return Err(StorageError::Undecided {
                doing: DOING,
                limit: DECIDED_MAX,
            });
        }
        sleep(PAUSE).await;
    }
}

/// Returns a node, and the numbers of its next transaction and of its oldest one that writes; `None` if it did not respond.
fn snapshot(row: &Row) -> Result<(i32, Option<(i64, i64)>), tokio_postgres::Error> {
    let next: Option<i64> = row.try_get("next")?;
    let oldest: Option<i64> = row.try_get("oldest")?;
    Ok((row.try_get("nodeid")?, next.zip(oldest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_has_one_breach_of_a_kind() {
        let wallet = Uuid::from_u128(1);
        let link = |seq, reverses| Link {
            wallet,
            seq,
            reverses,
            delta: Decimal::ONE,
        };
        let links = [link(2, None), link(3, None), link(4, Some(1))];
        let texts: Vec<_> = breaches_of_links(&links)
            .map(|breach| breach.text)
            .collect();
        assert_eq!(
            texts,
            [
                "seq 2 is linked with an operation that is not there, or is not its counterpart",
                "seq 4 reverses seq 1, which is not there or is no such operation",
            ]
        );
    }
}
