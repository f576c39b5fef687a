//! A service with other names of tables and columns.

use crate::command::Import;
use crate::source::Source;
use crate::target::assert_equal;

/// What a model of users of one's own, and an application of another name, may have.
const RENAMED: &str = r#"
    CREATE SCHEMA shop;
    ALTER TABLE auth_user SET SCHEMA shop;
    ALTER TABLE shop.auth_user RENAME TO "Customer";
    ALTER TABLE shop."Customer" RENAME username TO "login name";
    ALTER TABLE shop."Customer" RENAME date_joined TO created;
    ALTER TABLE wallets_wallet RENAME TO purse;
    ALTER TABLE purse RENAME user_id TO "order";
    ALTER TABLE purse RENAME balance TO amount;
"#;
const RESTORED: &str = r#"
    ALTER TABLE purse RENAME amount TO balance;
    ALTER TABLE purse RENAME "order" TO user_id;
    ALTER TABLE purse RENAME TO wallets_wallet;
    ALTER TABLE shop."Customer" RENAME created TO date_joined;
    ALTER TABLE shop."Customer" RENAME "login name" TO username;
    ALTER TABLE shop."Customer" RENAME TO auth_user;
    ALTER TABLE shop.auth_user SET SCHEMA public;
"#;
const MAPPING: &str = r#"{
    "users": {"table": "shop.Customer", "username": "login name", "date_joined": "created"},
    "wallets": {"table": "purse", "user": "order", "balance": "amount"}
}"#;

#[actix_web::test]
async fn other_names_are_read_from_a_file() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    source.execute(RENAMED).await;
    let ended = import.run(&[]).await;
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stderr.contains("auth_user"), "{ended:#?}");

    std::fs::write(import.file("mapping.json"), MAPPING).unwrap();
    let arguments = ["--mapping", "mapping.json", "--final", "--ignore-sessions"];
    import.run(&arguments).await.assert_done();
    source.execute(RESTORED).await;
    assert_equal(&source.client, &import.target).await;

    let rename = "ALTER TABLE wallets_wallet RENAME TO purse";
    source.execute(rename).await;
    import.run(&["--table", "purse"]).await.assert_done();
}

#[actix_web::test]
async fn a_mapping_with_an_unknown_name_is_refused_by_it() {
    let source = Source::with(1).await;
    let import = Import::of(&source.django).await;
    std::fs::write(
        import.file("mapping.json"),
        r#"{"users": {"mail": "email"}}"#,
    )
    .unwrap();
    let ended = import.run(&["--mapping", "mapping.json"]).await;
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert!(ended.stderr.contains("mail"), "{ended:#?}");
}
