//! Clients of an engine with `WALLET_AUTH` on: each sends its key as it sends another service's, and repeats under it what it
//! repeats; no client repeats what is refused with 401.

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::bank::Bank;
use crate::faults::Fate::ResponseLost;
use crate::programs::{Got, java_with, node_with, python_with};

#[actix_web::test]
async fn stripes_libraries_send_the_key_and_repeat_a_deposit_under_it() {
    let (bank, key) = Bank::closed().await;
    let url = bank.deposit_url();
    bank.faults.plan(&[ResponseLost; 2]);
    let got = node_with(Some(&key), "stripe.mjs", &[&url]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_replayed(3);
    bank.assert_booked(1).await;

    bank.faults.plan(&[ResponseLost; 2]);
    let got = python_with(Some(&key), &["stripe_module", "POST", &url]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_replayed(3);
    bank.assert_booked(2).await;
    bank.close().await;
}

#[actix_web::test]
async fn a_generated_client_sends_the_key_in_place_of_its_own_credentials() {
    let (bank, key) = Bank::closed().await;
    let url = bank.deposit_url();
    bank.faults.plan(&[ResponseLost; 2]);
    let got = python_with(Some(&key), &["modern_treasury", "POST", &url]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_replayed(3);
    bank.assert_booked(1).await;
    bank.close().await;
}

#[actix_web::test]
async fn what_pythons_libraries_java_and_curl_send_as_a_header_is_the_key() {
    let (bank, key) = Bank::closed().await;
    let url = bank.deposit_url();
    for library in ["urllib3", "requests", "httpx"] {
        let got = python_with(Some(&key), &[library, "POST", &url]).await;
        assert_eq!(got, Got::Status(200), "{library}");
    }
    assert_eq!(
        java_with(Some(&key), &["POST", &url]).await,
        Got::Status(200)
    );
    assert_eq!(curl(&url, &format!("Bearer {}", key.expose())).await, "200");
    // The scheme is in any case.
    assert_eq!(
        curl(&url, &format!("bearer  {}", key.expose())).await,
        "200"
    );
    bank.assert_booked(6).await;
    bank.close().await;
}

#[actix_web::test]
async fn a_redirect_to_the_final_slash_keeps_the_key() {
    let (bank, key) = Bank::closed().await;
    let url = bank.deposit_url();
    let url = url.strip_suffix('/').unwrap();
    bank.faults.plan(&[]);
    let got = python_with(Some(&key), &["requests", "POST", url, "rent"]).await;
    assert_eq!(got, Got::Status(200));
    assert_eq!(bank.faults.statuses(), [308, 200]);
    bank.assert_booked(1).await;
    bank.close().await;
}

#[actix_web::test]
async fn no_client_repeats_a_request_that_is_refused_without_a_key() {
    let (bank, _) = Bank::closed().await;
    let url = bank.deposit_url();
    // Libraries of services send credentials of their own.
    for (library, got) in [
        ("urllib3", Got::Status(401)),
        ("requests", Got::Status(401)),
        ("httpx", Got::Status(401)),
        ("stripe_module", Got::Error),
        ("modern_treasury", Got::Error),
    ] {
        bank.faults.plan(&[]);
        let sent = python_with(None, &[library, "POST", &url]).await;
        assert_eq!(sent, got, "{library}");
        assert_eq!(bank.faults.statuses(), [401], "{library}");
    }
    bank.faults.plan(&[]);
    let got = node_with(None, "stripe.mjs", &[&url]).await;
    assert_eq!(got, Got::Status(401));
    assert_eq!(bank.faults.statuses(), [401]);
    bank.faults.plan(&[]);
    assert_eq!(java_with(None, &["POST", &url]).await, Got::Status(401));
    assert_eq!(bank.faults.statuses(), [401]);
    bank.assert_booked(0).await;
    bank.close().await;
}

/// Deposits 1.00 with curl; the status. The header is on standard input, as an argument would be seen by every process.
async fn curl(url: &str, authorization: &str) -> String {
    let written = [
        "-s",
        "--noproxy",
        "*",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
    ];
    let headers = ["-H", "@-", "-H", "Content-Type: application/json"];
    let deposit = r#"{"operationType":"DEPOSIT","amount":"1.00"}"#;
    let mut command = Command::new("curl");
    command
        .args(written)
        .args(headers)
        .args(["-d", deposit, url]);
    command.stdin(std::process::Stdio::piped());
    command.stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let header = format!("Authorization: {authorization}\n");
    stdin.write_all(header.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}
