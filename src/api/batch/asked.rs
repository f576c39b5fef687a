//! What a batch asks for.

use utoipa::ToSchema;

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::members::{self, Members, Value};
use super::super::openapi::schemas;
use crate::domain::linked::Step;
use crate::domain::{Movement, Operation as WalletOperation, OperationKind};

/// Operations of a batch at most.
const OPERATIONS_MAX: usize = 1_000;

const TRANSFER: &str = "TRANSFER";
const KINDS: [&str; 3] = ["DEPOSIT", "WITHDRAW", TRANSFER];

/// For the description alone, as [`Members`] reads it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Batch {
    /// Whether all of it happens or nothing; `false` if absent.
    atomic: Option<bool>,
    #[schema(min_items = 1, max_items = 1000)]
    operations: Vec<Operation>,
}

#[derive(ToSchema)]
#[schema(as = BatchOperation)]
#[expect(dead_code, reason = "it is described, and read member by member")]
pub struct Operation {
    #[schema(schema_with = schemas::wallet)]
    wallet: String,
    #[schema(schema_with = schemas::batch_kind)]
    kind: String,
    #[schema(schema_with = schemas::amount_to_send)]
    amount: String,
    /// Of a transfer, and only of one.
    #[schema(schema_with = schemas::wallet)]
    to: Option<String>,
    #[schema(schema_with = schemas::member_key)]
    key: Option<String>,
    #[schema(schema_with = schemas::reference)]
    reference: Option<String>,
}

pub struct Asked {
    pub atomic: bool,
    pub members: Vec<Result<Member, InvalidMember>>,
}

pub type Member = Step;

/// What is wrong with a member.
pub struct InvalidMember(pub Faults);

/// Reads a batch. What is wrong with one member is that member's.
///
/// # Errors
/// The batch itself is malformed.
pub fn parse(body: &[u8]) -> Result<Asked, Error> {
    let names = ["wallet", "kind", "amount", "to", "key", "reference"];
    let mut batch = Members::read(["atomic", "operations"], body).map_err(Error::Json)?;
    let atomic = batch.optional("atomic", members::boolean);
    let operations = batch.required("operations", members::list(names, OPERATIONS_MAX));
    let faults = batch.into_faults();
    match operations {
        Some(operations) if faults.is_empty() => Ok(Asked {
            atomic: atomic.unwrap_or_default(),
            members: operations.into_iter().map(member).collect(),
        }),
        _ => Err(Error::Fields(faults)),
    }
}

/// What a kind of a member stands for.
enum Kind {
    Operation(OperationKind),
    Transfer,
}

fn member(mut given: Members<'_, 6>) -> Result<Member, InvalidMember> {
    let wallet = given.required("wallet", members::wallet);
    let kind = given.required("kind", kind);
    let amount = given.required("amount", members::amount);
    let to = match kind {
        Some(Kind::Transfer) => given.required("to", members::wallet),
        Some(Kind::Operation(_)) => given.optional("to", |_| Err(Fault::NotHere)),
        None => None,
    };
    let key = given.optional("key", members::key);
    let reference = given.optional("reference", members::reference);
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
            movement,
            key,
            reference,
        }),
        _ => Err(InvalidMember(faults)),
    }
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
