//! A history and its ledger, told line by line.

use uuid::Uuid;
use wallet_engine::domain::{Amount, Balance, Operation, OperationKind, UserId, Wallet, WalletId};

use crate::branch::{Failover, Fork};
use crate::checker::{Judgement, check};
use crate::history::{Answer, Call, Moment, Request};
use crate::ledger::{Account, Row};

/// The one wallet of a story.
pub(super) const WALLET: WalletId = WalletId(Uuid::from_u128(7));

pub(super) struct Story {
    clock: u64,
    pub calls: Vec<Call>,
    pub account: Account,
    pub failovers: Vec<Failover>,
}

pub(super) fn deposit(cents: i64) -> Operation {
    operation(OperationKind::Deposit, cents)
}

pub(super) fn withdraw(cents: i64) -> Operation {
    operation(OperationKind::Withdraw, cents)
}

fn operation(kind: OperationKind, cents: i64) -> Operation {
    let amount = Amount::from_cents(cents).unwrap();
    Operation { kind, amount }
}

pub(super) fn balance(cents: i64) -> Balance {
    Balance::from_cents(cents).unwrap()
}

pub(super) fn applied(cents: i64) -> Answer {
    Answer::Applied {
        balance: balance(cents),
        replayed: false,
    }
}

pub(super) fn replayed(cents: i64) -> Answer {
    Answer::Applied {
        balance: balance(cents),
        replayed: true,
    }
}

pub(super) fn unknown() -> Answer {
    Answer::Unknown("the line broke".to_owned())
}

impl Story {
    pub fn of(wallet: WalletId) -> Self {
        Self {
            clock: 0,
            calls: Vec::new(),
            account: Account {
                wallet: Wallet {
                    id: wallet,
                    user: UserId(1),
                    balance: Balance::ZERO,
                    version: 0,
                },
                rows: Vec::new(),
            },
            failovers: Vec::new(),
        }
    }

    /// A request through engine 0; gives its number.
    pub fn send(&mut self, request: Request) -> usize {
        self.send_through(0, request)
    }

    pub fn send_through(&mut self, engine: usize, request: Request) -> usize {
        let sent = self.tick();
        let wallet = self.account.wallet.id;
        self.calls.push(Call::new(0, engine, wallet, request, sent));
        self.calls.len() - 1
    }

    pub fn answer(&mut self, call: usize, answer: Answer) {
        self.calls[call].answered = self.tick();
        self.calls[call].answer = answer;
    }

    /// A request and its answer, with nothing between them.
    pub fn call(&mut self, request: Request, answer: Answer) {
        self.call_through(0, request, answer);
    }

    pub fn call_through(&mut self, engine: usize, request: Request, answer: Answer) {
        let call = self.send_through(engine, request);
        self.answer(call, answer);
    }

    /// A row at the end of the ledger, and the wallet as it is then.
    pub fn row(&mut self, key: &str, operation: Operation, balance_after: i64) {
        let wallet = &mut self.account.wallet;
        wallet.version += 1;
        wallet.balance = balance(balance_after);
        self.account.rows.push(Row {
            seq: wallet.version,
            key: Some(key.to_owned()),
            operation,
            balance_after: wallet.balance,
        });
    }

    /// What the checker says of it.
    pub fn breaches(&self) -> Vec<String> {
        self.breaches_of(false)
    }

    /// What it says if the engines know of each other.
    pub fn breaches_if_shared(&self) -> Vec<String> {
        self.breaches_of(true)
    }

    fn breaches_of(&self, shared: bool) -> Vec<String> {
        let judgement = self.judgement(shared);
        let breaches = judgement.breaches.into_iter();
        breaches.map(|breach| breach.text).collect()
    }

    pub fn judgement(&self, shared: bool) -> Judgement {
        let ledger = std::slice::from_ref(&self.account);
        check(&self.calls, ledger, &self.failovers, shared)
    }

    /// A failover between what was told so far and what will be: the new primary has the first `version` rows, the
    /// others are lost. Gives the place of the failover, to be changed.
    pub fn fail_over(&mut self, synchronous: bool, version: usize) -> usize {
        let lost = self.account.rows.split_off(version);
        let kept = self.account.rows.last();
        self.account.wallet.balance = kept.map_or(Balance::ZERO, |row| row.balance_after);
        self.account.wallet.version = kept.map_or(0, |row| row.seq);
        let fork = Fork {
            version: self.account.wallet.version,
            balance: kept.map(|row| row.balance_after),
            lost,
        };
        let (closed, opened) = (self.tick(), self.tick());
        self.failovers.push(Failover {
            synchronous,
            closed,
            opened,
            forks: [(self.account.wallet.id, fork)].into(),
        });
        self.failovers.len() - 1
    }

    pub fn tick(&mut self) -> Moment {
        self.clock += 1;
        Moment::of(self.clock, self.clock)
    }
}

pub(super) fn asked(key: &str, operation: Operation) -> Request {
    Request::Operation {
        key: key.to_owned(),
        operation,
    }
}
