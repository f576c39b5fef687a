//! What a condition costs the engine: a load under the condition, against the same load on the same build without it, in the
//! same round. With `--before`, the build before has figures of its own beside them.
//!
//! - `condition.rs` is what a condition has: its name and its rows. `line.rs` is a row's figures, and what they reach.
//! - `side.rs` is a build under measurement: its engines, on one database, with its books. `pair.rs` is the round of two
//!   loads that most conditions are.
//! - The other files are a condition each.

mod cold_passed;
mod condition;
mod fresh_keys;
mod idle;
mod line;
mod pair;
mod registering;
mod shared_reads;
mod side;
mod snapshot;
mod two_engines;

pub use condition::Condition;
pub use idle::NAME as IDLE;
pub use line::{Line, idle_text, rows};

use testkit::failure::Failure;

use crate::bench::{Bench, Place};
use crate::results::Results;

/// All of them, in the order in which they are measured and shown.
pub static CONDITIONS: [&Condition; 7] = [
    &cold_passed::CONDITION,
    &idle::CONDITION,
    &shared_reads::CONDITION,
    &fresh_keys::CONDITION,
    &registering::CONDITION,
    &two_engines::CONDITION,
    &snapshot::CONDITION,
];

/// Measures a condition.
pub async fn run(
    condition: &'static Condition,
    bench: &Bench<'_>,
    place: &Place,
    results: &mut Results,
) -> Result<(), Failure> {
    println!("{}", condition.name);
    match condition.name {
        idle::NAME => idle::run(bench, place, results).await,
        registering::NAME => registering::run(bench, place, results).await,
        two_engines::NAME => two_engines::run(bench, place, results).await,
        snapshot::NAME => snapshot::run(bench, place, results).await,
        cold_passed::NAME => cold_passed::run(bench, place, results).await,
        shared_reads::NAME => shared_reads::run(bench, place, results).await,
        fresh_keys::NAME => fresh_keys::run(bench, place, results).await,
        _ => Ok(()),
    }
}
