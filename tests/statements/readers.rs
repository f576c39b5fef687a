//! Statements as accounting libraries read them: OFX and camt.053.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::app::TestApp;
use crate::files::{Row, download, id, ledger};
use crate::happenings::{all_kinds, kinds, of_every_kind};

/// What the program of `tests/statements/readers` prints of the file.
async fn read(reader: &str, file: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = root.join("target/statement-readers");
    let program: PathBuf = root.join("tests/statements/readers").join(reader);
    let mut child = Command::new(packages.join("python"))
        .env("PYTHONPATH", &packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("`make statement-readers` installs what this needs");
    let mut input = child.stdin.take().unwrap();
    input.write_all(file.as_bytes()).await.unwrap();
    drop(input);
    let output = child.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The rows that changed the balance.
fn moved(ledger: &[Row]) -> impl Iterator<Item = &Row> {
    ledger.iter().filter(|row| row.moves_money())
}

#[actix_web::test]
async fn ofxtools_reads_every_change_of_the_balance_and_comes_to_the_closing_balance() {
    let app = TestApp::spawn_with(|config| config.server.currency = "EUR".parse().unwrap()).await;
    let alice = of_every_kind(&app, 21, 150).await;
    assert_eq!(kinds(&app, &alice).await, all_kinds());
    let ledger = ledger(&app, &alice).await;
    let file = download(&app, &alice, "format=ofx").await;
    let read = read("ofx.py", &file.body).await;

    let last = ledger.last().unwrap();
    assert_eq!(read["closing"], last.balance);
    assert_eq!(
        (&read["opening"], &read["currency"]),
        (&json!("0.00"), &json!("EUR"))
    );
    let entries = read["entries"].as_array().unwrap();
    let wallet = id(&alice);
    let expected = moved(&ledger).map(|row| {
        let reference = row
            .reference
            .as_deref()
            .map(|text| text.replace('\u{fffe}', "\u{fffd}"));
        let memo = reference
            .as_deref()
            .map(str::trim)
            .filter(|memo| !memo.is_empty());
        let kind = match (row.transfer.is_some(), row.change.starts_with('-')) {
            (true, _) if row.kind.starts_with("TRANSFER") => "XFER",
            (_, true) => "DEBIT",
            (_, false) => "CREDIT",
        };
        json!({
            "id": format!("{wallet}-{}", row.seq), "amount": row.change, "day": row.day,
            "type": kind, "kind": row.kind, "reference": memo,
        })
    });
    assert_eq!(*entries, expected.collect::<Vec<_>>());
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn camt_053_keeps_the_published_schema_and_its_reader_comes_to_the_closing_balance() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 53, 150).await;
    let ledger = ledger(&app, &alice).await;
    let file = download(&app, &alice, "format=camt053").await;
    let read = read("camt.py", &file.body).await;

    assert_eq!(read["closing"], ledger.last().unwrap().balance);
    assert_eq!(read["opening"], "0.00");
    assert_eq!(read["currency"], "RUB");
    assert_eq!(read["account"], id(&alice).replace('-', ""));
    let entries = read["entries"].as_array().unwrap();
    let expected = moved(&ledger).map(|row| {
        json!({
            "id": row.seq.to_string(), "amount": row.change, "day": row.day, "reversal": row.is_reversal,
            "transfer": row.transfer.as_ref().map(|transfer| transfer.replace('-', "")),
        })
    });
    assert_eq!(*entries, expected.collect::<Vec<_>>());
    let references = moved(&ledger).filter_map(|row| row.reference.as_deref());
    let references = references.map(|text| text.replace('\u{fffe}', "\u{fffd}"));
    assert_eq!(read["references"], json!(references.collect::<Vec<_>>()));
    let (incoming, outgoing): (Vec<&Row>, Vec<&Row>) =
        moved(&ledger).partition(|row| !row.change.starts_with('-'));
    let count = |rows: &[&Row]| json!(rows.len().to_string());
    assert_eq!(read["summary"]["TtlCdtNtries"][0], count(&incoming));
    assert_eq!(read["summary"]["TtlDbtNtries"][0], count(&outgoing));
    assert!(ledger.iter().any(|row| row.is_reversal));
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn readers_agree_on_the_days_of_a_month_and_take_an_empty_statement() {
    let app = TestApp::spawn().await;
    let alice = app.wallet("alice").await;
    app.deposit(&alice, "1.00").await;
    app.deposit(&alice, "2.00").await;
    let id = id(&alice);
    crate::files::execute(
        &app,
        &format!(
            "UPDATE wallets SET created_at = '2026-01-01Z' WHERE id = '{id}';
             UPDATE operations SET created_at = '2026-01-01 00:00:00Z' WHERE seq = 1;
             UPDATE operations SET created_at = '2026-01-31 23:59:59.999999Z' WHERE seq = 2"
        ),
    )
    .await;
    let january = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
    let february = "from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z";
    for (month, days, [opened, closed], balances) in [
        (
            january,
            &["2026-01-01", "2026-01-31"][..],
            ["2026-01-01", "2026-01-31"],
            ["0.00", "3.00"],
        ),
        (
            february,
            &[][..],
            ["2026-02-01", "2026-02-28"],
            ["3.00", "3.00"],
        ),
    ] {
        for (format, reader) in [("ofx", "ofx.py"), ("camt053", "camt.py")] {
            let file = download(&app, &alice, &format!("{month}&format={format}")).await;
            let read = read(reader, &file.body).await;
            let entries = read["entries"].as_array().unwrap();
            let read_days: Vec<_> = entries.iter().map(|entry| &entry["day"]).collect();
            assert_eq!(read_days, days, "{format}");
            assert_eq!([&read["opening"], &read["closing"]], balances, "{format}");
            assert_eq!(read["available"], read["closing"]);
            if format == "camt053" {
                assert_eq!([&read["opened"], &read["closed"]], [opened, closed]);
            }
        }
    }
    app.stop().await.unwrap();
}
