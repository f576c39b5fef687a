//! A discrete-event simulation of engines and nodes: what machines that are not there would do.
//!
//! Time is virtual and everything follows from the seed, so a run is the same on every machine. The rules are those of the engine
//! (`src/engine/commit`), the costs were measured ([`costs`]); nothing of the product runs here.
//!
//! 1. A client sends one operation at a time, to the engine that its wallet belongs to.
//! 2. The engine's cores parse it ([`engine`]). While a write of its wallet is in flight it waits for the wallet's next set.
//! 3. A set waits in the lane of its wallet's node. Whoever has the lane's permit takes what waits as one group.
//! 4. The group is a job of several steps ([`job`]): network, a core of the node, a flush that others share.
//! 5. A transfer between wallets of one node is a unit of such a group. One that crosses goes by the coordinator, in two phases.
//! 6. What was written by another engine meanwhile misses, is loaded and written again.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and virtual times are far below what a float holds exactly"
)]

pub mod chart;
pub mod costs;
pub mod engine;
pub mod job;
pub mod measure;
pub mod outcome;
pub mod page;
pub mod random;
pub mod scenario;
pub mod servers;
pub mod world;

pub use costs::Costs;
pub use outcome::Outcome;
pub use scenario::{Load, Scenario};
pub use world::simulate;

/// Virtual time, in nanoseconds.
pub type Nanos = u64;

/// The nanoseconds of so many microseconds.
#[must_use]
pub fn us(microseconds: f64) -> Nanos {
    (microseconds * 1_000.0).round() as Nanos
}
