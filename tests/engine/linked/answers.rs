//! Histories of answers about several wallets, and the defects that their check finds.

use std::rc::Rc;

use wallet_engine::domain::linked::{LinkedRefused, LinkedSet, Step, StepReceipt};
use wallet_engine::domain::{Balance, Entry, Movement, OperationRefused, Wallet, WalletId};
use wallet_engine::engine::{Engine, EngineError, LedgerEntry, LinkedError};

use super::linearizable::{self, Event, Held};
use super::{keyed, single, transfer};
use crate::journal::Store;
use crate::{config, deposit, key_of, withdraw};

/// An answer, with the times of its request and its response.
#[derive(Debug)]
pub struct Answer {
    pub asked: u64,
    pub answered: u64,
    pub told: Told,
}

#[derive(Debug)]
pub enum Told {
    Balance(Wallet),
    Of(Vec<Step>, Result<Vec<StepReceipt>, LinkedError>),
}

/// What the engines answered, and what the store holds at last.
pub struct History {
    wallets: Vec<WalletId>,
    ledgers: Vec<Vec<LedgerEntry>>,
    /// Of each wallet, by version.
    balances: Rc<Vec<Vec<i64>>>,
    answers: Vec<Answer>,
}

impl Told {
    pub async fn balance(engine: &Engine, wallet: WalletId) -> Self {
        Self::Balance(engine.wallet(wallet).await.unwrap())
    }

    pub async fn linked(engine: &Engine, steps: Vec<Step>) -> Self {
        let set = LinkedSet::new(steps.clone()).unwrap();
        let answer = engine.apply_linked(set).await;
        Self::Of(steps, answer)
    }

    /// An operation of one wallet, as it comes without any other.
    pub async fn alone(engine: &Engine, step: Step) -> Self {
        let answer = engine.apply(step.wallet, step.request.clone()).await;
        let answer = answer.map(|receipt| {
            vec![StepReceipt {
                seq: receipt.seq,
                balance: receipt.balance,
                transfer: None,
                hold: receipt.hold,
                replayed: receipt.replayed,
            }]
        });
        let answer = answer.map_err(|error| match error {
            EngineError::Refused(reason) => LinkedError::Refused(LinkedRefused { step: 0, reason }),
            EngineError::KeyReused => LinkedError::KeyReused(0),
            error => LinkedError::Engine(error),
        });
        Self::Of(vec![step], answer)
    }
}

impl History {
    /// Every wallet began with this balance.
    pub fn new(store: &Store, wallets: &[WalletId], cents: i64, answers: Vec<Answer>) -> Self {
        let ledgers: Vec<_> = wallets.iter().map(|wallet| store.ledger(*wallet)).collect();
        let balances = ledgers.iter().map(|ledger| {
            let made = ledger.iter().map(|row| row.entry.balance_after.cents());
            std::iter::once(cents).chain(made).collect()
        });
        Self {
            wallets: wallets.to_vec(),
            balances: Rc::new(balances.collect()),
            ledgers,
            answers,
        }
    }

    /// Fails with the answer that is true at no moment.
    pub fn check(&self) -> Result<(), String> {
        let event = |answer: &Answer| {
            let held = self.held(&answer.told);
            let held = held.map_err(|wrong| format!("{answer:?}: {wrong}"))?;
            Ok(Event {
                asked: answer.asked,
                answered: answer.answered,
                held,
            })
        };
        let events: Result<Vec<_>, String> = self.answers.iter().map(event).collect();
        let last = self.ledgers.iter().map(|ledger| version(ledger.len()));
        let last: Vec<_> = last.collect();
        linearizable::check(&events?, &last).map_err(|wrong| match wrong {
            Some(at) => format!("{:?} was true at no moment", self.answers[at]),
            None => "no answer made the last rows".into(),
        })
    }

    /// Where the answer is true.
    fn held(&self, told: &Told) -> Result<Held, &'static str> {
        let (steps, answer) = match told {
            Told::Of(steps, answer) => (steps, answer),
            Told::Balance(wallet) => {
                let (at, version) = (self.place(wallet.id), wallet.version);
                let of_version =
                    usize::try_from(version).map(|version| self.balances[at].get(version));
                if of_version != Ok(Some(&wallet.balance.cents())) {
                    return Err("never the balance of this version");
                }
                return Ok(Held::At(Box::new(move |now| now[at] == version)));
            }
        };
        let first = &steps[0];
        let at = self.place(first.wallet);
        let under_key = (1..).zip(&self.ledgers[at]).find(|(_, row)| {
            first.request.key.is_some() && key_of(row) == first.request.key.as_ref()
        });
        match answer {
            Ok(receipts) => {
                let mut rows = Vec::new();
                for (step, receipt) in steps.iter().zip(receipts) {
                    self.add_rows(step, receipt, &mut rows)?;
                }
                if receipts.iter().any(|receipt| receipt.replayed) {
                    let made = move |now: &[i64]| rows.iter().all(|(at, seq)| now[*at] >= *seq);
                    return Ok(Held::At(Box::new(made)));
                }
                Ok(Held::Made(rows))
            }
            Err(LinkedError::KeyReused(0)) => {
                let (seq, row) = under_key.ok_or("nothing is under the key")?;
                let asked = first.request.hash();
                let is_other = row
                    .key
                    .as_ref()
                    .is_some_and(|(_, request)| *request != asked);
                let made = move |now: &[i64]| now[at] >= seq;
                is_other
                    .then_some(Held::At(Box::new(made)))
                    .ok_or("it is the same request")
            }
            Err(LinkedError::Refused(refused)) => {
                if refused.reason != OperationRefused::InsufficientFunds {
                    return Err("no balance is near the limit");
                }
                let made_at = under_key.map_or(i64::MAX, |(seq, _)| seq);
                let until = &steps[..=refused.step];
                let moves: Vec<_> = until.iter().map(|step| self.moves(step)).collect();
                let balances = Rc::clone(&self.balances);
                Ok(Held::At(Box::new(move |now| {
                    now[at] < made_at && is_short(&balances, now, &moves)
                })))
            }
            Err(_) => Err("no fault makes this of it"),
        }
    }

    /// Adds the rows that the receipt tells of, if they are what the step asks for.
    fn add_rows(
        &self,
        step: &Step,
        receipt: &StepReceipt,
        rows: &mut Vec<(usize, i64)>,
    ) -> Result<(), &'static str> {
        let row = self
            .row(step.wallet, receipt.seq)
            .ok_or("its row is missing")?;
        let is_its = row.entry.operation == step.request.movement.operation()
            && row.entry.balance_after == receipt.balance
            && key_of(row) == step.request.key.as_ref();
        if !is_its {
            return Err("its row is another's");
        }
        rows.push((self.place(step.wallet), receipt.seq));
        if let Movement::Transfer { to, amount } = step.request.movement {
            let leg = row.entry.counterpart().ok_or("its row is no leg")?;
            let other = self.row(to, leg.seq).ok_or("the other leg is missing")?;
            let back = other.entry.counterpart().ok_or("the other row is no leg")?;
            let fits = leg.wallet == to && (back.wallet, back.seq) == (step.wallet, receipt.seq);
            if !fits
                || leg.transfer != receipt.transfer
                || back.transfer != receipt.transfer
                || other.entry.operation.amount != amount
            {
                return Err("the legs are of two transfers");
            }
            rows.push((self.place(to), leg.seq));
        }
        Ok(())
    }

    /// What the step adds to wallets, in cents.
    fn moves(&self, step: &Step) -> Vec<(usize, i64)> {
        let operation = step.request.movement.operation();
        let cents = operation.amount.cents();
        let sign = i64::from(operation.kind.balance_sign().number());
        let mut moves = vec![(self.place(step.wallet), sign * cents)];
        if let Movement::Transfer { to, .. } = step.request.movement {
            moves.push((self.place(to), cents));
        }
        moves
    }

    fn place(&self, wallet: WalletId) -> usize {
        self.wallets.iter().position(|id| *id == wallet).unwrap()
    }

    fn row(&self, wallet: WalletId, seq: i64) -> Option<&LedgerEntry> {
        let at = usize::try_from(seq - 1).ok()?;
        self.ledgers[self.place(wallet)].get(at)
    }
}

fn version(rows: usize) -> i64 {
    i64::try_from(rows).unwrap()
}

/// Whether the last step takes more than there is at these versions, after the steps before it. Engines that share a
/// database load each wallet at its own moment: a refusal names a step that could not happen then, but at that moment
/// another wallet may be short for an earlier one.
fn is_short(balances: &[Vec<i64>], now: &[i64], steps: &[Vec<(usize, i64)>]) -> bool {
    let payer = steps[steps.len() - 1][0].0;
    let start = balances[payer][usize::try_from(now[payer]).unwrap()];
    let changes = steps.iter().flatten().filter(|(at, _)| *at == payer);
    start + changes.map(|(_, cents)| cents).sum::<i64>() < 0
}

/// A history of one answer after another, each of which a defect may spoil.
async fn story() -> History {
    let store = Store::new();
    let wallets = [store.wallet_with(500), store.wallet_with(500)];
    let [a, b] = wallets;
    let engine = Engine::start(&config(), store.side());
    let engine = &engine;
    let told = [
        Told::linked(engine, vec![transfer(a, b, 100)]).await,
        Told::balance(engine, a).await,
        Told::balance(engine, b).await,
        Told::linked(engine, vec![transfer(b, a, 700)]).await,
        Told::alone(engine, single(b, deposit(200))).await,
        Told::linked(engine, vec![single(b, withdraw(50)), transfer(b, a, 900)]).await,
        Told::alone(engine, single(b, deposit(200))).await,
        Told::linked(engine, vec![single(b, withdraw(50)), transfer(b, a, 750)]).await,
        Told::linked(engine, vec![keyed("k", transfer(a, b, 100))]).await,
        Told::linked(engine, vec![keyed("k", transfer(a, b, 100))]).await,
        Told::linked(engine, vec![keyed("k", transfer(a, b, 101))]).await,
    ];
    let answers = (0..).zip(told).map(|(n, told)| Answer {
        asked: 20 * n,
        answered: 20 * n + 1,
        told,
    });
    History::new(&store, &wallets, 500, answers.collect())
}

type Plant = fn(&mut History);

/// Lets the answer come right after another.
fn move_behind(history: &mut History, answer: usize, other: usize) {
    let asked = history.answers[other].answered + 1;
    history.answers[answer].asked = asked;
    history.answers[answer].answered = asked + 1;
}

fn receipts(history: &mut History, answer: usize) -> &mut Vec<StepReceipt> {
    match &mut history.answers[answer].told {
        Told::Of(_, Ok(receipts)) => receipts,
        told => panic!("{told:?}"),
    }
}

#[actix_web::test]
async fn each_planted_defect_is_found_in_a_history_that_is_right_without() {
    assert_eq!(story().await.check(), Ok(()));
    let defects: [(&str, Plant); 9] = [
        ("one leg is dropped from the ledger", |it| {
            let leg = it.ledgers[1].remove(0);
            it.ledgers[1].insert(
                0,
                LedgerEntry {
                    entry: Entry {
                        details: None,
                        ..leg.entry
                    },
                    ..leg
                },
            );
        }),
        ("one leg is seen later than the other", |it| {
            let Told::Balance(wallet) = &mut it.answers[2].told else {
                panic!()
            };
            (wallet.version, wallet.balance) = (0, Balance::from_cents(500).unwrap());
        }),
        ("a stale refusal of a transfer", |it| move_behind(it, 3, 4)),
        ("a stale refusal of a set", |it| move_behind(it, 5, 6)),
        ("a refusal of a step for which there is enough", |it| {
            let Told::Of(_, Err(LinkedError::Refused(refused))) = &mut it.answers[5].told else {
                panic!()
            };
            refused.step = 0;
        }),
        ("a lost update: its row is an earlier one", |it| {
            let row = receipts(it, 4).clone();
            *receipts(it, 6) = row;
        }),
        ("a repeated transfer", |it| {
            let legs = [0, 1].map(|at| it.ledgers[at].last().unwrap().clone());
            for (ledger, leg) in it.ledgers.iter_mut().zip(legs) {
                ledger.push(leg);
            }
        }),
        ("a repetition that is answered as new", |it| {
            receipts(it, 9)[0].replayed = false;
        }),
        ("a key that is taken before it is used", |it| {
            move_behind(it, 10, 7);
        }),
    ];
    for (name, plant) in defects {
        let mut history = story().await;
        plant(&mut history);
        assert!(history.check().is_err(), "{name}");
    }
}
