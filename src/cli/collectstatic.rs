//! `collectstatic`: the static files, which are part of this program, for a web server to serve.
//!
//! Each file is written beside its place and then renamed, so that a web server sees the old file or the new one, whole. An
//! unchanged file keeps its modification time, which caches rely on. Other files are never touched.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output::{self, CommandResult};
use crate::admin::assets;

/// Static files by their path below the directory; those of the panel are in a folder of their own.
const FILES: &[(&str, &[u8])] = &[
    ("favicon.svg", include_bytes!("static/favicon.svg")),
    ("robots.txt", include_bytes!("static/robots.txt")),
];

/// Readable for the web server, which is another user.
const MODE: u32 = 0o644;

#[derive(Debug, thiserror::Error)]
#[error("could not write {}", path.display())]
struct WriteError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

pub(super) fn collectstatic(directory: Option<&PathBuf>) -> CommandResult {
    let directory = directory.ok_or("no directory to write to")?;
    let own = FILES
        .iter()
        .map(|(name, content)| (PathBuf::from(name), *content));
    let of_admin = assets::FILES.map(|(name, content)| (Path::new("admin").join(name), content));
    let (mut all, mut written) = (0, 0);
    for (name, content) in own.chain(of_admin) {
        let path = directory.join(name);
        all += 1;
        if fs::read(&path).is_ok_and(|present| present == content) {
            continue;
        }
        write(&path, content).map_err(|source| WriteError { path, source })?;
        written += 1;
    }
    output::line(format_args!("Wrote {written} of {all} static files."))?;
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let placed = fs::write(&beside, content)
        .and_then(|()| fs::set_permissions(&beside, fs::Permissions::from_mode(MODE)))
        .and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // Best effort: the error that counts is the first.
        let _ = fs::remove_file(&beside);
    }
    placed
}
