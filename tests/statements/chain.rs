//! Statements of adjacent intervals: nothing is in two of them, and nothing in none.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::files::{age, json as statement, ledger};
use crate::happenings::of_every_kind;
use crate::random::Random;

#[actix_web::test]
async fn the_closing_balance_of_one_statement_is_the_opening_balance_of_the_next() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 3, 80).await;
    age(&app, "2 hours").await;
    let ledger = ledger(&app, &alice).await;
    let whole = statement(&app, &alice, "").await;
    let all = whole["entries"].as_array().unwrap();
    assert_eq!(all.len(), ledger.len());
    assert_eq!(
        whole["opening"],
        json!({"balance": "0.00", "held": "0.00", "version": 0})
    );

    // At operations' own times, which are the first of the next interval, and one that has none.
    let mut random = Random::from_seed(3);
    let mut borders: Vec<String> = (0..12)
        .map(|_| {
            all[random.index(all.len())]["created_at"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    borders.push("2001-01-01T00:00:00Z".to_owned());
    borders.sort();
    let mut together: Vec<Value> = Vec::new();
    let mut before = whole["opening"].clone();
    let mut totals = [0, 0];
    for at in 0..=borders.len() {
        let from = at.checked_sub(1).map(|at| format!("from={}&", borders[at]));
        let to = borders.get(at).map(|to| format!("to={to}"));
        let query = from.unwrap_or_default() + &to.unwrap_or_default();
        let part = statement(&app, &alice, &query).await;
        assert_eq!(part["opening"], before, "{query}");
        before = part["closing"].clone();
        let entries = part["entries"].as_array().unwrap();
        let of_its_own = |time: &Value| {
            let time = time.as_str().unwrap();
            (at == 0 || time >= borders[at - 1].as_str())
                && borders.get(at).is_none_or(|to| time < to.as_str())
        };
        assert!(
            entries.iter().all(|entry| of_its_own(&entry["created_at"])),
            "{query}"
        );
        for (name, total) in ["total_in", "total_out"].into_iter().zip(&mut totals) {
            *total += cents(&part[name]["amount"]);
        }
        let moved = cents(&part["total_in"]["amount"]) - cents(&part["total_out"]["amount"]);
        let between = cents(&part["closing"]["balance"]) - cents(&part["opening"]["balance"]);
        assert_eq!(moved, between, "{query}");
        together.extend(entries.iter().cloned());
    }
    assert_eq!(before, whole["closing"]);
    assert_eq!(together, *all);
    let of_whole = ["total_in", "total_out"].map(|name| cents(&whole[name]["amount"]));
    assert_eq!(totals, of_whole);
    app.stop().await.unwrap();
}

#[actix_web::test]
async fn entries_are_those_of_the_history_with_the_balance_after_each() {
    let app = TestApp::spawn().await;
    let alice = of_every_kind(&app, 4, 60).await;
    let ledger = ledger(&app, &alice).await;
    let whole = statement(&app, &alice, "").await;
    let entries = whole["entries"].as_array().unwrap();
    for (entry, row) in entries.iter().zip(&ledger) {
        assert_eq!(entry["id"], row.seq);
        assert_eq!(entry["balance_after"], row.balance);
        assert_eq!(entry["held_after"], row.held);
        let (_, mut past) = app.get(&format!("{alice}operations/{}/", row.seq)).await;
        let members = past.as_object_mut().unwrap();
        // What may change afterwards, or is no matter of money.
        for name in ["reversed_by", "expires_at", "rules", "reason", "actor"] {
            members.remove(name);
        }
        members.insert("held_after".to_owned(), row.held.clone().into());
        assert_eq!(*entry, past);
    }
    let last = ledger.last().unwrap();
    let closing = json!({"balance": last.balance, "held": last.held, "version": last.seq});
    assert_eq!(whole["closing"], closing);
    app.stop().await.unwrap();
}

fn cents(amount: &Value) -> i64 {
    amount.as_str().unwrap().replace('.', "").parse().unwrap()
}
