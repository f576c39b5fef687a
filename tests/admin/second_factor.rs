//! The second factor of staff, and their sessions.

mod authenticator;
mod enrolment;
mod guessing;
mod half_open;
mod outages;
mod required;
mod sessions;
