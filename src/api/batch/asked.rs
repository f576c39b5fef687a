//! What a batch asks for.

use utoipa::ToSchema;
use utoipa::openapi::schema::ObjectBuilder;

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::members::value::{self, Value};
use super::super::members::{self, Members};
use super::super::openapi::linked;
use super::super::openapi::schemas::both;
use crate::domain::linked::Step;
use crate::domain::{Movement, Operation as WalletOperation, OperationKind, OperationRequest};
use crate::messages::id;

/// Operations of a batch at most.
const OPERATIONS_MAX: usize = 1_000;

const TRANSFER: &str = "TRANSFER";
const KINDS: [&str; 3] = ["DEPOSIT", "WITHDRAW", TRANSFER];

// For the description alone: `parse` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(description = both(id!("openapi-batch-body")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Batch {
    #[schema(schema_with = linked::atomic)]
    atomic: Option<bool>,
    #[schema(min_items = 1, max_items = 1000)]
    operations: Vec<Operation>,
}

// For the description alone: `step` reads the members.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchOperation, description = both(id!("openapi-batch-operation")))]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Operation {
    #[schema(schema_with = linked::wallet)]
    wallet: String,
    #[schema(schema_with = kinds)]
    kind: String,
    #[schema(schema_with = linked::amount)]
    amount: String,
    #[schema(schema_with = linked::receiver_or_null)]
    to: Option<String>,
    #[schema(schema_with = linked::key)]
    key: Option<String>,
    #[schema(schema_with = linked::reference_or_null)]
    reference: Option<String>,
}

pub struct Asked {
    pub atomic: bool,
    /// What each operation asks for, or what is wrong with it.
    pub operations: Vec<Result<Step, Faults>>,
}

/// Reads a batch. What is wrong with one operation is that operation's.
///
/// # Errors
/// The batch itself is malformed.
pub fn parse(body: &[u8]) -> Result<Asked, Error> {
    let names = ["wallet", "kind", "amount", "to", "key", "reference"];
    let mut batch = Members::read(["atomic", "operations"], body).map_err(Error::Json)?;
    let atomic = batch.optional("atomic", value::boolean);
    let operations = batch.required("operations", members::list(names, OPERATIONS_MAX));
    let faults = batch.into_faults();
    match operations {
        Some(operations) if faults.is_empty() => Ok(Asked {
            atomic: atomic.unwrap_or_default(),
            operations: operations.into_iter().map(step).collect(),
        }),
        _ => Err(Error::Fields(faults)),
    }
}

/// What the kind of an operation stands for.
enum Kind {
    Operation(OperationKind),
    Transfer,
}

fn step(mut given: Members<'_, 6>) -> Result<Step, Faults> {
    let wallet = given.required("wallet", value::wallet);
    let kind = given.required("kind", kind);
    let amount = given.required("amount", value::amount);
    let to = match kind {
        Some(Kind::Transfer) => given.required("to", value::wallet),
        Some(Kind::Operation(_)) => given.optional("to", |_| Err(Fault::NotHere)),
        None => None,
    };
    let key = given.optional("key", value::key);
    let reference = given.optional("reference", value::reference);
    let faults = given.into_faults();
    let movement = match (kind, amount, to) {
        (Some(Kind::Operation(kind)), Some(amount), None) => {
            Some(Movement::Operation(WalletOperation { kind, amount }))
        }
        (Some(Kind::Transfer), Some(amount), Some(to)) => Some(Movement::Transfer { to, amount }),
        _ => None,
    };
    match (wallet, movement) {
        (Some(wallet), Some(movement)) if faults.is_empty() => Ok(Step {
            wallet,
            request: OperationRequest {
                key,
                reference,
                ..movement.into()
            },
        }),
        _ => Err(faults),
    }
}

fn kinds() -> ObjectBuilder {
    linked::kind(&KINDS)
}

fn kind(value: Value<'_>) -> Result<Kind, Fault> {
    let text = value.text()?;
    if text == TRANSFER {
        return Ok(Kind::Transfer);
    }
    OperationKind::parse_requestable(&text)
        .map(Kind::Operation)
        .ok_or(Fault::NotOneOf(&KINDS))
}
