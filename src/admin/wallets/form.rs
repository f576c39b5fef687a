//! The form of an adjustment: what it contains, and what is wrong with it.

use serde::Deserialize;
use uuid::Uuid;

use super::{money, submission};
use crate::domain::{Movement, Operation, OperationKind, WalletId};
use crate::messages::{Id, id};

/// The form as sent, or as shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub key: String,
    pub kind: String,
    /// Of a transfer: the wallet that receives it.
    pub to: String,
    pub amount: String,
    pub reason: String,
    /// Of the page that asks once more ([`Stage`](super::confirmation::Stage)).
    pub confirmed: String,
    pub edit: String,
    #[serde(skip)]
    pub mistakes: Mistakes,
}

/// The mistakes, by field.
#[derive(Debug, Default)]
pub struct Mistakes {
    pub kind: Option<Id>,
    pub to: Option<Id>,
    pub amount: Option<Id>,
    pub reason: Option<Id>,
}

impl Form {
    /// Makes an empty form with a new key.
    pub fn fresh() -> Self {
        Self {
            key: submission::fresh_key(),
            ..Self::default()
        }
    }

    /// Returns the key and what is to happen to the wallet; `None` if there are mistakes, which the form then has. White
    /// space in the reason becomes single spaces.
    pub fn check(&mut self, wallet: WalletId) -> Option<(Uuid, Movement)> {
        let kind = OperationKind::parse(&self.kind).filter(|kind| Movement::KINDS.contains(kind));
        let receiver = kind.map_or(Ok(None), |kind| receiver(&self.to, kind, wallet));
        let amount = money::amount(&self.amount);
        self.mistakes = Mistakes {
            kind: kind.is_none().then_some(id!("wallets-kind-missing")),
            to: receiver.err(),
            amount: amount.err().map(money::mistake),
            reason: submission::reason_mistake(&mut self.reason),
        };
        let key = submission::key(&mut self.key);
        let (Some(kind), Ok(receiver), Ok(amount), None) =
            (kind, receiver, amount, self.mistakes.reason)
        else {
            return None;
        };
        let movement = Movement::of(Operation { kind, amount }, receiver)?;
        Some((key?, movement))
    }
}

/// Reads the receiver of an adjustment of this kind. One that would be ignored is a mistake: it may be a transfer with the
/// wrong operation chosen.
fn receiver(text: &str, kind: OperationKind, wallet: WalletId) -> Result<Option<WalletId>, Id> {
    let text = text.trim();
    match (Movement::has_receiver(kind), text.is_empty()) {
        (false, true) => Ok(None),
        (false, false) => Err(id!("wallets-receiver-not-here")),
        (true, true) => Err(id!("wallets-receiver-missing")),
        (true, false) => match WalletId::parse(text) {
            Some(to) if to == wallet => Err(id!("wallets-receiver-same")),
            Some(to) => Ok(Some(to)),
            None => Err(id!("wallets-receiver-wrong")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALLET: WalletId = WalletId(Uuid::nil());

    fn checked(kind: &str, amount: &str, reason: &str) -> (Form, bool) {
        checked_with(kind, "", amount, reason)
    }

    fn checked_with(kind: &str, to: &str, amount: &str, reason: &str) -> (Form, bool) {
        let mut form = Form {
            kind: kind.to_owned(),
            to: to.to_owned(),
            amount: amount.to_owned(),
            reason: reason.to_owned(),
            ..Form::fresh()
        };
        let good = form.check(WALLET).is_some();
        (form, good)
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let (form, good) = checked("", "0", " a ");
        assert!(!good);
        assert_eq!(form.mistakes.kind, Some(id!("wallets-kind-missing")));
        assert_eq!(form.mistakes.amount, Some(id!("wallets-amount-zero")));
        assert_eq!(form.mistakes.reason, Some(id!("wallets-reason-short")));
    }

    #[test]
    fn a_transfer_has_a_receiver_and_nothing_else_has_one() {
        let own = WALLET.to_string();
        let other = "47C6A995-7685-412c-99fe-4259db91f18f";
        for (kind, to, mistake) in [
            ("DEPOSIT", " ", None),
            ("TRANSFER_OUT", &format!("\t{other} ") as &str, None),
            ("DEPOSIT", other, Some(id!("wallets-receiver-not-here"))),
            ("WITHDRAW", "x", Some(id!("wallets-receiver-not-here"))),
            ("TRANSFER_OUT", " ", Some(id!("wallets-receiver-missing"))),
            (
                "TRANSFER_OUT",
                &other[1..],
                Some(id!("wallets-receiver-wrong")),
            ),
            ("TRANSFER_OUT", &own, Some(id!("wallets-receiver-same"))),
        ] {
            let (form, good) = checked_with(kind, to, "1", "because");
            assert_eq!(form.mistakes.to, mistake, "{kind} {to:?}");
            assert_eq!(good, mistake.is_none(), "{kind} {to:?}");
        }
        // What it makes in the other ledger cannot be asked for, and says nothing of the receiver.
        let (form, _) = checked_with("TRANSFER_IN", other, "1", "because");
        assert_eq!(form.mistakes.kind, Some(id!("wallets-kind-missing")));
        assert_eq!(form.mistakes.to, None);
    }

    #[test]
    fn a_reason_is_3_to_500_characters_of_visible_text() {
        let longest = "ы".repeat(500);
        for reason in ["abc", " two\r\n lines\t", &longest] {
            assert!(checked("DEPOSIT", "1", reason).1, "{reason}");
        }
        assert_eq!(
            checked("DEPOSIT", "1", " two\r\n lines\t").0.reason,
            "two lines"
        );
        for (reason, mistake) in [
            (" ab ", id!("wallets-reason-short")),
            ("\u{3000}a\u{a0}", id!("wallets-reason-short")),
            ("bell \u{7}", id!("wallets-reason-odd")),
            ("turned \u{202e}txt", id!("wallets-reason-odd")),
            (&format!("{longest}x"), id!("wallets-reason-long")),
        ] {
            assert_eq!(
                checked("DEPOSIT", "1", reason).0.mistakes.reason,
                Some(mistake),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn a_key_that_is_not_the_form_s_is_replaced_and_nothing_done() {
        let mut form = checked("DEPOSIT", "1", "because").0;
        form.key = "mine".to_owned();
        assert!(form.check(WALLET).is_none());
        assert!(Uuid::try_parse(&form.key).is_ok());
    }
}
