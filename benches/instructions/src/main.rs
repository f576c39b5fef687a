//! `make instructions`: counts the instructions that an operation takes, and compares them with their budget.
//!
//! 1. Each step of an operation's way (`steps.rs`) is run by this program under callgrind, once with so many operations and
//!    once with twice as many (`callgrind.rs`). The difference is what those operations take: what the program needs to start
//!    is in both.
//! 2. The budget (`budget.txt`, read by `budget.rs`) has a figure for each step. A step that takes more fails, and so does one
//!    that takes less by as much: then the budget is to be lowered, so that the next change is compared with what is.
//!
//! Unlike a time, the number of instructions is the same on a busy machine, so CI can compare it. It does not say what an
//! instruction costs, and nothing of system calls, of waits or of the database: those are what `make compare` measures.
//!
//! Callgrind is called directly and its totals are subtracted, rather than by a library for such benches, which would come with
//! a second program of exactly its version to be built beside this one, and has no limit from below.
//!
//! `instructions --write` writes the budget as it is now. Exit status: 0, 1 if a step is out of its budget, 2 if one could not be
//! counted.

mod budget;
mod callgrind;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use testkit::failure::{Failure, failed};
use wallet_engine::telemetry::chain;

use budget::{Budget, Verdict};
use steps::Step;

/// The product's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The argument that lets this program run a step itself.
const STEP: &str = "step";
const WRITE: &str = "--write";
const UNCOUNTED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [STEP, name, times, database] => run(name, times, database).map(|()| true),
        [] => count(false),
        [WRITE] => count(true),
        _ => {
            eprintln!("instructions: usage: instructions [{WRITE}]");
            return ExitCode::from(UNCOUNTED);
        }
    };
    match done {
        Ok(within) => ExitCode::from(u8::from(!within)),
        Err(failure) => {
            eprintln!("instructions: {}", chain(&failure));
            ExitCode::from(UNCOUNTED)
        }
    }
}

/// Runs a step, to be counted.
fn run(name: &str, times: &str, database: &str) -> Result<(), Failure> {
    let reading = "read which step to run";
    let step = Step::ALL.iter().find(|step| step.name == name);
    let step = step.ok_or_else(|| failed(reading)("there is no such step"))?;
    let times = times.parse().map_err(failed(reading))?;
    (step.run)(times, database);
    Ok(())
}

/// Counts all steps. Gives whether all are within their budget.
fn count(write: bool) -> Result<bool, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("budget.txt");
    let mut budget = Budget::read(&path)?;
    if std::env::consts::ARCH != budget::ARCHITECTURE {
        println!(
            "The budget is for {}: nothing was counted.",
            budget::ARCHITECTURE
        );
        return Ok(true);
    }
    let scratch = tempfile::tempdir_in(target()).map_err(failed("make a directory"))?;
    let system = actix_web::rt::System::new();
    let (postgres, database) = system.block_on(steps::database(scratch.path()));
    let counted: Result<Vec<_>, Failure> = Step::ALL
        .iter()
        .map(|step| Ok((step, callgrind::instructions(step, &database)?)))
        .collect();
    system.block_on(postgres.stop());
    let mut within = true;
    println!("{:<16} {:>12} {:>12}", "step", "instructions", "budget");
    for (step, instructions) in counted? {
        if write {
            budget.set(step.name, instructions);
        }
        let allowed = budget.of(step.name);
        let verdict = Verdict::of(instructions, allowed, step.tolerance_percent);
        within &= verdict == Verdict::Within;
        let allowed = allowed.map_or_else(String::new, |allowed| allowed.to_string());
        println!(
            "{:<16} {instructions:>12} {allowed:>12}  {verdict}",
            step.name
        );
    }
    if write {
        budget.write(&path)?;
        println!("wrote {}", path.display());
    }
    Ok(within)
}

/// The folder of what is built, which is on a disk.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().map_or_else(PathBuf::new, Path::to_owned)
}
