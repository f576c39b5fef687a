//! Bodies of transfers and batches: what is read is within its limits and, written again, reads the same; what
//! `serde_json` does not read as an object is refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde_json::{Value, json};
use wallet_engine::api::fuzzing;
use wallet_engine::domain::linked::{LINKED_WALLETS_MAX, LinkedSet, Step};
use wallet_engine::domain::{Amount, Movement, OperationRequest, WalletId};

const OPERATIONS_MAX: usize = 1_000;
const REFERENCE_CHARS_MAX: usize = 140;
const FROM: &str = "47c6a995-7685-412c-99fe-4259db91f18f";

fuzz_target!(|body: &[u8]| {
    let from = WalletId::parse(FROM).expect("it is a wallet's id");
    let whole = by_serde(body);
    match fuzzing::transfer(body, from) {
        Ok(step) => {
            check(&step);
            let Some(Value::Object(object)) = &whole else {
                panic!("{whole:?} is no object");
            };
            assert!(
                object
                    .keys()
                    .all(|name| ["to", "amount", "reference"].contains(&name.as_str()))
            );
            let mut written = written(&step);
            for name in ["wallet", "kind", "key"] {
                written.as_object_mut().expect("it is one").remove(name);
            }
            let again = fuzzing::transfer(written.to_string().as_bytes(), from);
            assert_eq!(again, Ok(step));
        }
        Err(status) => assert_eq!(status, 400),
    }
    match fuzzing::batch(body) {
        Ok(operations) => {
            let given = whole
                .as_ref()
                .and_then(|whole| whole.get("operations")?.as_array());
            match given {
                Some(given) => assert_eq!(operations.len(), given.len()),
                // In an operation, half of a surrogate pair makes a text that is no value of any member.
                None => assert!(body.windows(2).any(|pair| pair == br"\u"), "{whole:?}"),
            }
            assert!((1..=OPERATIONS_MAX).contains(&operations.len()));
            let mut steps = Vec::new();
            for operation in operations {
                match operation {
                    Ok(step) => {
                        check(&step);
                        steps.push(step);
                    }
                    Err(faults) => assert!(faults > 0),
                }
            }
            if !steps.is_empty() {
                let operations: Vec<_> = steps.iter().map(written).collect();
                let batch = json!({"atomic": true, "operations": operations}).to_string();
                let again = fuzzing::batch(batch.as_bytes()).expect("as many operations at most");
                assert!(again.iter().map(Result::as_ref).eq(steps.iter().map(Ok)));
                if let Ok(set) = LinkedSet::new(steps) {
                    let wallets = set.wallets();
                    assert!(wallets.len() <= LINKED_WALLETS_MAX);
                    assert!(wallets.is_sorted_by(|one, other| one < other));
                }
            }
        }
        Err(status) => assert_eq!(status, 400),
    }
});

fn by_serde(body: &[u8]) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// Everything that the domain relies on.
fn check(step: &Step) {
    let amount = step.request.movement.operation().amount;
    assert!((Amount::MIN..=Amount::MAX).contains(&amount));
    if let Some(key) = &step.request.key {
        let key = key.as_str();
        assert!((1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    if let Some(reference) = &step.request.reference {
        let reference = reference.as_str();
        assert!((1..=REFERENCE_CHARS_MAX).contains(&reference.chars().count()));
        assert!(!reference.chars().any(char::is_control));
    }
}

/// The step as an operation of a batch.
fn written(step: &Step) -> Value {
    let Step { wallet, request } = step;
    let OperationRequest {
        movement,
        key,
        reference,
        ..
    } = request;
    let kind = match movement {
        Movement::Operation(operation) => operation.kind.as_str(),
        Movement::Transfer { .. } => "TRANSFER",
        other => unreachable!("no body asks for it: {other:?}"),
    };
    let cents = movement.operation().amount.cents();
    json!({
        "wallet": wallet.to_string(),
        "kind": kind,
        "amount": format!("{}.{:02}", cents / 100, cents % 100),
        "to": movement.other().map(|to| to.to_string()),
        "key": key.as_ref().map(|key| key.as_str()),
        "reference": reference.as_ref().map(|reference| reference.as_str()),
    })
}
