//! What happens to wallets: operations of every kind, drawn from a seed.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wallet_engine::domain::OperationKind;

use crate::app::TestApp;
use crate::files::{execute, id, ledger};
use crate::random::Random;

/// References that some reader might take for something else.
pub const REFERENCES: [&str; 12] = [
    "rent, May",
    "a;=1+1;b",
    "=1+1",
    "\"quoted\" and 'quoted'",
    "\u{a0}between two no-break spaces\u{a0}",
    "😀 аренда",
    "<memo>&amp;]]>",
    "OPENING_BALANCE",
    "[2001/01/01] date:2001-01-01",
    "key:: 1/0",
    "not in XML: \u{fffe}",
    " ",
];

/// Lets so many things happen to two new wallets, and gives the first.
pub async fn of_every_kind(app: &TestApp, seed: u64, count: usize) -> String {
    let [alice, bob] = [app.wallet("alice").await, app.wallet("bob").await];
    open(app, &alice).await;
    for wallet in [&alice, &bob] {
        assert_eq!(app.deposit(wallet, "5000").await.0, 200);
    }
    let mut random = Random::from_seed(seed);
    for _ in 0..count {
        let reference = REFERENCES[random.index(REFERENCES.len())];
        something(app, &mut random, [&alice, &bob], reference).await;
    }
    // Not left to chance.
    for reference in REFERENCES {
        let body = json!({"to": id(&bob), "amount": "0.01", "reference": reference});
        let (status, answer) = app.post(&format!("{alice}transfers/"), &body).await;
        assert_eq!(status, 201, "{answer}");
    }
    for rules in [
        json!({"debits": "frozen"}),
        json!({"debits": "open"}),
        json!({"operation_max": "100000.00"}),
    ] {
        change_rules(app, &alice, rules).await;
    }
    alice
}

/// Brings a balance of 10.00 over into a new wallet, as an import does.
async fn open(app: &TestApp, wallet: &str) {
    let entries = format!(
        "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after) VALUES
            ('{0}', 1, gen_random_uuid(), 'OPENING', 12.34, 12.34),
            ('{0}', 2, gen_random_uuid(), 'OPENING_REDUCTION', 2.34, 10.00);
        UPDATE wallets SET balance = 10.00, version = 2 WHERE id = '{0}'",
        id(wallet)
    );
    execute(app, &entries).await;
}

/// The kinds of operations in the wallet's ledger.
pub async fn kinds(app: &TestApp, wallet: &str) -> BTreeSet<String> {
    let ledger = ledger(app, wallet).await;
    ledger.into_iter().map(|row| row.kind).collect()
}

/// Every kind but those of a wallet that is closed.
pub fn all_kinds() -> BTreeSet<String> {
    let closing = [OperationKind::Close, OperationKind::Reopen];
    let kinds = OperationKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| !closing.contains(kind));
    kinds.map(|kind| kind.as_str().to_owned()).collect()
}

async fn something(app: &TestApp, random: &mut Random, wallets: [&str; 2], reference: &str) {
    let [from, to] = if random.one_in(2) {
        wallets
    } else {
        [wallets[1], wallets[0]]
    };
    let cents = random.cents(20_000);
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    match random.below(7) {
        0 => drop(app.deposit(from, &amount).await),
        1 => drop(app.withdraw(from, &amount).await),
        2 => {
            let body = json!({"to": id(to), "amount": amount, "reference": reference});
            app.post(&format!("{from}transfers/"), &body).await;
        }
        3 => {
            let body = json!({"amount": amount, "reference": reference});
            app.post(&format!("{from}holds/"), &body).await;
        }
        4 => {
            let Some(hold) = open_hold(app, from, random).await else {
                return;
            };
            let body = match random.below(3) {
                0 => json!({"amount": "0.01", "final": false}),
                1 => json!({"amount": "0.01", "final": true}),
                _ => json!({"to": id(to)}),
            };
            app.post(&format!("{from}holds/{hold}/capture/"), &body)
                .await;
        }
        5 => {
            let Some(hold) = open_hold(app, from, random).await else {
                return;
            };
            app.post(&format!("{from}holds/{hold}/void/"), &json!({}))
                .await;
        }
        _ => {
            let last = ledger(app, from).await.len();
            let operation = random.index(last) + 1;
            let body = json!({"amount": "0.01"});
            app.post(&format!("{from}operations/{operation}/reverse/"), &body)
                .await;
        }
    }
}

async fn open_hold(app: &TestApp, wallet: &str, random: &mut Random) -> Option<Value> {
    let (_, page) = app.get(&format!("{wallet}holds/?status=open")).await;
    let holds = page["results"].as_array().unwrap();
    (!holds.is_empty()).then(|| holds[random.index(holds.len())]["id"].clone())
}

async fn change_rules(app: &TestApp, wallet: &str, mut rules: Value) {
    rules["reason"] = "a test".into();
    let url = app.url(&format!("{wallet}rules/"));
    let answer = app.http.patch(url).json(&rules).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}
