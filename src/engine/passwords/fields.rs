//! The fields of a stored text, between its `$`. Each has one spelling: Django compares whole texts, so another one never matches there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Reads a positive number in decimal digits, without a sign, a space or a leading zero.
pub(super) fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain)
}

/// Reads base64 with its padding, of exactly so many bytes.
pub(super) fn padded_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Returns the text as a salt, which Django hashes as it is written; it has to have one.
pub(super) fn salt(text: &str) -> Option<Vec<u8>> {
    (!text.is_empty()).then(|| text.as_bytes().to_vec())
}

/// Returns the fields, if there are that many.
pub(super) fn split<const N: usize>(text: &str) -> Option<[&str; N]> {
    let fields: Vec<&str> = text.splitn(N + 1, '$').collect();
    fields.try_into().ok()
}
