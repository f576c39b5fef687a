//! What an idempotency key stands for.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::webhook::WebhookId;

/// Returns the hash that a key stands for: of what is done to which webhook, and of what is asked for. It is stored for ever, so it
/// never changes.
pub fn request_hash(doing: &str, id: Option<WebhookId>, asked: &impl Serialize) -> [u8; 32] {
    let id = id.map(|id| id.to_string());
    // Text of JSON, in which nothing of one part can be taken for another. Only a map with other keys than text is none.
    let text = serde_json::to_vec(&(doing, id, asked)).unwrap_or_default();
    debug_assert!(!text.is_empty(), "what is asked for is JSON");
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_hash_of_a_request_is_the_one_that_databases_have_already() {
        let id = Some(WebhookId(Uuid::nil()));
        let hash = request_hash("replay", id, &"now");
        let expected =
            Sha256::digest(br#"["replay","00000000-0000-0000-0000-000000000000","now"]"#);
        assert_eq!(hash, <[u8; 32]>::from(expected));
        assert_ne!(hash, request_hash("replay", None, &"now"));
        assert_ne!(hash, request_hash("rotate", id, &"now"));
        assert_ne!(hash, request_hash("replay", id, &"start"));
    }
}
