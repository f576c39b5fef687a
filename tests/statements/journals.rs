//! Statements in CSV as plain-text accounting reads them, by the rules that we ship.

use std::path::Path;
use std::process::{Command, Output};

use crate::app::TestApp;
use crate::files::{age, download, json, ledger};
use crate::happenings::{all_kinds, kinds, of_every_kind};

/// The output of a program of `make statement-readers`.
fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .output();
    output.expect("`make statement-readers` installs what this needs")
}

fn succeeded(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The journal that hledger makes of a statement.
fn journal(directory: &Path, name: &str, csv: &str) -> String {
    let file = directory.join(name);
    std::fs::write(&file, csv).unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/statement.rules");
    let file = file.to_str().unwrap();
    succeeded("hledger", &["--rules-file", rules, "-f", file, "print"])
}

/// What either program has in the wallet's account, once it has checked every balance.
fn balances(journal: &Path) -> [String; 2] {
    let journal = journal.to_str().unwrap();
    ["hledger", "ledger"].map(|program| {
        let balance = succeeded(
            program,
            &["-f", journal, "balance", "assets:wallet", "--flat"],
        );
        let line = balance.lines().find(|line| line.contains("assets:wallet"));
        // An account without money is not listed.
        line.map_or("RUB0.00", |line| line.split_whitespace().next().unwrap())
            .to_owned()
    })
}

#[actix_web::test]
async fn hledger_and_ledger_come_to_the_closing_balance_over_several_statements() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 7, 120).await;
    assert_eq!(kinds(&app, &alice).await, all_kinds());
    age(&app, "3 days").await;
    let whole = json(&app, &alice, "").await;
    let closing = format!("RUB{}", whole["closing"]["balance"].as_str().unwrap());
    let directory = tempfile::tempdir().unwrap();

    let csv = download(&app, &alice, "format=csv").await.body;
    let of_whole = journal(directory.path(), "whole.csv", &csv);
    let file = directory.path().join("whole.journal");
    std::fs::write(&file, &of_whole).unwrap();
    assert_eq!(balances(&file), [closing.clone(), closing.clone()]);
    // Every operation, and the balances at both ends.
    let assertions = of_whole.matches(" = RUB").count();
    assert_eq!(assertions, ledger(&app, &alice).await.len() + 2);

    let entries = whole["entries"].as_array().unwrap();
    let middle = entries[entries.len() / 2]["created_at"].as_str().unwrap();
    let first = download(&app, &alice, &format!("to={middle}&format=csv"))
        .await
        .body;
    let second = download(&app, &alice, &format!("from={middle}&format=csv"))
        .await
        .body;
    let both = journal(directory.path(), "first.csv", &first)
        + &journal(directory.path(), "second.csv", &second);
    let file = directory.path().join("both.journal");
    std::fs::write(&file, &both).unwrap();
    assert_eq!(balances(&file), [closing.clone(), closing]);

    // A balance that is not what the operations make is noticed by both.
    let at = of_whole.rfind(" = RUB").unwrap() + " = RUB".len();
    let wrong = format!("{}9{}", &of_whole[..at], &of_whole[at..]);
    std::fs::write(&file, wrong).unwrap();
    for program in ["hledger", "ledger"] {
        let output = run(program, &["-f", file.to_str().unwrap(), "balance"]);
        assert!(!output.status.success(), "{program}: {output:?}");
    }
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn running_balances_of_the_csv_follow_from_its_amounts() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 8, 100).await;
    let file = download(&app, &alice, "format=csv").await.body;
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    let [amount, balance, held_change, held, kind] =
        ["amount", "balance", "held_change", "held", "kind"].map(column);
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let (mut running, mut running_held) = (0, 0);
    for record in &records {
        running += cents(&record[amount]);
        running_held += cents(&record[held_change]);
        assert_eq!(cents(&record[balance]), running, "{record:?}");
        assert_eq!(cents(&record[held]), running_held, "{record:?}");
    }
    assert_eq!(&records[0][kind], "OPENING_BALANCE");
    let closing = records.last().unwrap();
    assert_eq!(&closing[kind], "CLOSING_BALANCE");
    let [total_in, total_out] = ["total_in", "total_out"].map(|name| cents(&closing[column(name)]));
    assert_eq!(total_in - total_out, running);

    // References as they were sent, but for the apostrophes that guard them.
    let texts = records
        .iter()
        .map(|record| record[column("reference")].to_owned());
    let texts: Vec<_> = texts.collect();
    for (sent, written) in [
        ("=1+1", "'=1+1"),
        ("a;=1+1;b", "a;'=1+1;b"),
        ("<memo>&amp;]]>", "<memo>&amp;]]>"),
        ("😀 аренда", "😀 аренда"),
    ] {
        assert!(
            texts.iter().any(|text| text == written),
            "{sent}: {texts:?}"
        );
    }
    app.stop().await.unwrap();
}

/// The cents of an amount; an empty cell has none.
fn cents(amount: &str) -> i64 {
    let digits = amount.replace('.', "");
    if digits.is_empty() {
        0
    } else {
        digits.parse().unwrap()
    }
}
