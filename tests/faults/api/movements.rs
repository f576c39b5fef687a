//! Holds, captures, voids, reversals and rules: how each is asked for, and what it is answered with.

use serde_json::{Map, Value, json};
use wallet_engine::domain::hold::{Expiry, HoldStatus};
use wallet_engine::domain::linked::{Counterpart, TransferId};
use wallet_engine::domain::reversal::{Original, Reversal};
use wallet_engine::domain::rules::RulesChange;
use wallet_engine::domain::{Amount, Balance, Movement, Operation, OperationKind, WalletId};

use super::{
    Answer, Api, RequestBuilder, balance, operation_answer, transfer_answer, unexpected, with_key,
};
use crate::told::{HoldTold, Reason, Receipt, Told};

/// Entries of a history that are asked for.
const ENTRIES: usize = 20;

/// An entry of a wallet's history.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    pub seq: i64,
    pub operation: Operation,
    /// The wallet of the other row, and what both share.
    pub other: Option<(WalletId, TransferId)>,
}

impl Past {
    /// Its reversal; of the original, as much as the client knows.
    pub fn reversal(&self, amount: Option<Amount>) -> Movement {
        let counterpart = self.other.map(|(wallet, transfer)| Counterpart {
            wallet,
            seq: 0,
            transfer: Some(transfer),
        });
        Movement::Reversal(Box::new(Reversal {
            original: Original {
                seq: self.seq,
                operation: self.operation,
                counterpart,
                reversed: Balance::ZERO,
                as_of: 0,
                incarnation: 0,
            },
            amount,
        }))
    }

    fn read(entry: &Value) -> Option<Self> {
        let amount: Balance = Balance::parse(entry["amount"].as_str()?)?;
        let transfer = entry["transfer"].as_str().map(str::parse);
        let other = entry["other_wallet"].as_str().and_then(WalletId::parse);
        let transfer = transfer.transpose().ok()?.map(TransferId);
        Some(Self {
            seq: entry["id"].as_i64()?,
            operation: Operation {
                kind: OperationKind::parse(entry["kind"].as_str()?)?,
                amount: Amount::from_cents(amount.cents()).unwrap_or(Amount::ZERO),
            },
            other: other.zip(transfer),
        })
    }
}

impl Api {
    /// The last entries of the wallet's history; none if there is no answer. It is no part of the run's history.
    pub async fn past(&self, engine: usize, wallet: WalletId) -> Vec<Past> {
        let path = self.path(engine, wallet);
        let asking = self.http.get(format!("{path}operations/?limit={ENTRIES}"));
        let asking = asking.timeout(crate::client::PATIENT);
        let Ok((200, _, body)) = super::answered(asking).await else {
            return Vec::new();
        };
        let page: Value = serde_json::from_str(&body).unwrap_or_default();
        let entries = page["results"].as_array();
        entries
            .into_iter()
            .flatten()
            .map(|entry| Past::read(entry).unwrap_or_else(|| panic!("no entry: {entry}")))
            .collect()
    }

    /// Asks the wallet of that address.
    pub(super) fn movement(&self, path: &str, key: &str, movement: &Movement) -> RequestBuilder {
        let (place, body) = asked(movement);
        let url = format!("{path}{place}");
        let asking = match movement {
            Movement::Rules(_) => self.http.patch(url),
            _ => self.http.post(url),
        };
        with_key(asking, key).json(&body)
    }
}

/// The rest of the address, and the body.
fn asked(movement: &Movement) -> (String, Value) {
    match movement {
        Movement::Operation(Operation { kind, amount }) => {
            let body = json!({"operationType": kind.as_str(), "amount": amount.to_string()});
            ("operation/".to_owned(), body)
        }
        Movement::Transfer { to, amount } => {
            let body = json!({"to": to.to_string(), "amount": amount.to_string()});
            ("transfers/".to_owned(), body)
        }
        Movement::Hold { amount, expiry } => {
            let Expiry::In(seconds) = expiry else {
                unreachable!("no client says when")
            };
            let body = json!({"amount": amount.to_string(), "expires_in": seconds});
            ("holds/".to_owned(), body)
        }
        Movement::Capture(capture) => {
            let mut body = with_amount(capture.amount);
            body.insert("final".to_owned(), json!(capture.is_final));
            if let Some(to) = capture.to {
                body.insert("to".to_owned(), json!(to.to_string()));
            }
            (format!("holds/{}/capture/", capture.hold), body.into())
        }
        Movement::Void { hold } => (format!("holds/{hold}/void/"), json!({})),
        Movement::Reversal(reversal) => {
            let body = with_amount(reversal.amount);
            let place = format!("operations/{}/reverse/", reversal.original.seq);
            (place, body.into())
        }
        Movement::Rules(change) => ("rules/".to_owned(), rules_body(change)),
    }
}

fn with_amount(amount: Option<Amount>) -> Map<String, Value> {
    let amount = amount.map(|amount| ("amount".to_owned(), json!(amount.to_string())));
    amount.into_iter().collect()
}

fn rules_body(change: &RulesChange) -> Value {
    let mut body = json!({"reason": "a change of the run"});
    if let Some(gate) = change.debits {
        body["debits"] = json!(gate.as_str());
    }
    if let Some(max) = change.daily_out_max {
        body["daily_out_max"] = json!(max.map(|max| max.to_string()));
    }
    body
}

/// How the answer to a movement of one wallet is read.
pub(super) fn reader(movement: &Movement) -> fn(u16, bool, &str) -> Answer {
    match movement {
        Movement::Operation(_) => operation_answer,
        Movement::Hold { .. } => |status, replayed, body| {
            moved(status, 201, replayed, body, |told| hold(told).map(of_hold))
        },
        Movement::Capture(_) | Movement::Void { .. } => |status, replayed, body| {
            moved(status, 200, replayed, body, |told| {
                let hold = Some(hold(&told["hold"])?);
                Some(Told { hold, ..row(told)? })
            })
        },
        Movement::Reversal(_) => |status, replayed, body| moved(status, 201, replayed, body, row),
        Movement::Rules(_) => |status, replayed, body| {
            moved(status, 200, replayed, body, |told| {
                told["debits"].is_string().then(Told::default)
            })
        },
        Movement::Transfer { .. } => transfer_answer,
    }
}

/// How the answer to a movement between two wallets is read.
pub(super) fn reader_of_two(movement: &Movement) -> fn(u16, bool, &str) -> Answer {
    match movement {
        Movement::Capture(_) => |status, replayed, body| {
            let captured = reader(&Movement::Void { hold: 0 });
            of_two(captured(status, replayed, body))
        },
        _ => |status, replayed, body| of_two(moved(status, 201, replayed, body, row)),
    }
}

/// The answer to the one step of what happens together.
fn of_two(answer: Answer) -> Answer {
    match answer {
        Answer::Applied { told, replayed } => Answer::Together(vec![Receipt {
            told,
            transfer: None,
            replayed,
        }]),
        Answer::Refused(reason) => Answer::RefusedAt(0, reason),
        answer => answer,
    }
}

/// Reads an answer whose success has that status.
fn moved(
    status: u16,
    success: u16,
    replayed: bool,
    body: &str,
    read: fn(&Value) -> Option<Told>,
) -> Answer {
    let told: Value = serde_json::from_str(body).unwrap_or_default();
    let answer = match (status, told["code"].as_str()) {
        (404 | 409, Some(code)) => Reason::of_code(code).map(Answer::Refused),
        (422, Some("key_reused")) => Some(Answer::OtherOperation),
        (500, _) => Some(Answer::Unknown("500".to_owned())),
        (503, _) => Some(Answer::NotAccepted),
        (status, None) if status == success => {
            read(&told).map(|told| Answer::Applied { told, replayed })
        }
        _ => None,
    };
    answer.unwrap_or_else(|| unexpected(status, body))
}

/// A row's number, and the balance after it.
fn row(told: &Value) -> Option<Told> {
    Some(Told {
        balance: Some(balance(&told.to_string())?),
        seq: Some(told["id"].as_i64()?),
        hold: None,
    })
}

fn of_hold(hold: HoldTold) -> Told {
    Told {
        balance: None,
        seq: Some(hold.id),
        hold: Some(hold),
    }
}

fn hold(told: &Value) -> Option<HoldTold> {
    let amount = |name: &str| Balance::parse(told[name].as_str()?);
    Some(HoldTold {
        id: told["id"].as_i64()?,
        status: HoldStatus::parse(told["status"].as_str()?)?,
        amount: amount("amount")?,
        captured: amount("captured")?,
        released: amount("released")?,
        remaining: amount("remaining")?,
    })
}
