//! Kinds of operations: what they are is said once in the domain and once in the database.

use std::time::Duration;

use wallet_engine::domain::OperationKind;

use crate::old_databases::storage;
use crate::postgres;

#[actix_web::test]
async fn the_domain_the_table_and_the_check_have_the_same_kinds() {
    let mut domain: Vec<(String, i16, i16)> = OperationKind::ALL
        .into_iter()
        .map(|kind| {
            let (balance, held) = (kind.balance_sign(), kind.held_sign());
            (kind.as_str().to_owned(), balance.number(), held.number())
        })
        .collect();
    domain.sort();
    let client = postgres::connect(&postgres::database().await).await;
    let table = "SELECT kind, balance_sign, held_sign FROM operation_kinds ORDER BY kind";
    let table = client.query(table, &[]).await.unwrap();
    let table: Vec<(String, i16, i16)> = table
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(table, domain);

    let check = r#"SELECT name[1] COLLATE "C"
        FROM pg_constraint, regexp_matches(pg_get_constraintdef(oid), '''([^'']+)''', 'g') AS name
        WHERE conname = 'operations_kind_check'
        ORDER BY 1"#;
    let check = client.query(check, &[]).await.unwrap();
    let check: Vec<String> = check.iter().map(|row| row.get(0)).collect();
    let names: Vec<String> = domain.into_iter().map(|(name, ..)| name).collect();
    assert_eq!(check, names);
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
    ] {
        client.batch_execute(spoil).await.unwrap();
        let faults = database.schema_faults().await.unwrap();
        assert_eq!(faults.len(), 1, "{spoil}: {faults:?}");
        assert!(faults[0].what.contains("WITHDRAW"), "{faults:?}");
        client.batch_execute(&faults[0].mend).await.unwrap();
        assert_eq!(database.schema_faults().await.unwrap(), [], "{spoil}");
    }
}
