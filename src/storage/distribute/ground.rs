//! What distributing needs of the servers, the role and the schema.

use tokio_postgres::Client;

use super::error::{DistributeError, Refusal};
use crate::storage::connect::NodeAddress;
use crate::storage::error::{StorageError, query_failed};
use crate::storage::{migrate, sql};

/// The oldest version of Citus: on earlier ones, nodes other than the coordinator do not serve as this engine uses them.
const CITUS_MIN: u32 = 12;
/// An engine that has not reported for so long is gone, in seconds. It reports every few.
const QUIET_S: u32 = 20;

/// Refuses a database that cannot be distributed; returns how many nodes hold shards.
pub(super) async fn check(client: &Client) -> Result<i64, DistributeError> {
    check_extension(client).await?;
    let failed = query_failed("read the nodes");
    let row = client.query_one(sql::DISTRIBUTE_GROUND, &[]).await;
    let row = row.map_err(&failed)?;
    let holds = |column: &str| row.try_get::<_, bool>(column).map_err(&failed);
    let role = || row.try_get("role").map_err(&failed);
    if !holds("is_coordinator")? {
        return Err(Refusal::NotCoordinator.into());
    }
    if !holds("has_coordinator")? {
        return Err(Refusal::NoCoordinator.into());
    }
    let nodes = row.try_get("nodes").map_err(&failed)?;
    if nodes == 0 {
        return Err(Refusal::NoNode.into());
    }
    if !migrate::is_up_to_date(client).await? {
        return Err(Refusal::OldSchema.into());
    }
    if !holds("is_owner")? {
        return Err(Refusal::NotOwner { role: role()? }.into());
    }
    if !holds("may_settle")? {
        return Err(Refusal::MayNotSettle { role: role()? }.into());
    }
    Ok(nodes)
}

async fn check_extension(client: &Client) -> Result<(), DistributeError> {
    let failed = query_failed("find the extension citus");
    let row = client.query_opt(sql::DISTRIBUTE_CITUS, &[]).await;
    let row = row.map_err(&failed)?.ok_or(Refusal::NoExtension)?;
    let version: String = row.try_get("version").map_err(failed)?;
    if major(&version).is_none_or(|major| major < CITUS_MIN) {
        let least = CITUS_MIN;
        return Err(Refusal::OldExtension { version, least }.into());
    }
    Ok(())
}

/// Returns the number before the first dot of a version such as `13.2-1`.
fn major(version: &str) -> Option<u32> {
    version.split(['.', '-']).next()?.parse().ok()
}

/// Refuses a database that an engine works on.
pub(super) async fn check_idle(client: &Client) -> Result<(), DistributeError> {
    let failed = query_failed("find an engine that runs");
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&f64::from(QUIET_S)];
    let row = client.query_opt(sql::DISTRIBUTE_ENGINE, &parameters).await;
    let Some(row) = row.map_err(&failed)? else {
        return Ok(());
    };
    let age: f64 = row.try_get("age_s").map_err(&failed)?;
    let age = std::time::Duration::try_from_secs_f64(age.max(0.0)).unwrap_or_default();
    Err(Refusal::Engine {
        name: row.try_get("name").map_err(&failed)?,
        address: row.try_get("address").map_err(&failed)?,
        seconds: age.as_secs(),
        quiet: QUIET_S.into(),
    }
    .into())
}

/// Returns the nodes that hold shards.
pub(super) async fn nodes(client: &Client) -> Result<Vec<NodeAddress>, StorageError> {
    let failed = query_failed("read the nodes");
    let rows = client.query(sql::DISTRIBUTE_NODES, &[]).await;
    let node = |row: &tokio_postgres::Row| {
        let port: i32 = row.try_get("port").map_err(&failed)?;
        Ok(NodeAddress {
            host: row.try_get("host").map_err(&failed)?,
            port: u16::try_from(port).map_err(|_| StorageError::Corrupt {
                what: "a node with a port",
            })?,
        })
    };
    rows.map_err(&failed)?.iter().map(node).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_version_is_compared_by_its_first_number() {
        for (version, major) in [
            ("13.2-1", Some(13)),
            ("12.0-1", Some(12)),
            ("9.5-2", Some(9)),
            ("", None),
            ("next", None),
        ] {
            assert_eq!(super::major(version), major, "{version}");
        }
    }
}
