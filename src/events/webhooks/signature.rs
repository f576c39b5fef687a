//! The signature of a delivery, as Standard Webhooks 1.0 defines it: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secret::WebhookSecret;

/// What an entry of this scheme begins with.
const VERSION: &str = "v1,";

/// Returns the value of `webhook-signature`: one entry for each secret, separated by one space.
///
/// `timestamp` is the value of `webhook-timestamp`, in whole seconds: the public libraries read no other.
#[must_use]
pub fn signatures<'a>(
    secrets: impl IntoIterator<Item = &'a WebhookSecret>,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> String {
    let signed = secrets.into_iter().map(|secret| {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
            unreachable!("HMAC takes keys of every length");
        };
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        format!("{VERSION}{}", STANDARD.encode(mac.finalize().into_bytes()))
    });
    signed.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "evt_1";
    const TIMESTAMP: i64 = 1_700_000_000;
    const BODY: &[u8] = br#"{"type":"operation.deposit"}"#;

    fn secret(byte: u8) -> WebhookSecret {
        WebhookSecret::stored(&[byte; 24]).unwrap()
    }

    /// The expected value comes from `printf 'evt_1.1700000000.{...}' | openssl dgst -sha256 -hmac ... -binary | base64`.
    #[test]
    fn it_is_what_openssl_computes() {
        assert_eq!(
            signatures([&secret(b'k')], ID, TIMESTAMP, BODY),
            "v1,KVjEM1kugDiJPmBqFEqrxjsEBTkaibZyly/ACeYuVNg="
        );
    }

    #[test]
    fn each_secret_has_an_entry_after_one_space() {
        let (old, new) = (secret(1), secret(2));
        let both = signatures([&old, &new], ID, TIMESTAMP, BODY);
        let alone = [&old, &new].map(|secret| signatures([secret], ID, TIMESTAMP, BODY));
        assert_eq!(both, alone.join(" "));
        assert_ne!(alone[0], alone[1]);
    }

    #[test]
    fn id_time_and_body_are_all_signed() {
        let sign = |id, timestamp, body| signatures([&secret(1)], id, timestamp, body);
        let signed = sign(ID, TIMESTAMP, BODY);
        assert_ne!(signed, sign("evt_2", TIMESTAMP, BODY));
        assert_ne!(signed, sign(ID, TIMESTAMP + 1, BODY));
        assert_ne!(signed, sign(ID, TIMESTAMP, &BODY[1..]));
    }
}
