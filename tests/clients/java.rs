//! Java's `HttpClient`.

use crate::bank::Bank;
use crate::faults::Fate::ResponseLost;
use crate::programs::{Got, java};

#[actix_web::test]
async fn java_repeats_a_read_whose_response_is_lost_and_no_deposit() {
    let bank = Bank::open().await;
    bank.faults.plan(&[ResponseLost]);
    assert_eq!(java(&["GET", &bank.wallet_url()]).await, Got::Status(200));
    assert_eq!(bank.faults.statuses(), [200, 200]);

    let url = bank.deposit_url();
    bank.faults.plan(&[ResponseLost]);
    assert_eq!(java(&["POST", &url, "rent"]).await, Got::Error);
    assert_eq!(bank.faults.statuses(), [200]);
    bank.assert_booked(1).await;
    assert_eq!(java(&["POST", &url, "rent"]).await, Got::Status(200));
    bank.assert_replayed(2);
    bank.assert_booked(1).await;

    for request in bank.faults.seen() {
        assert_eq!(request.upgrade.as_deref(), Some("h2c"), "it is offered");
    }
    bank.close().await;
}
