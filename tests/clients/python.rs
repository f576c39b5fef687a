//! urllib3, and requests and httpx, which most clients in Python are made of.

use crate::bank::{Bank, RETRY_AFTER, Refusing};
use crate::faults::Fate::ResponseLost;
use crate::programs::{Got, python};

#[actix_web::test]
async fn a_deposit_whose_response_is_lost_is_not_repeated_by_urllib3_requests_or_httpx() {
    for library in ["urllib3", "requests", "httpx"] {
        let bank = Bank::open().await;
        let url = bank.deposit_url();
        bank.faults.plan(&[ResponseLost]);
        assert_eq!(python(&[library, "POST", &url, "rent"]).await, Got::Error);
        assert_eq!(bank.faults.statuses(), [200], "{library}");
        bank.assert_booked(1).await;

        // The caller repeats it: under its key nothing happens, without one it happens again.
        let repeated = python(&[library, "POST", &url, "rent"]).await;
        assert_eq!(repeated, Got::Status(200));
        bank.assert_replayed(2);
        bank.assert_booked(1).await;
        assert_eq!(python(&[library, "POST", &url]).await, Got::Status(200));
        bank.assert_booked(2).await;
        bank.close().await;
    }
}

#[actix_web::test]
async fn a_read_whose_response_is_lost_is_repeated_by_urllib3_but_not_by_requests_or_httpx() {
    let bank = Bank::open().await;
    let url = bank.wallet_url();
    for (library, got, requests) in [
        ("urllib3", Got::Status(200), 2),
        ("requests", Got::Error, 1),
        ("httpx", Got::Error, 1),
    ] {
        bank.faults.plan(&[ResponseLost]);
        assert_eq!(python(&[library, "GET", &url]).await, got, "{library}");
        assert_eq!(bank.faults.seen().len(), requests, "{library}");
    }
    bank.close().await;
}

#[actix_web::test]
async fn urllib3_repeats_put_and_delete_three_times_and_each_is_refused() {
    let bank = Bank::open().await;
    for method in ["PUT", "DELETE"] {
        bank.faults.plan(&[ResponseLost; 9]);
        let got = python(&["urllib3", method, &bank.deposit_url(), "rent"]).await;
        assert_eq!(got, Got::Error, "{method}");
        assert_eq!(bank.faults.statuses(), [405; 4], "{method}");
    }
    bank.assert_booked(0).await;
    bank.close().await;
}

#[actix_web::test]
async fn urllib3_repeats_a_read_after_the_retry_after_of_a_503_and_no_deposit() {
    let (bank, refusing) = (Bank::open().await, Refusing::start().await);
    bank.faults.plan(&[refusing.fate()]);
    let read = python(&["urllib3", "GET", &bank.wallet_url()]).await;
    assert_eq!(read, Got::Status(200));
    assert!(bank.assert_came_again() >= RETRY_AFTER);

    bank.faults.plan(&[refusing.fate()]);
    let deposit = python(&["urllib3", "POST", &bank.deposit_url(), "rent"]).await;
    assert_eq!(deposit, Got::Status(503));
    assert_eq!(bank.faults.statuses(), [503]);
    bank.assert_booked(0).await;
    bank.close().await;
    refusing.stop().await;
}
