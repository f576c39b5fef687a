//! Rounds of two loads in turn, one of which is under the condition. Which of them comes first changes from round to round.

use testkit::failure::Failure;

use super::condition::Condition;
use super::side::{Side, run_of};
use crate::bench::{Bench, Place};
use crate::load::Load;
use crate::results::{CONNECTIONS, Results};

/// An engine, by its place on its side, and what it is sent.
pub type Point = (usize, Load);

/// Measures all rounds of all sides, and finishes them.
pub async fn run(
    bench: &Bench<'_>,
    place: &Place,
    condition: &'static Condition,
    mut sides: Vec<Side>,
    [without, with]: [Point; 2],
    results: &mut Results,
) -> Result<(), Failure> {
    for round in 0..=bench.arguments.rounds {
        for side in &mut sides {
            let swapped = round % 2 == 1;
            let order = if swapped {
                [with, without]
            } else {
                [without, with]
            };
            let mut reports = Vec::new();
            for (engine, load) in order {
                let run = run_of(bench, load, CONNECTIONS, round);
                reports.push(side.send(bench, engine, run).await?);
            }
            if swapped {
                reports.reverse();
            }
            if let Ok(reports) = reports.try_into() {
                side.note(condition, round, reports, results, place);
            }
        }
    }
    for side in sides {
        side.finish(bench, place, condition, results).await?;
    }
    Ok(())
}
