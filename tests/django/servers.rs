//! The server of either database dies in the middle.

use testkit::django::Django;
use testkit::postgres;
use testkit::servers::{Server, Servers};
use tokio_postgres::Config;

use crate::command::{Import, observer, program};
use crate::source::fill;
use crate::target::{assert_equal, openings, users};

const USERS: i64 = 30;
const PAGE: &[&str] = &["--batch", "5"];
const HELD: &str = "BEGIN; INSERT INTO users (id, username, email, password_hash, wallet_id) OVERRIDING SYSTEM VALUE \
     VALUES (17, 'user17', 'user17@example.com', '!', gen_random_uuid())";

#[actix_web::test]
async fn a_source_that_dies_is_named_and_the_next_run_completes() {
    let servers = Servers::new();
    let mut server = servers.primary("django").await;
    let django = Django::on(config(&server)).await;
    fill(&observer(django.database()).await, 1, USERS).await;
    let import = Import::of(&django).await;
    let holder = observer(&import.target).await;
    holder.batch_execute(HELD).await.unwrap();
    let observing = observer(&import.target).await;
    let mut running = import.start(PAGE);
    running.wait_until_blocked(&observing).await;
    server.kill().await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let ended = running.end().await;
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(
        ended.stderr.contains("the other service's database"),
        "{ended:#?}"
    );
    assert!((5..USERS).contains(&users(&import.target).await));

    server.start().await;
    import.run(PAGE).await.assert_done();
    let source = observer(django.database()).await;
    assert_equal(&source, &import.target).await;
    assert_eq!(openings(&import.target).await, 27);
}

#[actix_web::test]
async fn a_target_that_dies_is_named_and_the_next_run_completes() {
    let servers = Servers::new();
    let mut server = servers.primary("engine").await;
    let django = Django::new().await;
    let source = observer(django.database()).await;
    fill(&source, 1, USERS).await;
    let import = Import::new(django.database(), &config(&server));
    let migrated = program(&import.target).arg("migrate").output();
    assert!(migrated.await.unwrap().status.success());
    let holder = observer(&import.target).await;
    holder.batch_execute(HELD).await.unwrap();
    let observing = observer(&import.target).await;
    let mut running = import.start(PAGE);
    running.wait_until_blocked(&observing).await;
    server.kill().await;
    let ended = running.end().await;
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stderr.contains("the engine's database"), "{ended:#?}");

    server.start().await;
    import.run(PAGE).await.assert_done();
    assert_equal(&source, &import.target).await;
    assert_eq!(openings(&import.target).await, 27);
}

/// The engine's role and database there.
fn config(server: &Server) -> Config {
    server.url().parse().unwrap()
}

#[actix_web::test]
async fn a_role_that_may_only_read_the_two_tables_sees_who_is_connected() {
    let servers = Servers::new();
    let server = servers.primary("django").await;
    let django = Django::on(config(&server)).await;
    let connected = observer(django.database()).await;
    fill(&connected, 1, 3).await;
    let role = "CREATE ROLE reader LOGIN; GRANT SELECT ON auth_user, wallets_wallet TO reader";
    server.execute(&[role]).await;
    let mut reader = config(&server);
    reader.user("reader");
    let import = Import::new(&reader, &postgres::database().await);
    import.run(&["--dry-run"]).await.assert_done();
    import.run(&[]).await.assert_done();
    let ended = import.run(&["--final"]).await;
    ended.assert_lists(&["of wallet"]);
    assert!(ended.stdout.contains("Not begun"), "{ended:#?}");
    assert_equal(&connected, &import.target).await;
}
