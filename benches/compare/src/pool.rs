//! The direct path's best pool: a larger one keeps the database busier, a smaller one waits less for locks.

use std::time::Duration;

use testkit::failure::Failure;

use crate::bench::{Bench, Place};
use crate::books::Books;
use crate::contender::System;
use crate::load::Load;
use crate::results::{CONNECTIONS, Results, Sweep};
use crate::wrk::Run;

const SIZES: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];
const WARM_UP: Duration = Duration::from_secs(1);
const PER_SIZE: Duration = Duration::from_secs(2);

/// The size with the highest throughput at [`CONNECTIONS`]. Cold and reads would use their wallets up or depend on
/// little else, and take the uniform load's.
pub async fn best(
    bench: &Bench<'_>,
    place: &Place,
    load: Load,
    books: &mut Books,
    results: &mut Results,
) -> Result<u64, Failure> {
    if matches!(load, Load::Cold | Load::Reads) {
        return Ok(found(results, place, Load::Uniform));
    }
    let mut throughputs = Vec::new();
    for size in SIZES {
        let direct = bench
            .start(System::Direct, place, Some(&books.database), size)
            .await?;
        let run = |duration| Run {
            load,
            connections: CONNECTIONS,
            duration,
            seed: 0,
        };
        let warm_up = bench
            .send(direct.address, Some(books), run(WARM_UP))
            .await?;
        let report = bench
            .send(direct.address, Some(books), run(PER_SIZE))
            .await?;
        let refused = warm_up.problem().or(report.problem());
        for problem in refused.into_iter().chain(direct.stop().await?) {
            let text = format!("direct, pool of {size}: {problem}");
            results.problem(place.name, load.name(), text);
        }
        let throughput = report.throughput();
        println!("    direct, pool of {size:>2}: {throughput:>6.0}/s");
        throughputs.push((size, throughput));
    }
    let best = throughputs.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let best = best.map_or(SIZES[0], |(size, _)| *size);
    results.sweeps.push(Sweep {
        place: place.name,
        load,
        throughputs,
        best,
    });
    Ok(best)
}

/// What [`best`] found before.
pub fn found(results: &Results, place: &Place, load: Load) -> u64 {
    let sweep = results
        .sweeps
        .iter()
        .find(|sweep| sweep.place == place.name && sweep.load == load);
    sweep.map_or(SIZES[SIZES.len() / 2], |sweep| sweep.best)
}
