//! What was sent and answered, against what the ledger has.

use std::collections::BTreeMap;

use tokio_postgres::Client;

/// A deposit that was sent.
#[derive(Clone, Debug)]
pub(super) struct Deposit {
    /// The wallet's path in the API.
    pub(super) wallet: String,
    /// The balance that was answered; `None` while, or if, there was no answer.
    pub(super) answer: Option<String>,
}

/// An operation in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The wallet's path in the API.
    pub(super) wallet: String,
    pub(super) cents: i64,
    pub(super) balance: String,
}

/// Everything that was sent up to a moment, by the amount in cents: no two deposits have the same.
pub(super) struct History(pub(super) BTreeMap<i64, Deposit>);

/// The whole ledger, each wallet's rows in their order.
pub(super) async fn read(client: &Client) -> Vec<Row> {
    let query =
        "SELECT '/api/wallets/' || wallet_id || '/', (amount * 100)::bigint, balance_after::text
                 FROM operations ORDER BY wallet_id, seq";
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter()
        .map(|row| Row {
            wallet: row.get(0),
            cents: row.get(1),
            balance: row.get(2),
        })
        .collect()
}

impl History {
    /// What was answered and is not in the ledger.
    pub(super) fn missing(&self, rows: &[Row]) -> Vec<String> {
        let mut missing = self.0.clone();
        missing.retain(|_, deposit| deposit.answer.is_some());
        for row in rows {
            missing.remove(&row.cents);
        }
        let missing = missing.iter();
        missing
            .map(|(cents, deposit)| format!("{cents} cents: {deposit:?}"))
            .collect()
    }

    /// What the ledger has and should not: twice, unsent, in another wallet or with another balance than answered.
    pub(super) fn wrong(&self, rows: &[Row]) -> Vec<String> {
        let mut unmet = self.0.clone();
        let wrong = rows.iter().filter(|row| {
            let same = |deposit: Deposit| {
                let balance = deposit.answer.as_ref().unwrap_or(&row.balance);
                deposit.wallet == row.wallet && *balance == row.balance
            };
            !unmet.remove(&row.cents).is_some_and(same)
        });
        wrong.map(|row| format!("{row:?}")).collect()
    }
}

#[test]
fn a_lost_a_doubled_a_foreign_and_a_wrong_row_are_found() {
    let deposit = |wallet: &str, answer: Option<&str>| Deposit {
        wallet: wallet.to_owned(),
        answer: answer.map(str::to_owned),
    };
    let row = |wallet: &str, cents, balance: &str| Row {
        wallet: wallet.to_owned(),
        cents,
        balance: balance.to_owned(),
    };
    let history = History(BTreeMap::from([
        (1, deposit("a", Some("0.01"))),
        (2, deposit("a", Some("0.03"))),
        (3, deposit("b", None)),
    ]));
    let [one, two, three] = [
        row("a", 1, "0.01"),
        row("a", 2, "0.03"),
        row("b", 3, "0.03"),
    ];
    let found = |rows: &[&Row]| {
        let rows: Vec<Row> = rows.iter().copied().cloned().collect();
        (history.missing(&rows).len(), history.wrong(&rows).len())
    };

    assert_eq!(
        found(&[&one, &two]),
        (0, 0),
        "an unanswered one may be absent"
    );
    assert_eq!(found(&[&one, &two, &three]), (0, 0), "or there");
    assert_eq!(found(&[&two, &three]), (1, 0), "lost");
    assert_eq!(found(&[&one, &two, &two]), (0, 1), "doubled");
    assert_eq!(
        found(&[&one, &two, &row("b", 4, "0.04")]),
        (0, 1),
        "never sent"
    );
    assert_eq!(
        found(&[&one, &row("b", 2, "0.03")]),
        (0, 1),
        "in another wallet"
    );
    assert_eq!(
        found(&[&one, &row("a", 2, "0.02")]),
        (0, 1),
        "with another balance"
    );
}
