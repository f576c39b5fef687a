//! What can be wrong with an address, in words that show none of its values.

use super::names;

/// Why a text is not a database's address; as the rest of a sentence that begins with the setting's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "should be a PostgreSQL address, such as postgresql://user:password@host:5432/database?sslmode=verify-full"
    )]
    Malformed,
    #[error("has {}", listed(.0))]
    Faults(Vec<Fault>),
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// `None`: what stands there is no name, and may be a piece of a password.
    #[error("an unknown parameter{}", named(.0.as_deref()))]
    Unknown(Option<String>),
    #[error("the parameter {0}, which is not supported")]
    Unsupported(&'static str),
    #[error("a wrong {name}, which should be {expected}")]
    Value {
        name: &'static str,
        expected: String,
    },
    #[error("a % in its {0} that begins no percent-encoded character (a % itself is written %25)")]
    PercentEncoding(&'static str),
    #[error("a parameter without an = between its name and its value")]
    NoPair,
    #[error("a word without a value (a value with spaces is written in single quotes)")]
    NoValue,
    #[error("a quote that is not closed")]
    OpenQuote,
    #[error("an @ after its host (in a user or a password, / is written %2F and @ is written %40)")]
    LateAt,
}

impl Fault {
    pub(super) fn value(name: &'static str, expected: impl Into<String>) -> Self {
        Self::Value {
            name,
            expected: expected.into(),
        }
    }
}

impl From<Fault> for AddressError {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

fn listed(faults: &[Fault]) -> String {
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    faults.join("; ")
}

fn named(name: Option<&str>) -> String {
    match name.map(|name| (name, names::nearest(name))) {
        None => String::new(),
        Some((name, None)) => format!(" {name}"),
        Some((name, Some(nearest))) => format!(" {name} (did you mean {nearest}?)"),
    }
}
