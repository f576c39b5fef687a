//! What retirement costs: the tail of cold wallets on an engine that has had more wallets active than it may keep, against
//! an engine that stays below its maximum. Each request is on a wallet that no one has asked for.

use testkit::failure::Failure;

use super::condition::{Bounds, Condition, Judged, Row, Unit};
use super::pair;
use super::side::Side;
use crate::activate::read_each;
use crate::bench::{Bench, Place};
use crate::load::Load;
use crate::results::Results;
use crate::trial::WARM_UP;

pub const NAME: &str = "cold-passed";

pub static CONDITION: Condition = Condition {
    name: NAME,
    rows: &[
        Row {
            name: "p99 cold, past `WALLET_ACTIVE_MAX`/below it",
            unit: Unit::P99,
            bounds: Some(Bounds::new(Judged::RatioAtMost, ("2", 2.0), ("1.2", 1.2))),
        },
        Row {
            name: "cold, past `WALLET_ACTIVE_MAX`/below it",
            unit: Unit::PerSecond,
            bounds: None,
        },
    ],
};

/// The maximum that is passed, and the largest that there is, which is out of reach.
const ACTIVE_MAX: u64 = 20_000;
const OUT_OF_REACH: u64 = 10_000_000;
/// Wallets that are read first, by the engine whose maximum that passes.
const PRELOADED: u64 = ACTIVE_MAX + ACTIVE_MAX / 4;

/// Measures an engine of each kind on one database, with wallets of its own for each run.
pub async fn run(bench: &Bench<'_>, place: &Place, results: &mut Results) -> Result<(), Failure> {
    let arguments = bench.arguments;
    let seconds = WARM_UP.as_secs() + arguments.rounds * arguments.per_point.as_secs();
    let fresh = seconds * arguments.cold_wallets_per_s;
    let maxima = [OUT_OF_REACH, ACTIVE_MAX].map(|max| max.to_string());
    let engines = [
        ["--active-max", maxima[0].as_str()],
        ["--active-max", maxima[1].as_str()],
    ];
    let mut sides = Side::all(
        bench,
        place,
        PRELOADED + 2 * fresh,
        &[&engines[0], &engines[1]],
    )
    .await?;
    for side in &mut sides {
        let first = side.books.take_fresh(PRELOADED);
        let address = side.engines[1].address;
        let refused = read_each(address, first, first + PRELOADED).await?;
        if refused > 0 {
            let text = format!("{refused} reads were refused");
            results.problem(place.name, NAME, text);
        }
    }
    let points = [(0, Load::Cold), (1, Load::Cold)];
    pair::run(bench, place, &CONDITION, sides, points, results).await
}
