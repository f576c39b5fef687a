//! Nodes and sessions that are lost while wallets are written.

use std::time::Duration;

use actix_web::rt::time::sleep;
use serde_json::json;
use testkit::distributed::{Cluster, ClusterDatabase};
use testkit::postgres::connect;

use crate::load::{Load, some_more, wallets};

/// Ends the sessions of this database that match, on the coordinator and every worker.
async fn end_sessions(database: &ClusterDatabase, which: &str) {
    let mut servers = vec![database.config()];
    servers.extend(database.workers());
    for server in servers {
        let client = connect(&server).await;
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND ({which})"
        );
        client.batch_execute(&end).await.unwrap();
    }
}

#[actix_web::test]
async fn sessions_that_are_ended_under_load_lose_and_double_nothing() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 24).await;
    let app = database.serve(|_| {}).await;
    let load = Load::begin(&app, &wallets, 4);
    for which in [
        "application_name = 'wallet-engine'",
        "application_name LIKE 'citus_internal%'",
        "application_name = 'wallet-engine' OR application_name LIKE 'citus_internal%'",
        "application_name = 'wallet-engine' AND state <> 'idle'",
    ] {
        some_more(&database).await;
        end_sessions(&database, which).await;
    }
    some_more(&database).await;
    load.end(&app, &database).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn servers_that_are_killed_under_load_lose_and_double_nothing() {
    let Some(cluster) = Cluster::alone().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 24).await;
    let app = database.serve(|_| {}).await;
    let load = Load::begin(&app, &wallets, 5);
    for node in [1, 2, 1, 2, 0] {
        some_more(&database).await;
        cluster.kill(node).await;
        cluster.start(node).await;
    }
    some_more(&database).await;
    load.end(&app, &database).await;
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_node_that_is_away_is_503_for_its_own_wallets_and_the_others_go_on() {
    let Some(cluster) = Cluster::alone().await else {
        return;
    };
    let database = cluster.distributed_database(4).await;
    let wallets = wallets(&database, 24).await;
    let app = database.serve(|_| {}).await;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let client = database.connect().await;
    let group = "SELECT p.groupid FROM pg_dist_placement p
                 WHERE p.shardid = get_shard_id_for_distribution_column('wallets', $1::uuid)";
    let least = "SELECT min(groupid) FROM pg_dist_node WHERE shouldhaveshards AND groupid > 0";
    let least: i32 = client.query_one(least, &[]).await.unwrap().get(0);
    for wallet in wallets {
        let group: i32 = client.query_one(group, &[&wallet]).await.unwrap().get(0);
        let of_group = if group == least {
            &mut first
        } else {
            &mut second
        };
        of_group.push(format!("/api/wallets/{wallet}/"));
    }
    assert!(
        first.len() > 1 && second.len() > 1,
        "wallets are on both nodes"
    );
    let warm = [&first[0], &second[0]];
    for wallet in warm {
        assert_eq!(app.deposit(wallet, "2.00").await.0, 200);
    }

    cluster.kill(1).await;

    // Of the dead node: one that was in memory, and one that was not.
    for wallet in &first[..2] {
        let body = json!({"operationType": "DEPOSIT", "amount": "1.00"});
        let sent = app.http.post(app.url(&format!("{wallet}operation/")));
        let answer = sent.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    for wallet in &second {
        assert_eq!(app.deposit(wallet, "1.00").await.0, 200);
    }
    let pay = |to: &str| json!({"to": to.split('/').nth(3).unwrap(), "amount": "1.00"});
    let transfers = format!("{}transfers/", second[0]);
    let (status, body) = app.post(&transfers, &pay(&second[1])).await;
    assert_eq!(status, 201, "{body}");
    let ready = app.http.get(app.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let (status, body) = app.post(&transfers, &pay(&first[1])).await;
    assert_eq!(status, 503, "{body}");

    cluster.start(1).await;

    for wallet in first.iter().chain(&second) {
        while app.deposit(wallet, "1.00").await.0 != 200 {
            sleep(Duration::from_millis(50)).await;
        }
    }
    app.audited_operations().await;
    app.stop().await.unwrap();
}
