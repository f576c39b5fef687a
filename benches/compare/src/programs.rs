//! The programs that are compared, built beside this one unless the command line names others.

use std::path::PathBuf;

use testkit::failure::{Failure, failed};

use crate::arguments::Arguments;

pub struct Programs {
    pub engine: PathBuf,
    /// An earlier build of the engine.
    pub before: Option<PathBuf>,
    pub baseline: PathBuf,
    /// This very program.
    pub compare: PathBuf,
}

impl Programs {
    pub fn find(arguments: &Arguments) -> Result<Self, Failure> {
        let compare = std::env::current_exe().map_err(failed("find this program"))?;
        let engine = arguments.engine.clone();
        let programs = Self {
            engine: engine.unwrap_or_else(|| compare.with_file_name("wallet-engine")),
            before: arguments.before.clone(),
            baseline: compare.with_file_name("baseline"),
            compare,
        };
        let built = [&programs.engine, &programs.baseline];
        for program in built.into_iter().chain(&programs.before) {
            if !program.is_file() {
                let why = "there is no such file; make compare builds what no argument names";
                return Err(failed(format!("find {}", program.display()))(why));
            }
        }
        Ok(programs)
    }
}
