//! What a program that measures cannot go on without.

use std::error::Error;

/// What was being done, and why it could not be.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing}")]
pub struct Failure {
    doing: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

/// For `map_err`: what was being done.
pub fn failed<E>(doing: impl Into<String>) -> impl FnOnce(E) -> Failure
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    move |source| Failure {
        doing: doing.into(),
        source: source.into(),
    }
}
