//! A ledger as a file.

use reqwest::Method;

use crate::adjustments::{key_in, page_of};
use crate::admin::{Admin, Answer};

fn file_of(wallet: &str) -> String {
    format!("{}operations.csv", page_of(wallet))
}

/// Makes a ledger of so many deposits of a cent.
async fn fill(admin: &Admin, wallet: &str, operations: i64) {
    let id = wallet.split('/').nth(3).unwrap();
    admin
        .execute(&format!(
            "INSERT INTO operations (wallet_id, seq, id, kind, amount, balance_after, created_at)
             SELECT '{id}', n, gen_random_uuid(), 'DEPOSIT', 0.01, n * 0.01, '2026-01-01Z'
             FROM generate_series(1, {operations}) n;
             UPDATE wallets SET balance = {operations} * 0.01, version = {operations} WHERE id = '{id}'"
        ))
        .await;
}

#[actix_web::test]
async fn a_ledger_s_file_is_this_to_the_byte() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let empty = admin.get(&file_of(&wallet)).await;
    let head = "\u{feff}number,time,kind,amount,balance_after,idempotency_key,reason,staff,transfer,other_wallet,reference,held_after,hold,expires_at,reverses,rules,approved_by\r\n";
    assert_eq!(empty.body, head);

    admin.app.deposit(&wallet, "10.50").await;
    let address = admin.app.url(&format!("{wallet}operation/"));
    let formula = serde_json::json!({"operationType": "WITHDRAW", "amount": "0.5"});
    let request = admin.app.http.post(&address).json(&formula);
    let keyed = request
        .header("idempotency-key", "=cmd|'/C'!A0")
        .send()
        .await
        .unwrap();
    assert_eq!(keyed.status(), 200);
    let key = key_in(&admin.get(&page_of(&wallet)).await);
    let reason = "=1+1, \"так надо\"";
    let fields = [
        ("key", key.as_str()),
        ("kind", "DEPOSIT"),
        ("amount", "5"),
        ("reason", reason),
    ];
    admin
        .post_confirmed(&format!("{}adjustment/", page_of(&wallet)), &fields)
        .await;
    admin
        .execute("UPDATE operations SET created_at = '2026-11-26 20:03:05.000042+03'")
        .await;

    let file = admin.get(&file_of(&wallet)).await;
    let at = "2026-11-26T17:03:05.000042Z";
    let rows = format!(
        "1,{at},DEPOSIT,10.50,10.50,,,,,,,0.00,,,,,\r\n\
         2,{at},WITHDRAW,0.50,10.00,\"'=cmd|'/C'!A0\",,,,,,0.00,,,,,\r\n\
         3,{at},DEPOSIT,5.00,15.00,\"staff {key}\",\"'=1+1, \"\"так надо\"\"\",\"operator\",,,,0.00,,,,,\r\n"
    );
    assert_eq!(file.body, format!("{head}{rows}"));
    let id = wallet.split('/').nth(3).unwrap();
    assert_eq!(
        file.header("content-disposition"),
        format!("attachment; filename=\"wallet-{id}.csv\"")
    );
    assert_eq!(
        file.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert_eq!(file.header("cache-control"), "no-store");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_hundred_thousand_operations_are_exported_each_once() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    fill(&admin, &wallet, 100_000).await;
    let file = admin.get(&file_of(&wallet)).await;
    let rows: Vec<&str> = file.body.lines().skip(1).collect();
    assert_eq!(rows.len(), 100_000);
    let numbers = rows
        .iter()
        .map(|row| row.split(',').next().unwrap().parse::<i32>().unwrap());
    assert!(numbers.eq(1..=100_000));
    let head = admin
        .send(admin.request(Method::HEAD, &file_of(&wallet)))
        .await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_export_that_cannot_be_finished_is_cut_and_never_looks_whole() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    fill(&admin, &wallet, 50_000).await;
    let request = admin.request(Method::GET, &file_of(&wallet));
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.chunk().await.unwrap().is_some());
    admin
        .execute("ALTER TABLE operations RENAME TO operations_gone")
        .await;
    let end = loop {
        match response.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert!(end.is_err(), "the answer's end came");
    admin
        .execute("ALTER TABLE operations_gone RENAME TO operations")
        .await;

    // A ledger with a gap has no whole file either.
    admin
        .execute("DELETE FROM operations WHERE seq = 30000")
        .await;
    let response = admin
        .request(Method::GET, &file_of(&wallet))
        .send()
        .await
        .unwrap();
    assert!(response.bytes().await.is_err());
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn an_export_needs_a_session() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let stranger = admin.other_browser();
    let led_away: Answer = stranger.get(&file_of(&wallet)).await;
    assert!(led_away.location().starts_with("/admin/sign-in/?next="));
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn a_client_s_key_is_no_formula_for_a_spreadsheet_that_splits_at_semicolons_or_tabs() {
    let admin = Admin::spawn().await;
    let wallet = admin.app.wallet("alice").await;
    let address = admin.app.url(&format!("{wallet}operation/"));
    let deposit = serde_json::json!({"operationType": "DEPOSIT", "amount": "1"});
    let keys = [
        ("x;=1+1;y", "x;'=1+1;y"),
        ("a,@b;-1", "a,'@b;'-1"),
        ("q;\"+1", "q;\"\"'+1"),
        ("'=1;'=2", "''=1;''=2"),
        ("2-1=1;5", "2-1=1;5"),
    ];
    for (key, _) in keys {
        let request = admin.app.http.post(&address).json(&deposit);
        let answer = request.header("idempotency-key", key).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{key}");
    }
    let file = admin.get(&file_of(&wallet)).await.body;
    for ((key, cell), row) in keys.iter().zip(file.lines().skip(1)) {
        assert!(
            row.ends_with(&format!(",\"{cell}\",,,,,,0.00,,,,,")),
            "{key}: {row}"
        );
        for part in row.split([';', '\t']) {
            let begins = part.trim_start_matches(['"', ' ']);
            assert!(!begins.starts_with(['=', '+', '-', '@']), "{row}: {part}");
        }
    }
    admin.app.stop().await.unwrap();
}
