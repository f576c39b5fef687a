//! What happened, for other systems: the feed, in which every row of every ledger comes exactly once.
//!
//! The ledger is the outbox: nothing is written a second time to be published, so nothing is lost between a commit and its
//! publication. `storage` reads the rows; this module owns the trait, [`Source`], that it implements.
//! [`webhooks`] delivers events to other systems.

mod cursor;
mod event;
mod feed;
mod source;
pub mod webhooks;

pub use cursor::{Cursor, Epoch};
pub use event::{Event, Happened, type_names, type_of};
pub use feed::{Feed, FeedError};
pub use source::{Page, Query, Source, SourceError};
