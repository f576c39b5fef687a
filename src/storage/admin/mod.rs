//! What the admin panel asks of the database: each area in a file of its own.

mod sessions;
mod sign_in;

pub use sessions::{Session, SessionMessage, TokenHash};
pub use sign_in::{Attempt, SignInUser};
