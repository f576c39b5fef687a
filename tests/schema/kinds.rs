//! Kinds of operations: what they are is said once in the domain and once in the database.

use std::time::Duration;

use tokio_postgres::{Client, Config};
use wallet_engine::domain::{OperationKind, Sign};

use crate::app::TestApp;
use crate::old_databases::storage;
use crate::postgres;
use crate::verify::verify;

/// Lets in kinds that this build does not have, as a newer one's migration would.
const WITHOUT_NAMES: &str = "ALTER TABLE operations DROP CONSTRAINT operations_kind_check";

/// Operations that a newer engine wrote to a wallet of 3.00.
const OF_A_NEWER_ENGINE: &str = "
    INSERT INTO operation_kinds (kind, balance_sign, held_sign) VALUES ('GIFT', 1, 0), ('TOLL', -1, 0), ('NOTE', 0, 1);
    INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, held_after, hold_seq, expires_at, created_at)
    SELECT w.id, new.seq, gen_random_uuid(), new.kind, new.amount, new.balance_after, new.held, new.hold, new.expiry, w.updated_at
    FROM wallets w, (VALUES (2, 'GIFT', 2, 5, NULL, NULL, NULL), (3, 'TOLL', 0.5, 4.5, NULL, NULL, NULL), (4, 'NOTE', 1, 4.5, 1, 4, now()))
        AS new (seq, kind, amount, balance_after, held, hold, expiry);
    UPDATE wallets SET balance = 4.5, version = 4, held = 1;
    INSERT INTO holds (wallet_id, seq, amount, remaining, expires_at, created_at)
    SELECT wallet_id, seq, amount, amount, expires_at, created_at FROM operations WHERE seq = 4";

/// A database with one wallet, which holds 3.00 by one deposit, and the wallet's id.
async fn one_wallet() -> (Config, Client, String) {
    let config = postgres::database().await;
    let app = TestApp::spawn_on(config.clone(), |_| {}).await;
    let wallet = app.wallet("alice").await;
    assert_eq!(app.deposit(&wallet, "3.00").await.0, 200);
    app.stop().await.unwrap();
    let id = wallet.split('/').nth(3).unwrap().to_owned();
    let client = postgres::connect(&config).await;
    client.batch_execute(WITHOUT_NAMES).await.unwrap();
    (config, client, id)
}

#[actix_web::test]
async fn the_domain_the_table_and_the_check_have_the_same_kinds() {
    let mut domain: Vec<(String, [i16; 2], [bool; 2])> = OperationKind::ALL
        .into_iter()
        .map(|kind| {
            let signs = [kind.balance_sign(), kind.held_sign()].map(Sign::number);
            let belongs = [kind.is_transfer(), kind.is_reversal()];
            (kind.as_str().to_owned(), signs, belongs)
        })
        .collect();
    domain.sort();
    let client = postgres::connect(&postgres::database().await).await;
    let table = "SELECT kind, balance_sign, held_sign, is_transfer, is_reversal FROM operation_kinds ORDER BY kind";
    let table = client.query(table, &[]).await.unwrap();
    let table: Vec<(String, [i16; 2], [bool; 2])> = table
        .iter()
        .map(|row| {
            (
                row.get(0),
                [row.get(1), row.get(2)],
                [row.get(3), row.get(4)],
            )
        })
        .collect();
    assert_eq!(table, domain);

    let check = r#"SELECT name COLLATE "C"
        FROM pg_constraint, unnest(substring(pg_get_constraintdef(oid) FROM '''(.+)''')::text[]) AS name
        WHERE conname = 'operations_kind_check'
        ORDER BY 1"#;
    let check = client.query(check, &[]).await.unwrap();
    let check: Vec<String> = check.iter().map(|row| row.get(0)).collect();
    let names: Vec<String> = domain.into_iter().map(|(name, ..)| name).collect();
    assert_eq!(check, names);
}

#[actix_web::test]
async fn a_kind_that_this_build_does_not_know_is_audited_by_its_sign() {
    let (config, client, id) = one_wallet().await;
    client.batch_execute(OF_A_NEWER_ENGINE).await.unwrap();
    let (_, output) = verify(&config);
    assert!(!output.contains(&id), "{output}");

    for seq in 2..=4 {
        let spoil =
            format!("UPDATE operations SET balance_after = balance_after + 1 WHERE seq = {seq}");
        client.batch_execute(&spoil).await.unwrap();
        let (_, output) = verify(&config);
        let breach =
            format!("{id}: the balance after seq {seq} does not follow from the one before");
        assert!(output.contains(&breach), "{breach} is missing in {output}");
        let mend = spoil.replace('+', "-");
        client.batch_execute(&mend).await.unwrap();
    }
}

#[actix_web::test]
async fn a_kind_that_is_in_no_table_is_a_breach_of_its_own() {
    let (config, client, id) = one_wallet().await;
    client.batch_execute(OF_A_NEWER_ENGINE).await.unwrap();
    let forget = "DELETE FROM operation_kinds WHERE kind = 'TOLL'";
    client.batch_execute(forget).await.unwrap();
    let (agrees, output) = verify(&config);
    assert!(!agrees, "{output}");
    let breach = format!("{id}: seq 3 is of a kind that is in no table: TOLL");
    assert!(output.contains(&breach), "{output}");
    assert_eq!(output.matches(&id).count(), 1, "{output}");
}

#[actix_web::test]
async fn a_kind_whose_signs_are_missing_or_others_refuses_the_start_and_is_mended() {
    let config = postgres::database().await;
    let client = postgres::connect(&config).await;
    let database = storage(&config, Duration::from_secs(20));
    for spoil in [
        "DELETE FROM operation_kinds WHERE kind = 'WITHDRAW'",
        "UPDATE operation_kinds SET balance_sign = 1 WHERE kind = 'WITHDRAW'",
        "UPDATE operation_kinds SET held_sign = -1 WHERE kind = 'WITHDRAW'",
        "UPDATE operation_kinds SET is_transfer = true WHERE kind = 'WITHDRAW'",
        "UPDATE operation_kinds SET is_reversal = true WHERE kind = 'WITHDRAW'",
    ] {
        client.batch_execute(spoil).await.unwrap();
        let faults = database.schema_faults().await.unwrap();
        assert_eq!(faults.len(), 1, "{spoil}: {faults:?}");
        assert!(faults[0].what.contains("WITHDRAW"), "{faults:?}");
        client.batch_execute(&faults[0].mend).await.unwrap();
        assert_eq!(database.schema_faults().await.unwrap(), [], "{spoil}");
    }
}
