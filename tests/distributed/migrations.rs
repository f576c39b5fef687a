//! Migrations where wallets are distributed already.

use testkit::distributed::{Cluster, ClusterDatabase};
use tokio_postgres::Client;

use crate::catalogue::{distributed_tables, lines, shards};
use crate::command::run;

mod files {
    refinery::embed_migrations!("sql/migrations");
}

/// The last version that files alone make: the next one takes an index that is built beside writers.
const BEFORE_ADDRESSES: i32 = 8;

async fn apply(client: &mut Client, version: i32) {
    let target = refinery::Target::Version(version);
    let runner = files::migrations::runner().set_target(target);
    runner.run_async(client).await.unwrap();
}

/// A database as a version left it, with the tables of that version distributed by hand.
async fn distributed_at(cluster: &Cluster, version: i32) -> (ClusterDatabase, Client) {
    let database = cluster.empty_database().await;
    database.join().await;
    let mut client = database.connect().await;
    apply(&mut client, version.min(BEFORE_ADDRESSES)).await;
    if version > BEFORE_ADDRESSES {
        let build = include_str!("../../sql/online/users_email_key_build.sql");
        client.batch_execute(build).await.unwrap();
        apply(&mut client, version).await;
    }
    let mut distribute =
        vec!["SELECT create_distributed_table('wallets', 'id', shard_count => 4)".to_owned()];
    if version >= 16 {
        distribute
            .push("ALTER TABLE operations ALTER COLUMN feed_position DROP DEFAULT".to_owned());
    }
    let adjustments = if version >= 12 {
        "adjustments"
    } else {
        "corrections"
    };
    for (since, table) in [(1, "operations"), (4, adjustments), (14, "holds")] {
        if version >= since {
            distribute.push(format!(
                "SELECT create_distributed_table('{table}', 'wallet_id', colocate_with => 'wallets')"
            ));
        }
    }
    if version >= 11 {
        distribute.push("SELECT create_reference_table('operation_kinds')".to_owned());
    }
    for statement in distribute {
        client.batch_execute(&statement).await.unwrap();
    }
    (database, client)
}

/// What of the migrations' history has to be the same, however they were applied.
const HISTORY: &str = "
    SELECT concat_ws(' ', version, name, checksum, applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d')
    FROM refinery_schema_history ORDER BY version";

#[actix_web::test]
async fn every_version_is_migrated_where_wallets_are_distributed_and_the_shards_end_up_alike() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let at_the_end = cluster.distributed_database(4).await;
    let wanted = shards(&at_the_end).await;
    let client = at_the_end.connect().await;
    let tables = distributed_tables(&client).await;
    let history = lines(&client, HISTORY).await;
    drop(client);
    drop(at_the_end);
    // The first of all, and those before which most of the tables change.
    for version in [1, 8, 12, 15, 21] {
        let (database, client) = distributed_at(&cluster, version).await;
        let migrated = run(&database, &["migrate"]).await;
        migrated.assert_done("Applied ");
        assert_eq!(shards(&database).await, wanted, "from version {version}");
        assert_eq!(distributed_tables(&client).await, tables);
        assert_eq!(lines(&client, HISTORY).await, history);
        let again = run(&database, &["migrate"]).await;
        again.assert_done("was up to date");
        run(&database, &["distribute"])
            .await
            .assert_done("was distributed already");
        assert_eq!(database.engine().schema_faults().await.unwrap(), []);
    }
}
