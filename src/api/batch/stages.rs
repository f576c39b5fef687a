//! Operations that happen each by itself, in the order that their wallets need.

use std::collections::HashMap;

use futures_util::future::{join, join_all};
use tokio::time::Instant;

use super::super::error::Error;
use super::super::step;
use crate::domain::linked::{Step, StepReceipt};
use crate::domain::{OperationRequest, WalletId};
use crate::engine::Engine;

/// Operations that happen at once, with their places in the list.
#[derive(Default)]
struct Stage {
    /// By wallet, in the order of the list.
    operations: HashMap<WalletId, Vec<(usize, OperationRequest)>>,
    transfers: Vec<(usize, Step)>,
}

/// What of a wallet came last.
#[derive(Clone, Copy)]
struct Last {
    stage: usize,
    is_transfer: bool,
}

/// What became of an operation.
pub type Outcome = Result<StepReceipt, Error>;

/// Does what the steps ask for, stage by stage; the outcomes are one for one. All stages together have the time of one
/// request: what is not begun by then is not done.
pub async fn run(
    engine: &Engine,
    steps: Vec<Result<Step, Error>>,
) -> impl Iterator<Item = Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    outcomes.resize_with(steps.len(), || None);
    let mut stages: Vec<Stage> = Vec::new();
    let mut lasts: HashMap<WalletId, Last> = HashMap::new();
    for (place, step) in steps.into_iter().enumerate() {
        match step {
            Err(error) => outcomes[place] = Some(Err(error)),
            Ok(step) => {
                let stage = stage_of(&step, &mut lasts);
                if stages.len() == stage {
                    stages.push(Stage::default());
                }
                stages[stage].add(place, step);
            }
        }
    }
    let deadline = engine.deadline();
    for stage in stages {
        for (place, outcome) in stage.run(engine, deadline).await {
            outcomes[place] = Some(outcome);
        }
    }
    outcomes.into_iter().flatten()
}

/// The wallet of a step, and that of its receiver.
pub fn wallets_of(step: &Step) -> [Option<WalletId>; 2] {
    [Some(step.wallet), step.request.movement.other()]
}

/// The first stage in which the step comes after everything of its wallets that it must come after.
fn stage_of(step: &Step, lasts: &mut HashMap<WalletId, Last>) -> usize {
    let is_transfer = step.request.movement.other().is_some();
    let wallets = wallets_of(step).into_iter().flatten();
    let known = wallets.clone().filter_map(|wallet| lasts.get(&wallet));
    // A wallet's actor keeps the order of its operations; a transfer may wait for its other wallet, so nothing follows it.
    let after = |last: &Last| last.stage + usize::from(is_transfer || last.is_transfer);
    let stage = known.map(after).max().unwrap_or_default();
    for wallet in wallets {
        lasts.insert(wallet, Last { stage, is_transfer });
    }
    stage
}

impl Stage {
    fn add(&mut self, place: usize, step: Step) {
        if step.request.movement.other().is_some() {
            self.transfers.push((place, step));
        } else {
            let of_wallet = self.operations.entry(step.wallet).or_default();
            of_wallet.push((place, step.request));
        }
    }

    async fn run(
        self,
        engine: &Engine,
        deadline: Instant,
    ) -> impl Iterator<Item = (usize, Outcome)> {
        let operations = self.operations.into_iter().map(async |(wallet, requests)| {
            let (places, requests): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
            let answers = engine.apply_all(wallet, requests, deadline).await;
            let outcomes = answers.into_iter().map(|answer| {
                let receipt = answer.map_err(Error::Engine)?;
                Ok(StepReceipt {
                    seq: receipt.seq,
                    balance: receipt.balance,
                    transfer: None,
                    hold: receipt.hold,
                    replayed: receipt.replayed,
                })
            });
            places.into_iter().zip(outcomes).collect::<Vec<_>>()
        });
        let transfers = self
            .transfers
            .into_iter()
            .map(async |(place, step)| (place, step::apply(engine, step, deadline).await));
        let (operations, transfers) = join(join_all(operations), join_all(transfers)).await;
        operations.into_iter().flatten().chain(transfers)
    }
}
