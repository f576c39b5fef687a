//! What a client asks for next, drawn from its stream.

use wallet_engine::domain::Movement;
use wallet_engine::domain::{Amount, Operation, OperationKind};

use super::{Asked, BATCH_MAX, CLIENTS, Client, Served};
use crate::history::{Request, Step, unkeyed};

const AMOUNT_MAX_CENTS: u64 = 9_999;

impl Client {
    /// A new operation.
    pub(super) fn operation(&mut self) -> Asked {
        let served = self.wallet();
        let (key, operation) = self.draw(&served);
        Asked {
            served,
            request: Request::Operation { key, operation },
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
            amount: Amount::from_cents(i64::try_from(cents).unwrap()).unwrap(),
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
