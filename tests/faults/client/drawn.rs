//! What a client asks for next, drawn from its stream.

use wallet_engine::domain::hold::Expiry;
use wallet_engine::domain::movement::Capture;
use wallet_engine::domain::rules::{Gate, RulesChange};
use wallet_engine::domain::{Amount, Balance, Movement, Operation, OperationKind};

use super::{Asked, BATCH_MAX, CLIENTS, Client, Held, Served};
use crate::api::Past;
use crate::history::{Request, Step, unkeyed};

const AMOUNT_MAX_CENTS: u64 = 9_999;
/// The longest of the holds that are to expire soon, and how long others last.
const SOON_MAX_S: u64 = 3;
const LATE_S: u32 = 30;

impl Client {
    /// A new operation.
    pub(super) fn operation(&mut self) -> Asked {
        let served = self.wallet();
        let (key, operation) = self.draw(&served);
        Asked {
            served,
            request: Request::Operation {
                key,
                movement: operation.into(),
            },
            applied: false,
        }
    }

    /// A hold of less than most deposits, which half of the time expires in a moment.
    pub(super) fn new_hold(&mut self) -> Asked {
        let served = self.keyed_wallet();
        let cents = 1 + self.random.below(AMOUNT_MAX_CENTS / 4);
        let seconds = if self.random.one_in(2) {
            u32::try_from(1 + self.random.below(SOON_MAX_S)).unwrap()
        } else {
            LATE_S
        };
        let movement = Movement::Hold {
            amount: amount(cents),
            expiry: Expiry::In(seconds),
        };
        self.asked(served, movement)
    }

    /// A void of the hold, or a capture, of all that remains or of some amount, to nobody or to another wallet.
    pub(super) fn use_of(&mut self, of: &Held) -> Asked {
        let hold = of.placed.id;
        let mut served = of.served.clone();
        if self.random.one_in(4) {
            return self.asked(served, Movement::Void { hold });
        }
        let cents = u64::try_from(of.placed.amount.cents()).unwrap();
        let part = (!self.random.one_in(3)).then(|| amount(1 + self.random.below(cents)));
        let receiver = self.keyed_wallet();
        let engines = served.beside(&receiver);
        let engines = engines.filter(|_| self.random.one_in(3));
        let to = engines.as_ref().map(|_| receiver.wallet);
        served.engines = engines.unwrap_or(served.engines);
        let capture = Capture {
            hold,
            amount: part,
            is_final: self.random.one_in(2),
            to,
        };
        self.asked(served, Movement::Capture(capture))
    }

    /// A reversal of the entry, whole or of a part, which may be more than is left; `None` if no engine serves both wallets.
    pub(super) fn reversal_of(&mut self, mut served: Served, entry: Past) -> Option<Asked> {
        if let Some((other, _)) = entry.other {
            served.engines = served.beside(self.wallets.find(other)?)?;
        }
        let cents = u64::try_from(entry.operation.amount.cents()).unwrap();
        let part = (!self.random.one_in(3)).then(|| amount(1 + self.random.below(cents + 1)));
        Some(self.asked(served, entry.reversal(part)))
    }

    /// A change of rules, more often than not to what they are by default. Three of four times of a cold wallet.
    pub(super) fn rules(&mut self) -> Asked {
        let served = loop {
            let served = self.keyed_wallet();
            let is_hot = self
                .wallets
                .hot
                .iter()
                .any(|hot| hot.wallet == served.wallet);
            if !is_hot || self.random.one_in(9) {
                break served;
            }
        };
        let change = match self.random.below(10) {
            0..3 => RulesChange {
                debits: Some(Gate::Frozen),
                ..RulesChange::default()
            },
            3..5 => RulesChange {
                daily_out_max: Some(Balance::from_cents(
                    self.random.below(50 * AMOUNT_MAX_CENTS).try_into().unwrap(),
                )),
                ..RulesChange::default()
            },
            _ => RulesChange {
                debits: Some(Gate::Open),
                daily_out_max: Some(None),
                ..RulesChange::default()
            },
        };
        self.asked(served, Movement::Rules(Box::new(change)))
    }

    /// A movement under the next key.
    fn asked(&mut self, served: Served, movement: Movement) -> Asked {
        self.operations += 1;
        let key = self.key(&served, &movement.operation());
        let request = match movement.other() {
            None => Request::Operation { key, movement },
            Some(_) => Request::Linked(vec![Step {
                wallet: served.wallet,
                key,
                movement,
            }]),
        };
        Asked {
            served,
            request,
            applied: false,
        }
    }

    /// A new transfer.
    pub(super) fn transfer(&mut self) -> Asked {
        let (mut from, to) = (self.wallet(), self.wallet());
        match from.beside(&to) {
            Some(engines) => from.engines = engines,
            None => return self.operation(),
        }
        let step = self.step(&from, Some(&to));
        Asked {
            served: from,
            request: Request::Linked(vec![step]),
            applied: false,
        }
    }

    /// A new atomic batch: of several wallets, some of them more than once.
    pub(super) fn atomic(&mut self) -> Asked {
        let mut all = vec![self.wallet()];
        let mut engines = all[0].engines.clone();
        let wallets = 2 + self.random.index(4);
        while all.len() < wallets {
            let other = self.wallet();
            let among = Served {
                engines: engines.clone(),
                ..all[0].clone()
            };
            if let Some(common) = among.beside(&other) {
                engines = common;
                all.push(other);
            }
        }
        let mut steps = Vec::new();
        for _ in 0..2 + self.random.below(BATCH_MAX - 1) {
            let at = self.random.index(all.len());
            let to = self.random.index(all.len());
            let is_transfer = all[at].wallet != all[to].wallet && self.random.one_in(2);
            let (of, to) = (all[at].clone(), all[to].clone());
            steps.push(self.step(&of, is_transfer.then_some(&to)));
        }
        Asked {
            served: Served {
                wallet: steps[0].wallet,
                engines,
                unkeyed: all[0].unkeyed,
            },
            request: Request::Linked(steps),
            applied: false,
        }
    }

    /// A transfer from the wallet to the other, or a deposit or a withdrawal.
    fn step(&mut self, of: &Served, to: Option<&Served>) -> Step {
        let (_, operation) = self.draw(of);
        let movement = match to {
            Some(to) => Movement::Transfer {
                to: to.wallet,
                amount: operation.amount,
            },
            None => operation.into(),
        };
        Step {
            wallet: of.wallet,
            key: self.key(of, &movement.operation()),
            movement,
        }
    }

    /// A deposit or a withdrawal, and its key.
    pub(super) fn draw(&mut self, served: &Served) -> (String, Operation) {
        self.operations += 1;
        let cents = if served.unkeyed {
            self.operations * CLIENTS as u64 + self.number as u64
        } else {
            1 + self.random.below(AMOUNT_MAX_CENTS)
        };
        let kind = if self.random.below(5) < 2 {
            OperationKind::Deposit
        } else {
            OperationKind::Withdraw
        };
        let operation = Operation {
            kind,
            amount: amount(cents),
        };
        (self.key(served, &operation), operation)
    }

    /// The key of the operation that was drawn last.
    fn key(&self, served: &Served, operation: &Operation) -> String {
        if served.unkeyed {
            unkeyed(operation)
        } else {
            format!("{}-{}", self.number, self.operations)
        }
    }

    /// One whose operations have keys.
    pub(super) fn keyed_wallet(&mut self) -> Served {
        loop {
            let served = self.wallet();
            if !served.unkeyed {
                return served;
            }
        }
    }

    /// Three of four times a hot one.
    pub(super) fn wallet(&mut self) -> Served {
        let wallets = if self.random.one_in(4) {
            &self.wallets.cold
        } else {
            &self.wallets.hot
        };
        wallets[self.random.index(wallets.len())].clone()
    }
}

fn amount(cents: u64) -> Amount {
    Amount::from_cents(i64::try_from(cents).unwrap()).unwrap()
}
