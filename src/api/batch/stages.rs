//! Members that happen each by itself, in the order that their wallets need.

use std::collections::HashMap;

use futures_util::future::{join, join_all};

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::asked::{InvalidMember, Member};
use super::{Outcome, wallets_of};
use crate::domain::linked::{LinkedSet, StepReceipt};
use crate::domain::{Movement, Operation, OperationRequest, WalletId};
use crate::engine::{Engine, LinkedError};

/// Members that happen at once, with their places in the list.
#[derive(Default)]
struct Stage {
    /// By wallet, in the order of the list.
    operations: HashMap<WalletId, Vec<(usize, OperationRequest)>>,
    transfers: Vec<(usize, Member)>,
}

/// What of a wallet came last.
#[derive(Clone, Copy)]
struct Last {
    stage: usize,
    /// Of a transfer, the two wallets; of an operation, the one.
    wallets: [Option<WalletId>; 2],
}

/// Does what the members ask for, stage by stage; the outcomes are one for one.
pub async fn run(
    engine: &Engine,
    members: Vec<Result<Member, InvalidMember>>,
) -> impl Iterator<Item = Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = Vec::new();
    outcomes.resize_with(members.len(), || None);
    let mut stages: Vec<Stage> = Vec::new();
    let mut lasts: HashMap<WalletId, Last> = HashMap::new();
    for (place, member) in members.into_iter().enumerate() {
        match member {
            Err(InvalidMember(faults)) => outcomes[place] = Some(Outcome::Invalid(faults)),
            Ok(member) => {
                let stage = stage_of(&member, &mut lasts);
                if stages.len() == stage {
                    stages.push(Stage::default());
                }
                stages[stage].add(place, member);
            }
        }
    }
    for stage in stages {
        for (place, outcome) in stage.run(engine).await {
            outcomes[place] = Some(outcome);
        }
    }
    outcomes.into_iter().flatten()
}

/// The first stage in which the member comes after everything of its wallets that it must come after.
fn stage_of(member: &Member, lasts: &mut HashMap<WalletId, Last>) -> usize {
    let mut wallets = wallets_of(member);
    wallets.sort_unstable();
    let known = wallets
        .iter()
        .flatten()
        .filter_map(|wallet| lasts.get(wallet));
    let stage = known.map(|last| {
        // The queue keeps the order of what concerns the same wallets.
        last.stage + usize::from(last.wallets != wallets)
    });
    let stage = stage.max().unwrap_or_default();
    for wallet in wallets.iter().flatten() {
        lasts.insert(*wallet, Last { stage, wallets });
    }
    stage
}

impl Stage {
    fn add(&mut self, place: usize, member: Member) {
        match member.movement {
            Movement::Operation(operation) => {
                let of_wallet = self.operations.entry(member.wallet).or_default();
                of_wallet.push((place, request(operation, member)));
            }
            Movement::Transfer { .. } => self.transfers.push((place, member)),
        }
    }

    async fn run(self, engine: &Engine) -> impl Iterator<Item = (usize, Outcome)> {
        let operations = self.operations.into_iter().map(async |(wallet, requests)| {
            let (places, requests): (Vec<_>, Vec<_>) = requests.into_iter().unzip();
            let answers = engine.apply_all(wallet, requests).await;
            let outcomes = answers.into_iter().map(|answer| match answer {
                Ok(receipt) => Outcome::Done(StepReceipt {
                    seq: receipt.seq,
                    balance: receipt.balance,
                    transfer: None,
                    replayed: receipt.replayed,
                }),
                Err(error) => Outcome::Failed(Error::Engine(error)),
            });
            places.into_iter().zip(outcomes).collect::<Vec<_>>()
        });
        let transfers = self
            .transfers
            .into_iter()
            .map(async |(place, member)| (place, transfer(engine, member).await));
        let (operations, transfers) = join(join_all(operations), join_all(transfers)).await;
        operations.into_iter().flatten().chain(transfers)
    }
}

fn request(operation: Operation, member: Member) -> OperationRequest {
    OperationRequest {
        operation,
        key: member.key,
        reference: member.reference,
    }
}

async fn transfer(engine: &Engine, member: Member) -> Outcome {
    let [_, to] = wallets_of(&member);
    let Ok(set) = LinkedSet::new(vec![member]) else {
        return Outcome::Failed(Error::SameWallet);
    };
    match engine.apply_linked(set).await.as_deref() {
        Ok([receipt]) => Outcome::Done(*receipt),
        Ok(_) => Outcome::Failed(Error::NoSuchPath),
        Err(LinkedError::WalletNotFound(id)) if Some(*id) == to => {
            Outcome::Invalid(Faults::one("to", Fault::NoSuchWallet))
        }
        Err(error) => Outcome::Failed(Error::Linked(error.clone())),
    }
}
