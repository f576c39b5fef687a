//! A client: one request after the other, drawn from its own stream of the seed.
//!
//! It deposits, withdraws, transfers and reads, and asks for several things in one batch, together or each by itself; it
//! holds money, most of it for seconds, captures and voids what it held, two ways at once as well, reverses what a history
//! shows, and changes the rules of a wallet, for others too, until someone changes them back; it asks again for what was lost, and sometimes for what was not; it sends one operation or transfer twice at once, and
//! another operation under a key that is taken; and now and then it has little patience. Every operation has a key of its
//! own, but in some wallets none: such an operation is asked for once. There are more withdrawals than deposits, so
//! wallets stay near to empty and many withdrawals are refused. Money moves between wallets that one engine may serve.

mod drawn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use wallet_engine::domain::{Movement, OperationKind, WalletId};

use crate::api::Api;
use crate::history::{Answer, Request};
use crate::told::{HoldTold, Told};
use testkit::random::Random;

pub const CLIENTS: usize = 12;

/// Longer than the engine's own waiting time.
pub const PATIENT: Duration = Duration::from_secs(4);

/// The longest pause between two requests, on a machine that others use too.
const PAUSE_MAX_MS: u64 = 40;
/// The longest batch.
const BATCH_MAX: u64 = 5;
/// Operations that a client can come back to.
const REMEMBERED_MAX: usize = 32;
/// How often a lost answer is asked for at once; then it is left for the end.
const AGAIN_MAX: usize = 3;

/// A wallet, and the engines that clients use it through.
#[derive(Clone, Debug)]
pub struct Served {
    pub wallet: WalletId,
    pub engines: Vec<usize>,
    /// Whether operations have no key; each has an amount of its own then.
    pub unkeyed: bool,
}

impl Served {
    /// The engines that both wallets are used through; `None` if no engine may move money between them.
    fn beside(&self, other: &Self) -> Option<Vec<usize>> {
        let mut common = self.engines.clone();
        common.retain(|engine| other.engines.contains(engine));
        let are_two = self.wallet != other.wallet && self.unkeyed == other.unkeyed;
        (are_two && !common.is_empty()).then_some(common)
    }
}

/// The wallets of a run.
pub struct Wallets {
    /// Everybody's favourites.
    pub hot: Vec<Served>,
    pub cold: Vec<Served>,
}

impl Wallets {
    fn find(&self, wallet: WalletId) -> Option<&Served> {
        let mut all = self.hot.iter().chain(&self.cold);
        all.find(|served| served.wallet == wallet)
    }
}

pub struct Client {
    number: usize,
    random: Random,
    api: Api,
    wallets: Arc<Wallets>,
    /// When what is acknowledged may be lost.
    hazard: Hazard,
    operations: u64,
    remembered: VecDeque<Asked>,
    /// What it holds, or held.
    holds: VecDeque<Held>,
}

/// A hold that was placed.
#[derive(Clone)]
struct Held {
    served: Served,
    placed: HoldTold,
}

/// An operation that was asked for, or several that happen together.
#[derive(Clone)]
struct Asked {
    /// The wallet that has the key, and the engines of all wallets.
    served: Served,
    request: Request,
    /// Known to have happened, for good.
    applied: bool,
}

/// Odd while something that is acknowledged may be lost.
#[derive(Clone, Default)]
pub struct Hazard(Arc<AtomicU64>);

impl Hazard {
    /// Begins such a time, or ends it.
    pub fn turn(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether there has been none since it was `before`.
    fn is_none_since(&self, before: u64) -> bool {
        before.is_multiple_of(2) && self.count() == before
    }
}

impl Client {
    pub fn new(number: usize, seed: u64, api: Api, wallets: Arc<Wallets>, hazard: Hazard) -> Self {
        Self {
            number,
            random: Random::stream(seed, number as u64),
            api,
            wallets,
            hazard,
            operations: 0,
            remembered: VecDeque::with_capacity(REMEMBERED_MAX),
            holds: VecDeque::with_capacity(REMEMBERED_MAX),
        }
    }

    pub async fn run(mut self, stop: Arc<AtomicBool>) {
        while !stop.load(Ordering::Relaxed) {
            self.act().await;
            self.pause().await;
        }
    }

    async fn act(&mut self) {
        match self.random.below(100) {
            0..22 => self.read().await,
            22..32 => {
                if let Some(asked) = self.remembered() {
                    self.ask(asked).await;
                }
            }
            32..34 => self.misuse().await,
            34..37 => {
                let asked = self.operation();
                self.twice_at_once(asked).await;
            }
            37..40 => {
                let asked = self.transfer();
                self.twice_at_once(asked).await;
            }
            40..50 => {
                let asked = self.transfer();
                self.ask(asked).await;
            }
            50..55 => {
                let asked = self.atomic();
                self.ask(asked).await;
            }
            55..58 => self.batch().await,
            58..66 => self.hold().await,
            66..76 => self.use_a_hold().await,
            76..81 => self.reverse().await,
            81..83 => {
                let asked = self.rules();
                self.ask_once_or_twice(asked).await;
            }
            _ => {
                let asked = self.operation();
                self.ask(asked).await;
            }
        }
    }

    async fn pause(&mut self) {
        sleep(Duration::from_millis(self.random.below(PAUSE_MAX_MS))).await;
    }

    async fn read(&mut self) {
        let served = self.wallet();
        let (engine, patience) = (self.engine(&served), self.patience());
        self.api
            .call(engine, served.wallet, Request::Read, patience)
            .await;
    }

    /// Asks for the operation; if the answer was lost, perhaps again at once.
    async fn ask(&mut self, mut asked: Asked) -> Answer {
        let again = if self.random.one_in(2) && !asked.served.unkeyed {
            AGAIN_MAX
        } else {
            0
        };
        let mut attempts = 0;
        let answer = loop {
            let before = self.hazard.count();
            let answer = self.call(&asked, asked.request.clone()).await;
            asked.applied |= answer.is_success() && self.hazard.is_none_since(before);
            let is_lost = matches!(answer, Answer::Unknown(_) | Answer::NotSent);
            if !is_lost || attempts == again {
                break answer;
            }
            attempts += 1;
            self.pause().await;
        };
        self.remember(asked);
        answer
    }

    async fn ask_once_or_twice(&mut self, asked: Asked) {
        if self.random.one_in(6) {
            self.twice_at_once(asked).await;
        } else {
            self.ask(asked).await;
        }
    }

    /// Holds money.
    async fn hold(&mut self) {
        let asked = self.new_hold();
        let served = asked.served.clone();
        let answer = self.ask(asked).await;
        if let Answer::Applied {
            told: Told {
                hold: Some(placed), ..
            },
            ..
        } = answer
        {
            if self.holds.len() == REMEMBERED_MAX {
                self.holds.pop_front();
            }
            self.holds.push_back(Held { served, placed });
        }
    }

    /// Captures or voids something that was held, and may be no more; now and then in two ways at once.
    async fn use_a_hold(&mut self) {
        if self.holds.is_empty() {
            return self.hold().await;
        }
        let at = self.random.index(self.holds.len());
        let held = self.holds[at].clone();
        let asked = self.use_of(&held);
        if self.random.one_in(4) {
            let rival = self.use_of(&held);
            self.rivals(asked, rival).await;
        } else {
            self.ask_once_or_twice(asked).await;
        }
    }

    /// Two requests of one wallet that are under way at once.
    async fn rivals(&mut self, mut one: Asked, mut other: Asked) {
        let before = self.hazard.count();
        let engines = [self.engine(&one.served), self.engine(&other.served)];
        let call = |engine, asked: &Asked| {
            let (wallet, request) = (asked.served.wallet, asked.request.clone());
            self.api.call(engine, wallet, request, PATIENT)
        };
        let (first, second) = tokio::join!(call(engines[0], &one), call(engines[1], &other));
        let is_calm = self.hazard.is_none_since(before);
        one.applied = first.is_success() && is_calm;
        other.applied = second.is_success() && is_calm;
        self.remember(one);
        self.remember(other);
    }

    /// Reverses something that a wallet's history shows, from whichever side it is seen. It is in no danger of being lost: under
    /// the number of another one, it would be another request.
    async fn reverse(&mut self) {
        let served = self.keyed_wallet();
        let engine = self.engine(&served);
        let before = self.hazard.count();
        let past = self.api.past(engine, served.wallet).await;
        if past.is_empty() || !self.hazard.is_none_since(before) {
            return;
        }
        let entry = past[self.random.index(past.len())];
        if let Some(asked) = self.reversal_of(served, entry) {
            self.ask_once_or_twice(asked).await;
        }
    }

    /// The same operation in two requests that are under way at once: one effect, and both are told of it.
    async fn twice_at_once(&mut self, mut asked: Asked) {
        if asked.served.unkeyed {
            self.ask(asked).await;
            return;
        }
        let before = self.hazard.count();
        let engines = [self.engine(&asked.served), self.engine(&asked.served)];
        let call = |engine| {
            let (wallet, request) = (asked.served.wallet, asked.request.clone());
            self.api.call(engine, wallet, request, PATIENT)
        };
        let (one, other) = tokio::join!(call(engines[0]), call(engines[1]));
        asked.applied =
            (one.is_success() || other.is_success()) && self.hazard.is_none_since(before);
        self.remember(asked);
    }

    /// Another operation under a key that is known to be taken.
    async fn misuse(&mut self) {
        let Some(asked) = self.remembered().filter(|asked| asked.applied) else {
            return;
        };
        let Some(key) = asked.request.key().map(str::to_owned) else {
            return;
        };
        let served = self.wallet();
        let (_, mut operation) = self.draw(&served);
        let same = Movement::Operation(operation);
        if matches!(&asked.request, Request::Operation { movement, .. } if *movement == same) {
            operation.kind = match operation.kind {
                OperationKind::Deposit => OperationKind::Withdraw,
                _ => OperationKind::Deposit,
            };
        }
        self.call(&asked, Request::Misuse { key, operation }).await;
    }

    async fn call(&mut self, asked: &Asked, request: Request) -> Answer {
        let (engine, patience) = (self.engine(&asked.served), self.patience());
        self.api
            .call(engine, asked.served.wallet, request, patience)
            .await
    }

    /// Operations and transfers in one batch, each by itself.
    async fn batch(&mut self) {
        let count = 2 + self.random.below(BATCH_MAX - 1);
        let first = self.wallet();
        let engine = self.engine(&first);
        let mut all = Vec::new();
        while all.len() < usize::try_from(count).unwrap() {
            let asked = if self.random.one_in(2) {
                self.transfer()
            } else {
                self.operation()
            };
            if asked.served.engines.contains(&engine) {
                all.push(asked);
            }
        }
        let patience = self.patience();
        let before = self.hazard.count();
        let requests = all
            .iter()
            .map(|asked| (asked.served.wallet, asked.request.clone()))
            .collect();
        let answers = self.api.call_each(engine, requests, patience).await;
        for (mut asked, answer) in all.into_iter().zip(answers) {
            asked.applied = answer.is_success() && self.hazard.is_none_since(before);
            self.remember(asked);
        }
    }

    fn remember(&mut self, asked: Asked) {
        if asked.served.unkeyed {
            return;
        }
        let key = asked.request.key();
        self.remembered.retain(|other| other.request.key() != key);
        if self.remembered.len() == REMEMBERED_MAX {
            self.remembered.pop_front();
        }
        self.remembered.push_back(asked);
    }

    fn remembered(&mut self) -> Option<Asked> {
        if self.remembered.is_empty() {
            return None;
        }
        let at = self.random.index(self.remembered.len());
        self.remembered.get(at).cloned()
    }

    fn engine(&mut self, served: &Served) -> usize {
        served.engines[self.random.index(served.engines.len())]
    }

    /// How long to wait for an answer; sometimes not long enough.
    fn patience(&mut self) -> Duration {
        if self.random.one_in(40) {
            Duration::from_millis(1 + self.random.below(50))
        } else {
            PATIENT
        }
    }
}
