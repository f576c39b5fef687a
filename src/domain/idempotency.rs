//! Idempotency: a repeated request is recognised by its key, and compared by its hash.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::hold::Expiry;
use super::rules::Gate;
use super::{Movement, Operation, Principal, Reference};

/// The length limit of a key.
pub const KEY_CHARS_MAX: usize = 255;

/// The prefix of [`IdempotencyKey::of_adjustment`]. No client's key can have the space.
const ADJUSTMENT: &str = "staff ";

/// A key of one operation on one wallet: a client's, of 1 to [`KEY_CHARS_MAX`] visible ASCII characters, or that of an
/// adjustment by staff, which no client can send.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(Arc<str>);

impl IdempotencyKey {
    /// Reads a client's key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=KEY_CHARS_MAX).contains(&text.len());
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && visible).then(|| Self(text.into()))
    }

    /// Returns the key of an adjustment. No client of the API can send it, so an operation under it is the adjustment.
    #[must_use]
    pub fn of_adjustment(id: Uuid) -> Self {
        Self(format!("{ADJUSTMENT}{id}").into())
    }

    /// Reads a key of the ledger, of either kind.
    #[must_use]
    pub fn recorded(text: &str) -> Option<Self> {
        match text.strip_prefix(ADJUSTMENT) {
            Some(id) => Uuid::try_parse(id).ok().map(Self::of_adjustment),
            None => Self::parse(text),
        }
    }

    /// Returns the adjustment that it is the key of, if any.
    #[must_use]
    pub fn adjustment(&self) -> Option<Uuid> {
        Uuid::try_parse(self.0.strip_prefix(ADJUSTMENT)?).ok()
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRequest {
    pub movement: Movement,
    /// With a key, the operation happens once, however often it is requested.
    pub key: Option<IdempotencyKey>,
    pub reference: Option<Reference>,
    /// Why, if it is to be recorded.
    pub reason: Option<Arc<str>>,
    /// Who asks for it, if that is known. The key stands for the same request whoever repeats it.
    pub principal: Option<Principal>,
}

impl<M: Into<Movement>> From<M> for OperationRequest {
    fn from(movement: M) -> Self {
        Self {
            movement: movement.into(),
            key: None,
            reference: None,
            reason: None,
            principal: None,
        }
    }
}

impl OperationRequest {
    /// What its key stands for.
    #[must_use]
    pub fn hash(&self) -> RequestHash {
        RequestHash::of(
            &self.movement,
            self.reference.as_ref(),
            self.reason.as_deref(),
        )
    }
}

/// The request under a key: SHA-256 of it as text, `DEPOSIT 100.00` or `TRANSFER 100.00 <receiver>`, with the reference, if
/// there is one, in a second line, and a reason in a line that begins with a tab. The ledger stores it, so the text must never
/// change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHash(pub [u8; 32]);

impl RequestHash {
    #[must_use]
    pub fn of(movement: &Movement, reference: Option<&Reference>, reason: Option<&str>) -> Self {
        let mut text = text_of(movement);
        if let Some(reference) = reference {
            text.push('\n');
            text.push_str(reference.as_str());
        }
        if let Some(reason) = reason {
            text.push_str("\n\t");
            text.push_str(reason);
        }
        Self(Sha256::digest(text).into())
    }
}

fn text_of(movement: &Movement) -> String {
    match movement {
        Movement::Operation(Operation { kind, amount }) => format!("{} {amount}", kind.as_str()),
        Movement::Transfer { to, amount } => format!("TRANSFER {amount} {to}"),
        Movement::Hold { amount, expiry } => match expiry {
            Expiry::In(seconds) => format!("HOLD {amount} in {seconds}"),
            Expiry::At(time) => format!("HOLD {amount} at {}", time.unix_timestamp_nanos()),
        },
        Movement::Capture(capture) => {
            let amount = or_dash(capture.amount);
            let is_final = if capture.is_final { "final" } else { "part" };
            let to = or_dash(capture.to);
            format!("CAPTURE {} {amount} {is_final} {to}", capture.hold)
        }
        Movement::Void { hold } => format!("VOID {hold}"),
        Movement::Reversal(reversal) => {
            format!(
                "REVERSE {} {}",
                reversal.original.seq,
                or_dash(reversal.amount)
            )
        }
        Movement::Rules(change) => {
            let nested = |limit: Option<Option<String>>| {
                or_dash(limit.map(|it| it.unwrap_or_else(|| "none".to_owned())))
            };
            format!(
                "RULES {} {} {} {} {} {} {}",
                or_dash(change.debits.map(Gate::as_str)),
                or_dash(change.credits.map(Gate::as_str)),
                or_dash(change.is_closed),
                or_dash(change.balance_min),
                nested(change.balance_max.map(|max| max.map(|it| it.to_string()))),
                nested(change.operation_max.map(|max| max.map(|it| it.to_string()))),
                nested(change.daily_out_max.map(|max| max.map(|it| it.to_string()))),
            )
        }
    }
}

fn or_dash(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Amount, OperationKind};

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        let longest = "k".repeat(KEY_CHARS_MAX);
        for text in ["k", "!", "~", "a\"b\\c,d", &longest] {
            assert_eq!(IdempotencyKey::parse(text).unwrap().as_str(), text);
        }
        let too_long = "k".repeat(KEY_CHARS_MAX + 1);
        for text in ["", " ", "a b", "a\tb", "a\u{7f}", "ключ", &too_long] {
            assert_eq!(IdempotencyKey::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_key_of_an_adjustment_is_read_from_the_ledger_and_never_from_a_client() {
        let key = IdempotencyKey::of_adjustment(Uuid::from_u128(7));
        let text = "staff 00000000-0000-0000-0000-000000000007";
        assert_eq!(key.as_str(), text);
        assert_eq!(key.adjustment(), Some(Uuid::from_u128(7)));
        assert_eq!(IdempotencyKey::recorded(text), Some(key));
        assert_eq!(IdempotencyKey::parse(text), None);
        for other in ["staff ", "staff 7", " staff", "a b", ""] {
            assert_eq!(IdempotencyKey::recorded(other), None, "{other:?}");
        }
        let clients = "staff-00000000-0000-0000-0000-000000000007";
        let key = IdempotencyKey::parse(clients);
        assert_eq!(IdempotencyKey::recorded(clients), key);
        assert_eq!(key.unwrap().adjustment(), None);
    }

    #[test]
    fn a_request_s_hash_is_the_one_that_the_ledger_holds_already() {
        let hash = |kind, cents| {
            let amount = Amount::from_cents(cents).unwrap();
            RequestHash::of(&Operation { kind, amount }.into(), None, None)
        };
        let recorded = [
            0x09, 0xbe, 0xe7, 0x8b, 0x02, 0x50, 0x81, 0x49, 0x34, 0x0f, 0xa3, 0xc1, 0xe8, 0x3d,
            0xba, 0x7c, 0x46, 0xdf, 0xe9, 0xe3, 0x24, 0x0a, 0xfb, 0x11, 0x24, 0x5a, 0x28, 0xca,
            0x3b, 0x4b, 0x0c, 0xe5,
        ];
        assert_eq!(hash(OperationKind::Deposit, 10_000), RequestHash(recorded));
        assert_ne!(hash(OperationKind::Withdraw, 10_000), RequestHash(recorded));
        assert_ne!(hash(OperationKind::Deposit, 10_001), RequestHash(recorded));
    }
}
