//! The database is away, or another one.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_postgres::Config as Database;
use wallet_engine::config::Config;

use super::engines::{engine, key, status, until};
use crate::app::TestApp;
use crate::servers::{Server, Servers, WALLET};

fn of(server: &Server) -> Database {
    server.url().parse().unwrap()
}

/// Known keys go on for so long.
fn outage(outage_s: u64) -> impl FnOnce(&mut Config) {
    move |config| {
        config.server.access.outage = Duration::from_secs(outage_s);
        config.engine.wait = Duration::from_secs(3);
    }
}

/// Valid, but nothing can be read: nobody says that it is not there.
const AWAY: u16 = 503;

/// The status of a request that asks the database for nothing but its key: its body is refused.
async fn probe(engine: &TestApp, authorization: &str) -> u16 {
    let url = engine.url("/api/wallets/00000000-0000-4000-8000-000000000000/operation/");
    let request = engine.http.post(url).json(&json!({}));
    let request = request.header("authorization", authorization);
    request.send().await.unwrap().status().as_u16()
}

const KNOWN: u16 = 400;

#[actix_web::test]
async fn while_the_database_is_away_what_is_known_goes_on_for_a_while_and_nothing_else_is_believed()
{
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let engine = engine(&of(&primary), outage(6)).await;
    let client = primary.connect_as(WALLET, WALLET).await;
    let (known, _) = key(&client, "known").await;
    for (name, is_frozen) in [("first", true), ("second", false)] {
        let client = primary.connect_as(WALLET, WALLET).await;
        let (unknown, _) = key(&client, name).await;
        until(&engine, &known, 404).await;
        assert_eq!(probe(&engine, &known).await, KNOWN);
        if is_frozen {
            primary.freeze();
        } else {
            primary.kill().await;
        }
        assert_eq!(probe(&engine, &known).await, KNOWN);
        assert_eq!(probe(&engine, &unknown).await, AWAY);
        let begun = Instant::now();
        while probe(&engine, &known).await == KNOWN {
            assert!(begun.elapsed() < Duration::from_secs(60), "it goes on");
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(probe(&engine, &known).await, AWAY, "it may be valid");
        if is_frozen {
            primary.thaw();
        } else {
            primary.start().await;
        }
        until(&engine, &known, 404).await;
        until(&engine, &unknown, 404).await;
    }
}

/// A standby takes over that has neither what was revoked nor what was made last: then neither has happened.
#[actix_web::test]
async fn after_a_failover_what_the_new_primary_says_counts() {
    let servers = Servers::new();
    let mut primary = servers.primary("one").await;
    let mut standby = servers.standby("two", &primary).await;
    let mut addresses = of(&primary);
    addresses.host(standby.address().ip().to_string());
    addresses.port(standby.address().port());
    let engine = engine(&addresses, outage(60)).await;
    let client = primary.connect_as(WALLET, WALLET).await;
    let (revoked, id) = key(&client, "revoked").await;
    assert_eq!(status(&engine, &revoked).await, 404);
    standby.catch_up(&primary).await;
    standby.stop().await;
    let (made, _) = key(&client, "made").await;
    assert_eq!(status(&engine, &made).await, 404);
    let revoke = format!(
        "BEGIN; UPDATE api_keys SET revoked_at = now() WHERE id = {id};
        INSERT INTO access_changes (key_id) VALUES ({id}); COMMIT"
    );
    client.batch_execute(&revoke).await.unwrap();
    until(&engine, &revoked, 401).await;
    primary.kill().await;
    standby.start().await;
    standby.promote().await;

    until(&engine, &made, 401).await;
    until(&engine, &revoked, 404).await;
}
