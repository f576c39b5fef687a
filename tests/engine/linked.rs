//! Linked sets: operations of several wallets that happen together or not at all.

mod answers;
mod contention;
mod faults;
mod histories;
mod keys;
mod limits;
mod linearizable;
mod transfers;
mod two_shared_engines;

use wallet_engine::domain::linked::{LinkedSet, Step, StepReceipt};
use wallet_engine::domain::{
    Amount, IdempotencyKey, Movement, Operation, OperationRefused, OperationRequest, Reference,
    WalletId,
};
use wallet_engine::engine::{Engine, LinkedError};

pub fn transfer(from: WalletId, to: WalletId, cents: i64) -> Step {
    let amount = Amount::from_cents(cents).unwrap();
    Step {
        wallet: from,
        request: Movement::Transfer { to, amount }.into(),
    }
}

fn keyed(key: &str, step: Step) -> Step {
    let key = IdempotencyKey::parse(key);
    Step {
        request: OperationRequest {
            key,
            ..step.request
        },
        ..step
    }
}

fn referring(reference: &str, step: Step) -> Step {
    let reference = Reference::parse(reference);
    Step {
        request: OperationRequest {
            reference,
            ..step.request
        },
        ..step
    }
}

fn single(wallet: WalletId, operation: Operation) -> Step {
    Step {
        wallet,
        request: operation.into(),
    }
}

pub async fn pay(engine: &Engine, step: Step) -> Result<StepReceipt, LinkedError> {
    let receipts = engine.apply_linked(LinkedSet::new(vec![step]).unwrap());
    receipts.await.map(|receipts| receipts[0].clone())
}

fn refusal(error: LinkedError) -> OperationRefused {
    match error {
        LinkedError::Refused(refused) => refused.reason,
        other => panic!("{other:?}"),
    }
}

async fn balance(engine: &Engine, wallet: WalletId) -> i64 {
    engine.wallet(wallet).await.unwrap().balance.cents()
}
