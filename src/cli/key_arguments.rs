//! What the commands of API keys have in common: the name of a key as an argument, and lists as text.

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches};

use crate::storage::{KEY_NAME_CHARS_MAX, KeyName};

const NAME: &str = "NAME";

/// The name of a key, as an argument.
pub(super) fn name_argument() -> Arg {
    Arg::new(NAME)
        .help("The name of the key, which the ledger and the log show")
        .required(true)
        .value_parser(parse_name)
}

/// The name among the arguments.
pub(super) fn name_of(arguments: &ArgMatches) -> Result<KeyName, clap::Error> {
    required(arguments, NAME).cloned()
}

/// An argument that clap requires.
pub(super) fn required<'a, T: Clone + Send + Sync + 'static>(
    arguments: &'a ArgMatches,
    name: &str,
) -> Result<&'a T, clap::Error> {
    let value = arguments.get_one(name);
    value.ok_or_else(|| clap::Error::new(ErrorKind::MissingRequiredArgument))
}

fn parse_name(text: &str) -> Result<KeyName, String> {
    KeyName::parse(text).ok_or_else(|| {
        format!(
            "it should be 1 to {KEY_NAME_CHARS_MAX} of A-Z, a-z, 0-9, dot, hyphen and underscore"
        )
    })
}

/// The items, with this in between.
pub(super) fn joined<T: ToString>(items: &[T], between: &str) -> String {
    let items: Vec<_> = items.iter().map(T::to_string).collect();
    items.join(between)
}
