//! The command is done once: run again, at the same time, and after it was killed.

use std::time::Duration;

use testkit::distributed::{Cluster, ClusterDatabase};
use testkit::postgres;
use tokio_postgres::Client;

use crate::catalogue::{EPOCHS, distributed_tables, lines};
use crate::command::{end, run, start};

const TABLES: [&str; 5] = [
    "adjustments",
    "holds",
    "operation_kinds",
    "operations",
    "wallets",
];

async fn wait_until(client: &Client, condition: &str) {
    let holds = async || {
        client
            .query_one(condition, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    };
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Asserts that each worker has epochs of the feed, whose positions are above that one.
async fn assert_feeds(database: &ClusterDatabase, last: i64) {
    let coordinator = lines(&database.connect().await, EPOCHS).await;
    for worker in database.workers() {
        let client = postgres::connect(&worker).await;
        assert_eq!(lines(&client, EPOCHS).await, coordinator);
        let next = "SELECT base + pg_current_xact_id()::text::bigint, last FROM feed_epochs ORDER BY number DESC LIMIT 1";
        let row = client.query_one(next, &[]).await.unwrap();
        assert!(row.get::<_, i64>(0) > last);
        assert!(row.get::<_, i64>(1) >= last);
        let indexes = "SELECT indexdef FROM pg_indexes WHERE tablename = 'feed_epochs'";
        assert_eq!(lines(&client, indexes).await.len(), 1);
    }
}

#[actix_web::test]
async fn it_says_what_it_will_do_does_it_and_then_that_it_is_done() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    let nodes = database.workers().len();
    let plan = format!(
        "wallets, operations, holds, adjustments by the wallet over 32 shards on {nodes} nodes; operation_kinds to every node. \
         Every other table stays on the coordinator."
    );
    let checked = run(&database, &["distribute", "--check"]).await;
    assert_eq!(checked.code, Some(1), "{checked:#?}");
    assert!(checked.stdout.contains(&plan), "{checked:#?}");
    assert_eq!(distributed_tables(&client).await, [""; 0]);

    let done = run(&database, &["distribute"]).await;
    done.assert_done(&plan);
    done.assert_done(&format!(": 32 shards on {nodes} nodes."));
    assert_eq!(distributed_tables(&client).await, TABLES);
    assert_feeds(&database, 0).await;

    for arguments in [
        &["distribute"][..],
        &["distribute", "--check"],
        &["distribute", "--shards", "32"],
    ] {
        let again = run(&database, arguments).await;
        again.assert_done("was distributed already");
        assert_eq!(again.stdout.lines().count(), 1, "{again:#?}");
    }
    let other = run(&database, &["distribute", "--shards", "16"]).await;
    other.assert_refused("over 32 shards already, which --shards 16 does not change");
    for shards in ["0", "1025", "many"] {
        let wrong = run(&database, &["distribute", "--shards", shards]).await;
        assert_eq!(wrong.code, Some(2), "{wrong:#?}");
    }

    let migrated = run(&database, &["migrate", "--check"]).await;
    migrated.assert_done("The database is up to date");
    assert_eq!(database.engine().schema_faults().await.unwrap(), []);
}

#[actix_web::test]
async fn of_two_at_once_one_does_it_and_both_succeed() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let nodes = database.workers().len();
    let started = [(); 2].map(|()| start(&database, &["distribute", "--shards", "4"]));
    let mut now = 0;
    for started in started {
        let ended = end(started).await;
        ended.assert_done(&format!(": 4 shards on {nodes} nodes."));
        now += ended.stdout.matches("Distributed the database").count();
    }
    assert_eq!(now, 1);
}

#[actix_web::test]
async fn killed_half_way_it_has_done_nothing_and_is_done_by_the_next_run() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    let mut holder = database.connect().await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE holds").await.unwrap();

    let mut killed = start(&database, &["distribute", "--shards", "4"]);
    let is_half_way = "
        SELECT EXISTS (
            SELECT FROM pg_locks WHERE relation = 'holds'::regclass AND NOT granted AND database =
                (SELECT oid FROM pg_database WHERE datname = current_database())
        )";
    wait_until(&client, is_half_way).await;
    killed.kill().await.unwrap();
    held.rollback().await.unwrap();
    // PostgreSQL notices that the client is gone, and a commit that it was never told to do does not happen.
    let is_over = "
        SELECT NOT EXISTS (
            SELECT FROM pg_locks WHERE relation = 'wallets'::regclass AND pid <> pg_backend_pid() AND mode LIKE '%Exclusive%' AND database =
                (SELECT oid FROM pg_database WHERE datname = current_database())
        )";
    wait_until(&client, is_over).await;
    assert_eq!(distributed_tables(&client).await, [""; 0]);

    let done = run(&database, &["distribute", "--shards", "4"]).await;
    done.assert_done("Distributed the database");
    assert_eq!(distributed_tables(&client).await, TABLES);
    assert_eq!(database.engine().schema_faults().await.unwrap(), []);
}
