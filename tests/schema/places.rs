//! In which schema, and in which databases, the tables are.

use std::time::Duration;

use tokio_postgres::{Client, Config};
use wallet_engine::storage::Schema;

use crate::app::TestApp;
use crate::catalogue::empty;
use crate::old_databases::storage;
use crate::postgres;

/// The schema that a session of this address would use, or why none.
async fn place(config: &Config) -> Result<String, String> {
    let client = postgres::connect(config).await;
    let found = Schema::find(&client).await;
    found
        .map(|schema| schema.name().to_owned())
        .map_err(|error| error.to_string())
}

/// The schemas that have a table of wallets.
async fn with_wallets(client: &Client) -> Vec<String> {
    let tables = "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = 'wallets' ORDER BY 1";
    let rows = client.query(tables, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn on_path(config: &Config, path: &str) -> Config {
    let mut config = config.clone();
    config.options(format!("-c search_path={path}"));
    config
}

async fn migrate(config: &Config) -> Result<usize, String> {
    let database = storage(config, Duration::from_secs(60));
    database.migrate().await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        causes
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    })
}

#[actix_web::test]
async fn a_schema_that_is_named_as_the_role_makes_no_second_set_of_tables() {
    let config = postgres::database().await;
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    let wallet = app.wallet("alice").await;
    assert_eq!(app.deposit(&wallet, "7.00").await.0, 200);
    app.stop().await.unwrap();
    let client = postgres::connect(&config).await;
    let role: String = client
        .query_one("SELECT current_user::text", &[])
        .await
        .unwrap()
        .get(0);
    let create = format!("CREATE SCHEMA {role} AUTHORIZATION {role}");
    client.batch_execute(&create).await.unwrap();

    let app = TestApp::spawn_on(config.clone(), |_| {}).await;

    assert_eq!(app.balance(&wallet).await, "7.00");
    app.stop().await.unwrap();
    assert_eq!(with_wallets(&client).await, ["public"]);
    assert_eq!(place(&config).await.unwrap(), "public");
}

#[actix_web::test]
async fn tables_outside_the_search_path_are_found() {
    let (config, client) = empty().await;
    client
        .batch_execute("CREATE SCHEMA \"Odd one\"")
        .await
        .unwrap();
    migrate(&on_path(&config, "\"Odd\\ one\"")).await.unwrap();
    assert_eq!(with_wallets(&client).await, ["\"Odd one\""]);
    assert_eq!(place(&config).await.unwrap(), "Odd one");
    assert_eq!(migrate(&config).await, Ok(0));
}

#[actix_web::test]
async fn two_sets_of_tables_are_refused_by_name_unless_the_address_chooses() {
    let (config, client) = empty().await;
    client
        .batch_execute("CREATE SCHEMA one; CREATE SCHEMA two; CREATE SCHEMA three")
        .await
        .unwrap();
    migrate(&on_path(&config, "one")).await.unwrap();
    migrate(&on_path(&config, "two")).await.unwrap();

    let refused = migrate(&config).await.unwrap_err();
    assert!(refused.contains("one, two"), "{refused}");
    assert!(refused.contains("search_path=one"), "{refused}");
    let refused = place(&on_path(&config, "one,two")).await.unwrap_err();
    assert!(refused.contains("one, two"), "{refused}");
    assert_eq!(place(&on_path(&config, "two")).await.unwrap(), "two");
    assert_eq!(migrate(&on_path(&config, "two")).await, Ok(0));
    // Chosen as well, and empty.
    assert_eq!(place(&on_path(&config, "three")).await.unwrap(), "three");
}

#[actix_web::test]
async fn a_place_that_does_not_exist_or_may_not_be_used_is_an_error_with_what_to_do() {
    let (config, client) = empty().await;
    let refused = migrate(&on_path(&config, "nowhere")).await.unwrap_err();
    assert!(
        refused.contains("(nowhere)") && refused.contains("CREATE SCHEMA"),
        "{refused}"
    );

    let role = format!("reads_{}", config.get_dbname().unwrap());
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT pg_read_all_stats TO {role}"
        ))
        .await
        .unwrap();
    let mut reads = config.clone();
    reads.options(format!("-c role={role}"));
    let refused = migrate(&reads).await.unwrap_err();
    let grant = format!("GRANT CREATE ON SCHEMA public TO {role}");
    assert!(refused.contains(&grant), "{refused}");
    assert_eq!(with_wallets(&client).await, [""; 0]);
}

#[actix_web::test]
async fn a_database_that_cannot_store_every_name_is_refused_by_its_encoding() {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    for encoding in ["LATIN1", "WIN1251", "SQL_ASCII"] {
        let name = format!(
            "{}_{}",
            config.get_dbname().unwrap(),
            encoding.to_lowercase()
        );
        let create =
            format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        client.batch_execute(&create).await.unwrap();
        let mut other = config.clone();
        other.dbname(&name);

        let refused = migrate(&other).await.unwrap_err();

        assert!(refused.contains(encoding), "{refused}");
        assert!(
            refused.contains("createdb -E UTF8 -T template0"),
            "{refused}"
        );
        let client = postgres::connect(&other).await;
        assert_eq!(with_wallets(&client).await, [""; 0]);
    }
}

/// Another role than the one that signed in does not see its own session's start, so it could settle nothing.
#[actix_web::test]
async fn a_role_that_does_not_see_its_own_session_is_refused() {
    let mut config = postgres::database().await;
    let client = postgres::connect(&config).await;
    let role = format!("blind_{}", config.get_dbname().unwrap());
    let create = format!("CREATE ROLE {role}");
    client.batch_execute(&create).await.unwrap();
    config.options(format!("-c role={role}"));

    let refused = migrate(&config).await.unwrap_err();
    assert!(refused.contains("pg_read_all_stats"), "{refused}");
}
