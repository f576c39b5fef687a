//! stripe's libraries, as an example of clients of payment services: pointed at the engine, with keys of their own. They
//! send forms, which the engine takes as well.

use crate::bank::{Bank, Refusing};
use crate::faults::Fate::ResponseLost;
use crate::programs::{Got, node, python};

#[actix_web::test]
async fn with_its_retries_off_stripe_for_node_repeats_a_deposit_once_under_the_same_key() {
    let bank = Bank::open().await;
    bank.faults.plan(&[ResponseLost]);
    let got = node("stripe.mjs", &[&bank.deposit_url(), "0"]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_replayed(2);
    bank.assert_booked(1).await;
    bank.close().await;
}

#[actix_web::test]
async fn stripe_for_node_repeats_a_deposit_twice_under_the_same_key() {
    let bank = Bank::open().await;
    bank.faults.plan(&[ResponseLost; 9]);
    assert_eq!(node("stripe.mjs", &[&bank.deposit_url()]).await, Got::Error);
    bank.assert_replayed(3);
    bank.assert_booked(1).await;
    bank.close().await;
}

#[actix_web::test]
async fn stripe_for_node_repeats_a_deposit_that_was_refused_with_503() {
    let (bank, refusing) = (Bank::open().await, Refusing::start().await);
    bank.faults.plan(&[refusing.fate()]);
    let got = node("stripe.mjs", &[&bank.deposit_url()]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_came_again();
    bank.assert_booked(1).await;
    bank.close().await;
    refusing.stop().await;
}

#[actix_web::test]
async fn stripe_for_python_repeats_a_deposit_if_it_is_called_through_its_module() {
    let bank = Bank::open().await;
    let url = bank.deposit_url();
    bank.faults.plan(&[ResponseLost; 9]);
    let got = python(&["stripe_client", "POST", &url]).await;
    assert_eq!(got, Got::Error);
    bank.assert_replayed(1);
    bank.assert_booked(1).await;

    bank.faults.plan(&[ResponseLost; 2]);
    let got = python(&["stripe_module", "POST", &url]).await;
    assert_eq!(got, Got::Status(200));
    bank.assert_replayed(3);
    bank.assert_booked(2).await;
    bank.close().await;
}
