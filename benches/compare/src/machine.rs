//! What the figures depend on besides the code: the machine, its disk and the versions.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::failure::{Failure, failed};

use crate::project;
use crate::statistics::Spread;

/// Flushes that the disk's time for one is taken from.
const FLUSHES: usize = 200;
/// A page of PostgreSQL's log.
const PAGE: [u8; 8192] = [0; 8192];

/// Names and values, in the order in which the results show them.
pub fn facts(scratch: &Path) -> Result<Vec<(&'static str, String)>, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let flush = flush_time(scratch).map_err(failed("time the disk's flush"))?;
    Ok(vec![
        ("CPU", line_of("/proc/cpuinfo", "model name")),
        ("cores", cores.to_string()),
        ("memory", line_of("/proc/meminfo", "MemTotal")),
        ("kernel", said("uname", &["-sr"])),
        ("file system", filesystem(scratch)),
        ("write and flush of 8 KiB", format!("{flush} µs")),
        ("engine", revision()),
        ("rustc", said("rustc", &["--version"])),
        ("wrk", wrk_version()),
    ])
}

/// The kind of file system that the directory is on.
pub fn filesystem(directory: &Path) -> String {
    said("stat", &["-f", "-c", "%T", &directory.to_string_lossy()])
}

/// Microseconds that a page takes to be on disk, half of the time.
fn flush_time(scratch: &Path) -> std::io::Result<u128> {
    let path = scratch.join("flush");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let begun = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64());
    }
    fs::remove_file(&path)?;
    Ok(Duration::from_secs_f64(Spread::of(times).median).as_micros())
}

/// The commit that was built, and whether the tree has more than that.
fn revision() -> String {
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    // The results and their copies in the documents are about to change.
    let uncommitted = said(
        "git",
        &[
            "status",
            "--porcelain",
            "--",
            ".",
            ":!benches/RESULTS.md",
            ":!benches/*.svg",
            ":!README.md",
            ":!docs/performance.md",
        ],
    );
    let mark = if uncommitted.is_empty() {
        ""
    } else {
        ", with changes"
    };
    format!("{commit}{mark}")
}

/// Its first line goes on with the event loop and the copyright.
fn wrk_version() -> String {
    let line = said("wrk", &["-v"]);
    let version = line.split_whitespace().nth(1);
    version.unwrap_or("unknown").to_owned()
}

/// The first line that the program prints, in the project's folder; nothing if there is no such program.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(project::path(""))
        .output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// The value of the line `name: value`.
fn line_of(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().to_owned(),
    )
}
