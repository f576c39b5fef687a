//! The programs that are compared, built beside this one.

use std::path::PathBuf;

use crate::failure::{Failure, failed};

pub struct Programs {
    pub engine: PathBuf,
    pub baseline: PathBuf,
    /// This very program.
    pub compare: PathBuf,
}

impl Programs {
    /// Cargo puts examples into a folder beside the binaries.
    pub fn find() -> Result<Self, Failure> {
        let compare = std::env::current_exe().map_err(failed("find this program"))?;
        let examples = compare.parent().unwrap_or(&compare);
        let binaries = examples.parent().unwrap_or(examples);
        let programs = Self {
            engine: binaries.join("wallet-engine"),
            baseline: examples.join("baseline"),
            compare: compare.clone(),
        };
        for program in [&programs.engine, &programs.baseline] {
            if !program.is_file() {
                let why = "build with: cargo build --release --bins --examples";
                return Err(failed(format!("find {}", program.display()))(why));
            }
        }
        Ok(programs)
    }
}
