//! What is remembered, and until when, with a directory that does what each test says.

mod fake;
mod finding;
mod watching;
