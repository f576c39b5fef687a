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
    pub fn find() -> Result<Self, Failure> {
        let compare = std::env::current_exe().map_err(failed("find this program"))?;
        let programs = Self {
            engine: compare.with_file_name("wallet-engine"),
            baseline: compare.with_file_name("baseline"),
            compare,
        };
        for program in [&programs.engine, &programs.baseline] {
            if !program.is_file() {
                let why = "make compare builds it";
                return Err(failed(format!("find {}", program.display()))(why));
            }
        }
        Ok(programs)
    }
}
