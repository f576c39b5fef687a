//! What every body is put to: both endpoints read it.

use bytes::Bytes;
use futures_util::FutureExt;
use wallet_engine::api::fuzzing;
use wallet_engine::domain::Amount;

/// Either endpoint takes the body for what it can be relied on to be, or refuses it with a 4xx; neither waits for
/// anything, since all of it has come.
pub fn read_by_both_endpoints(content_type: &[u8], body: &[u8]) {
    let body = Bytes::copy_from_slice(body);
    let operation = fuzzing::operation(content_type, body.clone()).now_or_never();
    match operation.expect("it is read at once") {
        Ok(operation) => assert!((Amount::MIN..=Amount::MAX).contains(&operation.amount)),
        Err(status) => assert!(status.is_client_error(), "{status}"),
    }
    let registration = fuzzing::registration(content_type, body).now_or_never();
    match registration.expect("it is read at once") {
        Ok(registration) => {
            let username = registration.username.as_str();
            assert!(!username.is_empty() && username.chars().count() <= 150);
            assert!(!username.contains('\0') && !registration.password.expose().contains(&0));
        }
        Err(status) => assert!(status.is_client_error(), "{status}"),
    }
}
