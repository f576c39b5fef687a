//! Where the project is, which the results and the scripts of wrk belong to.

use std::path::{Path, PathBuf};

/// A file or folder of the project.
pub fn path(name: &str) -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    member.ancestors().nth(2).unwrap_or(member).join(name)
}
