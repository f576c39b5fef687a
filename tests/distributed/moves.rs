//! Shards that move to another node while their wallets are written.

use testkit::distributed::{Cluster, ClusterDatabase};

use crate::load::{Load, some_more, wallets};

/// Moves the shard of the wallets that comes first on a worker to the next worker, with all that is co-located.
async fn move_a_shard(database: &ClusterDatabase, mode: &str) {
    let client = database.connect().await;
    let shard = "
        SELECT s.shardid, n.groupid, n.nodename, n.nodeport
        FROM pg_dist_shard s
        JOIN pg_dist_placement p USING (shardid)
        JOIN pg_dist_node n USING (groupid)
        WHERE s.logicalrelid = 'wallets'::regclass
        ORDER BY s.shardid LIMIT 1";
    let shard = client.query_one(shard, &[]).await.unwrap();
    let other = "SELECT nodename, nodeport FROM pg_dist_node
                 WHERE groupid NOT IN (0, $1) AND shouldhaveshards ORDER BY groupid LIMIT 1";
    let group: i32 = shard.get(1);
    let other = client.query_one(other, &[&group]).await.unwrap();
    let statement = format!(
        "SELECT citus_move_shard_placement({}, '{}', {}, '{}', {}, '{mode}')",
        shard.get::<_, i64>(0),
        shard.get::<_, &str>(2),
        shard.get::<_, i32>(3),
        other.get::<_, &str>(0),
        other.get::<_, i32>(1),
    );
    client.batch_execute(&statement).await.unwrap();
}

#[actix_web::test]
async fn a_shard_that_moves_under_load_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 24).await;
    let app = database.serve(|_| {}).await;
    let load = Load::begin(&app, &wallets, 1);
    for mode in ["force_logical", "block_writes", "force_logical"] {
        // The load goes on at both places.
        some_more(&database).await;
        move_a_shard(&database, mode).await;
    }
    some_more(&database).await;
    let answered = load.end(&app, &database).await;
    assert!(answered.done > 100, "{}", answered.done);
    // Who waits for a move is answered in the end, and nobody by an error that a repetition does not mend.
    assert!(
        !answered.statuses.contains_key(&500),
        "{:?}",
        answered.statuses
    );
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn two_engines_follow_a_shard_that_moves() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 12).await;
    let shared = |config: &mut wallet_engine::config::Config| config.engine.shared = true;
    let (one, two) = (database.serve(shared).await, database.serve(shared).await);
    let (first, second) = (
        Load::begin(&one, &wallets, 2),
        Load::begin(&two, &wallets, 3),
    );
    some_more(&database).await;
    move_a_shard(&database, "force_logical").await;
    some_more(&database).await;
    let (first, second) = (first.stop().await, second.stop().await);
    first.compare(&one, &database).await;
    second.compare(&two, &database).await;
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}
