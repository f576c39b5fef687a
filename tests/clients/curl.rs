//! curl sends a POST again by itself: on a connection that is used again and closes before a byte of the response, without
//! `--retry`, with exit status 0. So the key is what keeps its user from paying twice.

use tokio::process::Command;

use crate::bank::Bank;
use crate::faults::Fate::{Answered, ResponseLost};

/// Deposits 1.00, after a GET on the same connection if the request is to be the second on it. Returns curl's exit status
/// and what it printed.
async fn curl(bank: &Bank, second: bool, key: Option<&str>) -> (i32, String) {
    let mut command = Command::new("curl");
    let options = ["--silent", "--show-error", "--noproxy", "*"];
    if second {
        command.args(options).arg(bank.wallet_url()).arg("--next");
    }
    command.args(options);
    command.args(["--header", "Content-Type: application/json"]);
    if let Some(key) = key {
        command.args(["--header", &format!("Idempotency-Key: {key}")]);
    }
    let deposit = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;
    command.args(["--data", deposit]).arg(bank.deposit_url());
    let output = command.output().await.unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), printed)
}

#[actix_web::test]
async fn a_deposit_that_curl_repeats_by_itself_happens_once_under_its_key() {
    let bank = Bank::open().await;
    bank.faults.plan(&[Answered, ResponseLost]);
    let (status, printed) = curl(&bank, true, Some("once")).await;
    let response = r#"{"status":"success","balance":"1.00"}"#;
    assert!(status == 0 && printed.ends_with(response), "{printed}");
    let seen = bank.faults.seen();
    assert_eq!(bank.faults.statuses(), [200, 200, 200]);
    assert!(!seen[1].replayed && seen[2].replayed, "{seen:?}");
    bank.assert_booked(1).await;
    bank.close().await;
}

#[actix_web::test]
async fn without_a_key_a_deposit_that_curl_repeats_by_itself_happens_twice() {
    let bank = Bank::open().await;
    bank.faults.plan(&[Answered, ResponseLost]);
    let (status, printed) = curl(&bank, true, None).await;
    let response = r#"{"status":"success","balance":"2.00"}"#;
    assert!(status == 0 && printed.ends_with(response), "{printed}");
    bank.assert_booked(2).await;
    bank.close().await;
}

#[actix_web::test]
async fn curl_does_not_repeat_a_deposit_on_a_fresh_connection() {
    let bank = Bank::open().await;
    bank.faults.plan(&[ResponseLost]);
    let (status, printed) = curl(&bank, false, Some("once")).await;
    assert_eq!((status, printed.as_str()), (52, ""), "an empty reply");
    bank.assert_booked(1).await;
    curl(&bank, false, Some("once")).await;
    bank.assert_replayed(2);
    bank.assert_booked(1).await;
    bank.close().await;
}
