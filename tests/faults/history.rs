//! What was asked and what was answered, in the order in which it happened.
//!
//! A request is entered before its first byte is sent, and its answer after the last byte was read, or when it was
//! given up. Both take the next [`Moment`] of one clock, so whatever the engine did for a request, it did between the
//! two; and if one request was answered before another was sent, their moments say so.

use std::fmt;

use serde_json::{Map, Value, json};
use wallet_engine::domain::{Balance, Movement, Operation, OperationKind, WalletId};

use crate::told::{Reason, Receipt, Told};

/// A place in the history. Two moments are never equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub place: u64,
    /// Since the history began; for whoever reads it.
    pub at_us: u64,
}

impl Moment {
    pub const FIRST: Self = Self::of(0, 0);
    pub const NEVER: Self = Self::of(u64::MAX, u64::MAX);

    pub const fn of(place: u64, at_us: u64) -> Self {
        Self { place, at_us }
    }
}

/// One request to one engine, and what came of it.
#[derive(Clone, Debug)]
pub struct Call {
    pub client: usize,
    pub engine: usize,
    pub wallet: WalletId,
    pub request: Request,
    pub sent: Moment,
    /// [`Moment::NEVER`], with an [`Answer::Unknown`], while the request is under way.
    pub answered: Moment,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Read,
    /// An operation under its own key, for the first time or again; or without a key, named by [`unkeyed`].
    Operation {
        key: String,
        movement: Movement,
    },
    /// Another operation under a key that has been answered with success before.
    Misuse {
        key: String,
        operation: Operation,
    },
    /// What happens together or not at all, in its order: one movement between two wallets, or an atomic batch. The call's
    /// wallet is that of the first.
    Linked(Vec<Step>),
}

/// One step of what happens together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub wallet: WalletId,
    /// As of a [`Request::Operation`].
    pub key: String,
    pub movement: Movement,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A read.
    Balance(Balance),
    /// 200 or 201, and whether the header says that it had happened before.
    Applied { told: Told, replayed: bool },
    /// 201, or 200 of a batch: the receipts, one for one.
    Together(Vec<Receipt>),
    /// 400, 404 or 409: it was not possible.
    Refused(Reason),
    /// 404 or 409: the step of this index was not possible.
    RefusedAt(usize, Reason),
    /// What a wallet's part of a linked request was told; only the checker says so. Refused after these operations of
    /// the same request, unless it was for the other wallet's sake; or for another step's sake.
    PartRefused(Option<(Vec<Operation>, Reason)>),
    /// 422: the key belongs to another operation.
    OtherOperation,
    /// 503: nothing happened, and nothing will.
    NotAccepted,
    /// There was no connection, so nothing was sent.
    NotSent,
    /// 500, no answer, or the end of the client's patience: it may have happened, or may still.
    Unknown(String),
    /// What no engine may ever say.
    Unexpected(String),
}

/// How an operation without a key is named: by what it is. Clients ask for each of them once, in wallets where every
/// amount is another.
pub fn unkeyed(operation: &Operation) -> String {
    let kind = operation.kind.as_str();
    format!("{UNKEYED}{kind} {}", operation.amount)
}

/// What a movement asks for.
fn asked_line(movement: &Movement) -> Value {
    let Operation { kind, amount } = movement.operation();
    let mut line = json!({"asks": kind.as_str(), "amount": amount.to_string()});
    if let Some(to) = movement.other() {
        line["to"] = json!(to.to_string());
    }
    match movement {
        Movement::Operation(_) | Movement::Transfer { .. } => {}
        Movement::Hold { expiry, .. } => line["expires"] = json!(format!("{expiry:?}")),
        Movement::Capture(capture) => {
            line["hold"] = json!(capture.hold);
            line["final"] = json!(capture.is_final);
        }
        Movement::Void { hold } => line["hold"] = json!(hold),
        Movement::Reversal(reversal) => line["of"] = json!(reversal.original.seq),
        Movement::Rules(change) => line["rules"] = json!(format!("{change:?}")),
    }
    line
}

/// What no key begins with.
const UNKEYED: &str = "without a key: ";

/// Whether this is the name of an operation without a key.
pub fn is_unkeyed(name: &str) -> bool {
    name.starts_with(UNKEYED)
}

/// How the row in the other wallet is named, after the key in the row of the wallet that was asked.
pub fn received(key: &str) -> String {
    format!("{key} received")
}

impl Step {
    fn line(&self) -> Value {
        let mut line = asked_line(&self.movement);
        line["wallet"] = json!(self.wallet.to_string());
        line["key"] = json!(self.key);
        line
    }

    /// The rows that it makes for certain: wallet, name, and what is asked of that wallet alone. The first is that of its own
    /// wallet.
    pub fn rows(&self) -> Vec<(WalletId, String, Movement)> {
        let own = (self.wallet, self.key.clone(), self.movement.clone());
        let Some(other) = self.movement.other() else {
            return vec![own];
        };
        let Operation { kind, amount } = self.movement.operation();
        let kind = match kind {
            OperationKind::ReversalIn => OperationKind::ReversalOut,
            OperationKind::ReversalOut => OperationKind::ReversalIn,
            _ => OperationKind::TransferIn,
        };
        let operation = Operation { kind, amount };
        let name = if is_unkeyed(&self.key) {
            unkeyed(&operation)
        } else {
            received(&self.key)
        };
        vec![own, (other, name, operation.into())]
    }
}

impl Request {
    /// The key; of several operations, that of the first, by which they are named.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Read => None,
            Self::Operation { key, .. } | Self::Misuse { key, .. } => Some(key),
            Self::Linked(steps) => steps.first().map(|step| step.key.as_str()),
        }
    }

    /// Whether it asks for an effect, under a key of its own.
    pub fn is_operation(&self) -> bool {
        matches!(self, Self::Operation { .. } | Self::Linked(_))
    }
}

impl Answer {
    /// Whether it says that what was asked for has happened.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::Together(_))
    }

    /// Whether it says that what was asked for was not possible.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Refused(_) | Self::RefusedAt(..) | Self::PartRefused(_)
        )
    }
}

impl Call {
    /// A request that has just been sent.
    pub fn new(
        client: usize,
        engine: usize,
        wallet: WalletId,
        request: Request,
        sent: Moment,
    ) -> Self {
        Self {
            client,
            engine,
            wallet,
            request,
            sent,
            answered: Moment::NEVER,
            answer: Answer::Unknown("still under way".to_owned()),
        }
    }

    /// The history's line of the request.
    pub fn sent_line(&self, number: usize) -> Value {
        let mut line = json!({
            "place": self.sent.place, "at_us": self.sent.at_us, "call": number, "client": self.client,
            "engine": self.engine, "wallet": self.wallet.to_string(),
        });
        let asked = match &self.request {
            Request::Read => json!({"asks": "READ"}),
            Request::Operation { movement, .. } => asked_line(movement),
            Request::Misuse { operation, .. } => asked_line(&(*operation).into()),
            Request::Linked(steps) => {
                let steps: Value = steps.iter().map(Step::line).collect();
                json!({"asks": "TOGETHER", "steps": steps})
            }
        };
        if let (Value::Object(line), Value::Object(asked)) = (&mut line, asked) {
            line.extend(asked);
        }
        if let Request::Operation { key, .. } | Request::Misuse { key, .. } = &self.request {
            line["key"] = json!(key);
        }
        if let Request::Misuse { .. } = self.request {
            line["misuse"] = json!(true);
        }
        line
    }

    /// The history's line of the answer.
    pub fn answered_line(&self, number: usize) -> Value {
        let mut line = Map::new();
        if self.answered != Moment::NEVER {
            line.insert("place".to_owned(), json!(self.answered.place));
            line.insert("at_us".to_owned(), json!(self.answered.at_us));
        }
        line.insert("call".to_owned(), json!(number));
        line.insert("answer".to_owned(), json!(self.answer.to_string()));
        Value::Object(line)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Balance(balance) => write!(f, "balance {balance}"),
            Self::Applied { told, replayed } => {
                let again = if *replayed { ", replayed" } else { "" };
                write!(f, "applied{told}{again}")
            }
            Self::Together(receipts) => {
                f.write_str("applied together")?;
                for receipt in receipts {
                    let again = if receipt.replayed { ", replayed" } else { "" };
                    write!(f, "; {}{again}", receipt.told)?;
                }
                Ok(())
            }
            Self::Refused(reason) => write!(f, "refused: {reason}"),
            Self::RefusedAt(step, reason) => write!(f, "refused: {reason}, for step {step}"),
            Self::PartRefused(_) => f.write_str("refused together"),
            Self::OtherOperation => f.write_str("the key belongs to another operation"),
            Self::NotAccepted => f.write_str("not accepted"),
            Self::NotSent => f.write_str("not sent"),
            Self::Unknown(why) => write!(f, "unknown: {why}"),
            Self::Unexpected(what) => write!(f, "unexpected: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use wallet_engine::domain::{Amount, OperationKind};

    use super::*;

    #[test]
    fn a_call_is_two_lines_and_an_answer_that_never_came_has_no_moment() {
        let operation = Operation {
            kind: OperationKind::Withdraw,
            amount: Amount::MIN,
        };
        let misuse = Request::Misuse {
            key: "a".to_owned(),
            operation,
        };
        let mut call = Call::new(3, 1, WalletId(Uuid::nil()), misuse, Moment::of(4, 50));
        assert_eq!(
            call.sent_line(7),
            json!({
                "place": 4, "at_us": 50, "call": 7, "client": 3, "engine": 1,
                "wallet": "00000000-0000-0000-0000-000000000000",
                "asks": "WITHDRAW", "amount": "0.01", "key": "a", "misuse": true,
            })
        );
        assert_eq!(
            call.answered_line(7),
            json!({"call": 7, "answer": "unknown: still under way"})
        );
        call.answered = Moment::of(5, 60);
        call.answer = Answer::OtherOperation;
        assert_eq!(
            call.answered_line(7),
            json!({
                "place": 5, "at_us": 60, "call": 7,
                "answer": "the key belongs to another operation",
            })
        );
    }
}
