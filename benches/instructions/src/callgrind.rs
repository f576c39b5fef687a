//! Runs this program under callgrind, and reads how many instructions it took.

use std::path::PathBuf;
use std::process::Command;

use testkit::failure::{Failure, failed};

use crate::STEP;
use crate::steps::Step;
use crate::target;

/// Processors have different instructions for moving memory, and glibc takes the best that there are: none of these, so that
/// the count is the same on all of them.
const TUNABLES: (&str, &str) = (
    "GLIBC_TUNABLES",
    "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX2,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM,-RTM,-BMI2,-LZCNT",
);

/// Instructions of one operation of a step, to the nearest one.
pub fn instructions(step: &Step, database: &str) -> Result<u64, Failure> {
    let once = total(step, step.operations, database)?;
    let twice = total(step, 2 * step.operations, database)?;
    let operations = step.operations * step.operations_each;
    Ok((twice.saturating_sub(once) + operations / 2) / operations)
}

/// Instructions of the whole program with so many of a step. Its profile is left for `callgrind_annotate`.
fn total(step: &Step, times: u64, database: &str) -> Result<u64, Failure> {
    let counting = format!("count the instructions of the step {}", step.name);
    let program = std::env::current_exe().map_err(failed(counting.clone()))?;
    let output = Command::new("valgrind")
        .env(TUNABLES.0, TUNABLES.1)
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", profile(step).display()))
        .arg(program)
        .args([STEP, step.name, &times.to_string(), database])
        .output()
        .map_err(failed(format!("{counting} with valgrind")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = collected(&said).filter(|_| output.status.success());
    collected.ok_or_else(|| failed(counting)(format!("it ended with {}: {said}", output.status)))
}

fn profile(step: &Step) -> PathBuf {
    target().join(format!("instructions.{}.callgrind", step.name))
}

/// The total in the line `==1== Collected : 123`.
fn collected(said: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit_once(':')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_total_is_found_among_what_callgrind_says() {
        let said = "==7== Callgrind\n==7== Events    : Ir\n==7== Collected : 1234567\n==7==\n";
        assert_eq!(super::collected(said), Some(1_234_567));
        assert_eq!(super::collected("==7== Events    : Ir\n"), None);
    }
}
