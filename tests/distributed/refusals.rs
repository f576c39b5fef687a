//! What the command does not touch, and says so in a sentence.

use testkit::distributed::{Cluster, ClusterDatabase};
use tokio_postgres::Client;

use crate::catalogue::distributed_tables;
use crate::command::{run, run_at};

const DISTRIBUTE: &[&str] = &["distribute", "--shards", "4"];

async fn execute(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap();
}

/// Asserts that the command, and its check, say so, and that nothing was distributed.
async fn assert_refused(database: &ClusterDatabase, reason: &str) {
    let client = database.connect().await;
    let before = distributed_tables(&client).await;
    for arguments in [DISTRIBUTE, &["distribute", "--check"]] {
        run(database, arguments).await.assert_refused(reason);
    }
    assert_eq!(distributed_tables(&client).await, before);
}

#[actix_web::test]
async fn a_database_without_the_extension_or_without_nodes_is_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.empty_database().await;
    database.engine().migrate().await.unwrap();
    let refused = run(&database, DISTRIBUTE).await;
    refused.assert_refused("no extension citus");

    database.create_extension().await;
    assert_refused(&database, "citus_set_coordinator_host").await;
    let client = database.connect().await;
    let config = database.config();
    let tokio_postgres::config::Host::Tcp(host) = &config.get_hosts()[0] else {
        panic!("the coordinator is reached over TCP");
    };
    let port = config.get_ports()[0];
    let name = format!("SELECT citus_set_coordinator_host('{host}', {port})");
    execute(&client, &name).await;
    assert_refused(&database, "no node holds shards").await;
}

#[actix_web::test]
async fn an_older_extension_and_a_worker_are_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    let version = "SELECT extversion FROM pg_extension WHERE extname = 'citus'";
    let version: String = client.query_one(version, &[]).await.unwrap().get(0);
    let set = |version: &str| {
        format!("UPDATE pg_extension SET extversion = '{version}' WHERE extname = 'citus'")
    };
    execute(&client, &set("11.3-1")).await;
    // The extension itself does not serve a version that is not its library's, so the tables are not compared.
    for arguments in [DISTRIBUTE, &["distribute", "--check"]] {
        let refused = run(&database, arguments).await;
        refused.assert_refused("version 11.3-1, and 12 is the least");
    }
    execute(&client, &set(&version)).await;

    let worker = &database.workers()[0];
    let address = testkit::distributed::address(worker);
    let refused = run_at(&address, DISTRIBUTE).await;
    refused.assert_refused("this is not the coordinator");
}

#[actix_web::test]
async fn an_old_schema_and_a_newer_one_are_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.empty_database().await;
    database.join().await;
    assert_refused(&database, "wallet-engine migrate first").await;
    database.engine().migrate().await.unwrap();
    let client = database.connect().await;
    execute(&client, "DROP INDEX operations_hold").await;
    assert_refused(&database, "wallet-engine migrate first").await;
    database.engine().migrate().await.unwrap();
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
                 VALUES (9999, 'of_the_future', '2030-01-01T00:00:00Z', '1')";
    execute(&client, newer).await;
    assert_refused(&database, "run a newer wallet-engine").await;
}

#[actix_web::test]
async fn tables_that_are_distributed_otherwise_are_refused_and_those_that_fit_completed() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    execute(
        &client,
        "SELECT create_distributed_table('holds', 'wallet_id')",
    )
    .await;
    assert_refused(&database, "the table holds is distributed otherwise").await;
    execute(&client, "SELECT undistribute_table('holds')").await;

    execute(
        &client,
        "SELECT create_distributed_table('wallets', 'id', shard_count => 6)",
    )
    .await;
    let with = "SELECT create_distributed_table('holds', 'wallet_id', colocate_with => 'wallets')";
    execute(&client, with).await;
    assert_refused_shards(&database).await;
    let completed = run(&database, &["distribute"]).await;
    let nodes = database.workers().len();
    completed.assert_done(&format!(
        "operations, adjustments by the wallet over 6 shards on {nodes} nodes; operation_kinds to every node."
    ));
    completed.assert_done(&format!(": 6 shards on {nodes} nodes."));
    assert_eq!(database.engine().schema_faults().await.unwrap(), []);
}

async fn assert_refused_shards(database: &ClusterDatabase) {
    let refused = run(database, &["distribute", "--shards", "4"]).await;
    refused.assert_refused("distributed over 6 shards already, which --shards 4 does not change");
}

#[actix_web::test]
async fn users_that_are_a_citus_table_are_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    let add = "SELECT citus_add_local_table_to_metadata('users', cascade_via_foreign_keys => true)";
    execute(&client, add).await;
    assert_refused(&database, "the table users is a Citus table").await;
}

#[actix_web::test]
async fn a_database_that_an_engine_serves_is_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let app = database.serve(|_| {}).await;
    let client = database.connect().await;
    let reports = "SELECT count(*) FROM engines";
    while client
        .query_one(reports, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        == 0
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_refused(&database, "runs on the database, or did ").await;
    app.stop().await.unwrap();
    assert_refused(&database, "try again after 20 seconds").await;
}

#[actix_web::test]
async fn a_role_that_owns_the_tables_needs_one_grant_and_any_other_role_is_refused() {
    let Some(cluster) = Cluster::given().await else {
        return;
    };
    let database = cluster.plain_database().await;
    let client = database.connect().await;
    let name = database.config().get_dbname().unwrap().to_owned();
    let owner = format!("owner_of_{name}");
    let password = database.config().get_password().map(|password| {
        let password = String::from_utf8_lossy(password).replace('\'', "''");
        format!("PASSWORD '{password}'")
    });
    let role = format!("CREATE ROLE {owner} LOGIN {}", password.unwrap_or_default());
    execute(&client, &role).await;
    let as_owner = {
        let mut config = database.config();
        config.user(&owner);
        testkit::distributed::address(&config)
    };
    run_at(&as_owner, DISTRIBUTE)
        .await
        .assert_refused("refinery_schema_history");
    let read = format!(
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {owner}; GRANT CREATE ON SCHEMA public TO {owner}"
    );
    execute(&client, &read).await;
    let refused = run_at(&as_owner, DISTRIBUTE).await;
    refused.assert_refused("does not own the tables");
    let tables = "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    for table in client.query(tables, &[]).await.unwrap() {
        let table: &str = table.get(0);
        execute(&client, &format!("ALTER TABLE {table} OWNER TO {owner}")).await;
    }
    let refused = run_at(&as_owner, DISTRIBUTE).await;
    refused.assert_refused("GRANT EXECUTE ON FUNCTION recover_prepared_transactions()");
    let grant = format!("GRANT EXECUTE ON FUNCTION recover_prepared_transactions() TO {owner}");
    execute(&client, &grant).await;
    let distributed = run_at(&as_owner, DISTRIBUTE).await;
    distributed.assert_done("Distributed the database");

    drop(client);
    let administrator = {
        let mut config = database.config();
        config.dbname("postgres");
        testkit::postgres::connect(&config).await
    };
    drop(database);
    execute(&administrator, &format!("DROP ROLE {owner}")).await;
}
