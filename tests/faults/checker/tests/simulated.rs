//! Many seeded histories of engines that do nothing wrong, with many requests under way at once: they pass. Then
//! something is changed in each, and that is found.

use super::story::{Story, WALLET, after, asked, balance, deposit, unknown, withdraw};
use crate::history::{Answer, Request};
use crate::told::Reason;
use testkit::random::Random;
use wallet_engine::domain::{Balance, Wallet};

const SEEDS: u64 = 100;
const STEPS: usize = 400;
/// Requests under way at once.
const UNDER_WAY_MAX: usize = 6;
/// More than all deposits of a history together.
const TOO_MUCH_CENTS: i64 = 9_999_999;

/// Engines as they should be, on one wallet.
struct Simulation {
    story: Story,
    random: Random,
    /// What each engine takes for the wallet: with two, one may not know of the other's writes.
    known: Vec<Wallet>,
    /// Calls that are under way, and what they will be answered with once that is decided.
    under_way: Vec<(usize, Option<Answer>)>,
    keys: u64,
}

fn simulate(seed: u64, engines: usize) -> Story {
    simulate_with(seed, engines, 0)
}

/// With this many failovers under asynchronous replication, each of which may lose some of what came since the last.
fn simulate_with(seed: u64, engines: usize, failovers: usize) -> Story {
    let story = Story::of(WALLET);
    let mut simulation = Simulation {
        known: vec![story.account.wallet.clone(); engines],
        story,
        random: Random::stream(seed, 0),
        under_way: Vec::new(),
        keys: 0,
    };
    let mut replicated = 0;
    for failover in 0..=failovers {
        for _ in 0..STEPS / (failovers + 1) {
            simulation.step();
        }
        if failover < failovers {
            replicated = simulation.fail_over(replicated);
        }
    }
    while !simulation.under_way.is_empty() {
        simulation.go_on();
    }
    simulation.ask_again();
    simulation.story
}

impl Simulation {
    fn step(&mut self) {
        if self.under_way.len() < UNDER_WAY_MAX && self.random.one_in(3) {
            let engine = self.random.index(self.known.len());
            let request = self.request();
            let call = self.story.send_through(engine, request);
            self.under_way.push((call, None));
        } else if !self.under_way.is_empty() {
            self.go_on();
        }
    }

    /// Decides one of the calls that are under way, or answers it, or loses the answer.
    fn go_on(&mut self) {
        let at = self.random.index(self.under_way.len());
        let (call, decided) = self.under_way[at].clone();
        if self.random.one_in(8) && self.story.calls[call].request != Request::Read {
            self.under_way.swap_remove(at);
            self.story.answer(call, unknown());
        } else if let Some(answer) = decided {
            self.under_way.swap_remove(at);
            self.story.answer(call, answer);
        } else {
            self.under_way[at].1 = Some(self.execute(call));
        }
    }

    fn request(&mut self) -> Request {
        if self.random.one_in(4) {
            return Request::Read;
        }
        if self.random.one_in(5) && !self.story.calls.is_empty() {
            let again = self.random.index(self.story.calls.len());
            return self.story.calls[again].request.clone();
        }
        self.keys += 1;
        let cents = i64::try_from(self.random.below(9_999) + 1).unwrap();
        let operation = if self.random.one_in(2) {
            deposit(cents)
        } else {
            withdraw(cents)
        };
        asked(&self.keys.to_string(), operation)
    }

    fn execute(&mut self, call: usize) -> Answer {
        let engine = self.story.calls[call].engine;
        let request = self.story.calls[call].request.clone();
        let Request::Operation { key, movement } = request else {
            return Answer::Balance(self.known[engine].balance);
        };
        let operation = movement.operation();
        let rows = &self.story.account.rows;
        if let Some(row) = rows
            .iter()
            .find(|row| row.key.as_deref() == Some(key.as_str()))
        {
            return Answer::Applied {
                told: row.balance_after.into(),
                replayed: true,
            };
        }
        match after(&self.story.account.wallet, operation) {
            Err(_) => Answer::Refused(Reason::Funds),
            Ok(next) => {
                self.story.row(&key, operation, next.balance.cents());
                self.known[engine] = self.story.account.wallet.clone();
                Answer::Applied {
                    told: next.balance.into(),
                    replayed: false,
                }
            }
        }
    }

    /// The first rows are replicated, and some of the others; gives how many in all. Calls that are decided are
    /// answered as they are, which their clients will find lost.
    fn fail_over(&mut self, replicated: usize) -> usize {
        let rows = self.story.account.rows.len();
        let kept = replicated + self.random.index(rows - replicated + 1);
        self.story.fail_over(false, kept);
        for known in &mut self.known {
            *known = self.story.account.wallet.clone();
        }
        kept
    }

    /// At rest, every key is asked for once more, something is refused for sure, and the wallet is read.
    fn ask_again(&mut self) {
        let calls = self.story.calls.iter();
        let mut last: Vec<Request> = calls.map(|call| call.request.clone()).collect();
        last.retain(|request| *request != Request::Read);
        last.extend([asked("too much", withdraw(TOO_MUCH_CENTS)), Request::Read]);
        for request in last {
            let call = self.story.send(request);
            let answer = self.execute(call);
            self.story.answer(call, answer);
        }
    }
}

#[test]
fn what_engines_without_a_fault_do_passes() {
    for seed in 0..SEEDS {
        for engines in [1, 2] {
            let story = simulate(seed, engines);
            assert!(story.account.rows.len() > 5, "seed {seed} does nothing");
            assert_eq!(story.breaches(), [""; 0], "seed {seed}, {engines} engines");
        }
    }
}

#[test]
fn what_engines_do_over_failovers_passes_and_what_they_lose_is_counted() {
    let mut lost = 0;
    for seed in 0..SEEDS {
        for engines in [1, 2] {
            let story = simulate_with(seed, engines, 3);
            assert_eq!(story.breaches(), [""; 0], "seed {seed}, {engines} engines");
            lost += story.judgement(false).lost.len();

            // No loss is permitted where commits waited for the standby.
            let mut story = story;
            let was_lost = !story.judgement(false).lost.is_empty();
            for failover in &mut story.failovers {
                failover.synchronous = true;
            }
            assert!(!was_lost || !story.breaches().is_empty(), "seed {seed}");
        }
    }
    assert!(lost > 0, "nothing was ever lost");
}

/// Changes a story somewhere.
type Defect = fn(&mut Story, &mut Random);

/// What is changed, what has to be said of it, and how it is changed.
const DEFECTS: [(&str, &str, Defect); 6] = [
    (
        "a lost row",
        "acknowledged, but not in the ledger",
        |story, random| {
            let row = random.index(story.account.rows.len());
            story.account.rows.remove(row);
            replay(story);
        },
    ),
    (
        "a doubled row",
        "in the ledger more than once",
        |story, random| {
            let row = random.index(story.account.rows.len());
            let again = story.account.rows[row].clone();
            story.account.rows.push(again);
            replay(story);
        },
    ),
    (
        "a wrong balance in the ledger",
        "was recorded",
        |story, random| {
            let row = random.index(story.account.rows.len());
            let row = &mut story.account.rows[row];
            row.balance_after = balance(row.balance_after.cents() + 1);
        },
    ),
    (
        "a wrong balance in an answer",
        "but recorded as",
        |story, random| {
            let told = any_call(story, random, |_, answer| {
                matches!(answer, Answer::Applied { .. })
            });
            let Answer::Applied { told, .. } = &mut story.calls[told].answer else {
                unreachable!("it was looked for");
            };
            *told = balance(told.balance.unwrap().cents() + 1).into();
        },
    ),
    (
        "a read of a balance that never was",
        "answered with \"balance 999999.99\"",
        |story, random| {
            let read = any_call(story, random, |_, answer| {
                matches!(answer, Answer::Balance(_))
            });
            story.calls[read].answer = Answer::Balance(balance(99_999_999));
        },
    ),
    (
        "a refused operation in the ledger",
        "refused, but in the ledger",
        |story, random| {
            let refused = any_call(story, random, |key, _| {
                key.is_some_and(|key| !recorded(story, key))
            });
            let Request::Operation { key, movement } = story.calls[refused].request.clone() else {
                unreachable!("only operations have keys");
            };
            story.row(&key, movement.operation(), 0);
        },
    ),
];

/// Makes seqs and balances follow from each other again, as they would in a database that is at one with itself.
fn replay(story: &mut Story) {
    let mut cents = 0;
    for (row, seq) in story.account.rows.iter_mut().zip(1..) {
        let delta = row.operation.amount.cents();
        cents += i64::from(row.operation.kind.balance_sign().number()) * delta;
        row.seq = seq;
        row.balance_after = Balance::from_cents(cents.max(0)).unwrap();
    }
    let wallet = &mut story.account.wallet;
    wallet.version = i64::try_from(story.account.rows.len()).unwrap();
    wallet.balance = story
        .account
        .rows
        .last()
        .map_or(Balance::ZERO, |row| row.balance_after);
}

fn recorded(story: &Story, key: &str) -> bool {
    let mut keys = story.account.rows.iter().map(|row| row.key.as_deref());
    keys.any(|recorded| recorded == Some(key))
}

/// A call that is wanted, by its key and its answer.
fn any_call(
    story: &Story,
    random: &mut Random,
    wanted: impl Fn(Option<&str>, &Answer) -> bool,
) -> usize {
    let calls: Vec<usize> = (0..story.calls.len())
        .filter(|call| {
            let call = &story.calls[*call];
            wanted(call.request.key(), &call.answer)
        })
        .collect();
    calls[random.index(calls.len())]
}

#[test]
fn whatever_is_changed_in_them_is_found() {
    for seed in 0..SEEDS {
        for engines in [1, 2] {
            for (name, said, plant) in DEFECTS {
                let mut story = simulate(seed, engines);
                plant(&mut story, &mut Random::stream(seed, 1));
                let breaches = story.breaches();
                assert!(
                    breaches.iter().any(|breach| breach.contains(said)),
                    "{name}, seed {seed}, {engines} engines: {breaches:?}"
                );
            }
        }
    }
}

#[test]
fn an_old_balance_of_a_wallet_of_one_engine_is_found() {
    for seed in 0..SEEDS {
        let mut story = simulate(seed, 1);
        // The balances of the last read and of the one before the last row differ, as every amount is above zero.
        let rows = &story.account.rows;
        let old = rows[rows.len() - 2].balance_after;
        let last = story.calls.last_mut().unwrap();
        last.answer = Answer::Balance(old);
        assert_eq!(story.breaches().len(), 1, "seed {seed}");
    }
}
