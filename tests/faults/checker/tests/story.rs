//! A history and its ledger, told line by line.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use wallet_engine::domain::{
    Amount, Balance, Movement, Operation, OperationKind, OperationRefused, UserId, Wallet, WalletId,
};

use crate::branch::{Failover, Fork};
use crate::checker::{Judgement, check};
use crate::history::{Answer, Call, Moment, Request, Step};
use crate::ledger::{Account, Link, Row};
use crate::told::{HoldTold, Reason, Receipt, Told};

/// When every story begins, and what is committed in it.
pub(super) const BEGUN: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// The one wallet of a story; of some, the first.
pub(super) const WALLET: WalletId = WalletId(Uuid::from_u128(7));

pub(super) struct Story {
    clock: u64,
    waited: Duration,
    pub calls: Vec<Call>,
    pub account: Account,
    /// Wallets beside the one.
    pub others: Vec<Account>,
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
        told: balance(cents).into(),
        replayed: false,
    }
}

pub(super) fn replayed(cents: i64) -> Answer {
    Answer::Applied {
        told: balance(cents).into(),
        replayed: true,
    }
}

pub(super) fn unknown() -> Answer {
    Answer::Unknown("the line broke".to_owned())
}

fn empty(wallet: WalletId) -> Account {
    Account {
        wallet: Wallet {
            id: wallet,
            user: UserId(1),
            balance: Balance::ZERO,
            version: 0,
            reversals_known_from: 0,
            terms: None,
        },
        rows: Vec::new(),
    }
}

impl Account {
    fn push(&mut self, key: &str, operation: Operation, balance_after: i64) {
        self.wallet.version += 1;
        self.wallet.balance = balance(balance_after);
        self.rows.push(Row {
            seq: self.wallet.version,
            key: Some(key.to_owned()),
            operation,
            balance_after: self.wallet.balance,
            held_after: Balance::ZERO,
            link: None,
            hold: None,
            expires_at: None,
            reverses: None,
            rules: None,
            created_at: BEGUN,
        });
    }
}

impl Story {
    pub fn of(wallet: WalletId) -> Self {
        Self {
            clock: 0,
            waited: Duration::ZERO,
            calls: Vec::new(),
            account: empty(wallet),
            others: Vec::new(),
            failovers: Vec::new(),
        }
    }

    /// A request through engine 0; gives its number.
    pub fn send(&mut self, request: Request) -> usize {
        self.send_through(0, request)
    }

    pub fn send_through(&mut self, engine: usize, request: Request) -> usize {
        let sent = self.tick();
        let wallet = match &request {
            Request::Linked(steps) => steps[0].wallet,
            _ => self.account.wallet.id,
        };
        self.calls.push(Call::new(0, engine, wallet, request, sent));
        self.calls.len() - 1
    }

    /// A read of that wallet, and its answer, with nothing between them.
    pub fn read(&mut self, wallet: WalletId, cents: i64) {
        let call = self.send(Request::Read);
        self.calls[call].wallet = wallet;
        self.answer(call, Answer::Balance(balance(cents)));
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
        self.account.push(key, operation, balance_after);
    }

    /// Another wallet, which is empty.
    pub fn beside(&mut self, wallet: WalletId) {
        self.others.push(empty(wallet));
    }

    /// That wallet.
    pub fn account_of(&mut self, wallet: WalletId) -> &mut Account {
        let mut all = std::iter::once(&mut self.account).chain(&mut self.others);
        all.find(|account| account.wallet.id == wallet).unwrap()
    }

    /// What the steps write, linked as they have to be; gives the receipts.
    pub fn rows(&mut self, steps: &[Step]) -> Vec<Receipt> {
        let mut receipts = Vec::new();
        let mut singles = Vec::new();
        for step in steps {
            let mut made = Vec::new();
            for (wallet, name, movement) in step.rows() {
                let operation = movement.operation();
                let account = self.account_of(wallet);
                let wallet_after = after(&account.wallet, operation).unwrap();
                account.push(&name, operation, wallet_after.balance.cents());
                made.push((wallet, wallet_after.version));
            }
            let own = self.account_of(step.wallet).wallet.balance;
            let transfer = if let [sent, received] = made[..] {
                let transfer = Some(Uuid::from_u128(u128::from(self.tick().place)));
                self.link(sent, received, transfer);
                self.link(received, sent, transfer);
                transfer
            } else {
                singles.extend(made);
                None
            };
            receipts.push(Receipt {
                told: own.into(),
                transfer,
                replayed: false,
            });
        }
        if singles.iter().any(|(wallet, _)| *wallet != singles[0].0) {
            for (place, row) in singles.iter().enumerate() {
                self.link(*row, singles[(place + 1) % singles.len()], None);
            }
        }
        receipts
    }

    fn link(&mut self, (of, seq): (WalletId, i64), to: (WalletId, i64), transfer: Option<Uuid>) {
        let rows = &mut self.account_of(of).rows;
        let row = rows.iter_mut().find(|row| row.seq == seq).unwrap();
        row.link = Some(Link {
            wallet: to.0,
            seq: to.1,
            transfer,
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
        let ledger: Vec<Account> = std::iter::once(&self.account)
            .chain(&self.others)
            .cloned()
            .collect();
        check(&self.calls, &ledger, &self.failovers, shared, BEGUN)
    }

    /// A failover between what was told so far and what will be: the new primary has the first `version` rows, the
    /// others are lost. Gives the place of the failover, to be changed.
    pub fn fail_over(&mut self, synchronous: bool, version: usize) -> usize {
        self.fail_over_all(synchronous, &[version])
    }

    /// The same of several wallets, each with its version.
    pub fn fail_over_all(&mut self, synchronous: bool, versions: &[usize]) -> usize {
        let all = std::iter::once(&mut self.account).chain(&mut self.others);
        let forks = all.zip(versions).map(|(account, version)| {
            let lost = account.rows.split_off(*version);
            let kept = account.rows.last();
            account.wallet.balance = kept.map_or(Balance::ZERO, |row| row.balance_after);
            account.wallet.version = kept.map_or(0, |row| row.seq);
            let fork = Fork {
                version: account.wallet.version,
                balance: kept.map(|row| row.balance_after),
                lost,
            };
            (account.wallet.id, fork)
        });
        let forks = forks.collect();
        let (closed, opened) = (self.tick(), self.tick());
        self.failovers.push(Failover {
            synchronous,
            opened,
            closed,
            forks,
        });
        self.failovers.len() - 1
    }

    pub fn tick(&mut self) -> Moment {
        self.clock += 1;
        let waited = u64::try_from(self.waited.whole_microseconds()).unwrap();
        Moment::of(self.clock, self.clock + waited)
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.waited += time;
    }

    /// What the movement does to the one wallet; gives the answer.
    pub fn does(&mut self, key: &str, movement: impl Into<Movement>) -> Answer {
        let micros = i64::try_from(self.tick().at_us).unwrap();
        let now = BEGUN + Duration::microseconds(micros);
        let account = &mut self.account;
        let mut entries = Vec::new();
        account.wallet.expire(now, &mut entries);
        let at = wallet_engine::domain::Moment {
            now,
            incarnation: 0,
            holds_max: usize::MAX,
        };
        account.wallet.reversals_known_from = 0;
        let request = movement.into().into();
        let accepted = account.wallet.decide(&request, at, &mut entries).unwrap();
        account.wallet.committed(now);
        for (place, entry) in entries.into_iter().enumerate() {
            let details = entry.details.as_deref().cloned().unwrap_or_default();
            account.rows.push(Row {
                seq: i64::try_from(account.rows.len()).unwrap() + 1,
                key: (place == accepted.answer).then(|| key.to_owned()),
                operation: entry.operation,
                balance_after: entry.balance_after,
                held_after: entry.held_after,
                link: None,
                hold: details.hold,
                expires_at: details.expires_at,
                reverses: details.reverses,
                rules: details.rules,
                created_at: now,
            });
        }
        let told = Told {
            balance: Some(account.wallet.balance),
            seq: Some(account.wallet.version),
            hold: accepted.hold.map(|hold| HoldTold {
                id: hold.id,
                status: hold.status,
                amount: hold.amount.into(),
                captured: hold.captured,
                released: hold.released,
                remaining: hold.remaining(),
            }),
        };
        Answer::Applied {
            told,
            replayed: false,
        }
    }

    /// The same, asked for and answered.
    pub fn done(&mut self, key: &str, movement: impl Into<Movement>) {
        let movement = movement.into();
        let call = self.send(Request::Operation {
            key: key.to_owned(),
            movement: movement.clone(),
        });
        let answer = self.does(key, movement);
        self.answer(call, answer);
    }

    /// The movement was asked for, and refused.
    pub fn refused(&mut self, key: &str, movement: impl Into<Movement>, reason: Reason) {
        let request = Request::Operation {
            key: key.to_owned(),
            movement: movement.into(),
        };
        self.call(request, Answer::Refused(reason));
    }
}

pub(super) fn asked(key: &str, operation: Operation) -> Request {
    Request::Operation {
        key: key.to_owned(),
        movement: operation.into(),
    }
}

/// The wallet after the operation, if that is possible.
pub(super) fn after(wallet: &Wallet, operation: Operation) -> Result<Wallet, OperationRefused> {
    let mut wallet = wallet.clone();
    wallet.post(operation, BEGUN)?;
    Ok(wallet)
}
