//! The files that other programs read as YAML.

use std::path::Path;

use saphyr_parser::Parser;

use super::tree::File;

/// YAML files in which a reader finds a mistake.
pub(crate) fn unreadable_yaml(files: &[File]) -> Vec<String> {
    let is_yaml = |file: &&File| {
        let extension = Path::new(&file.path).extension();
        extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
    };
    let mistakes = files.iter().filter(is_yaml).filter_map(|file| {
        let mistake = Parser::new_from_str(&file.text).find_map(Result::err)?;
        Some(file.breach(mistake.marker().line(), mistake.info()))
    });
    mistakes.collect()
}
