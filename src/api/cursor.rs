//! Cursors of pages: the position where a page begins, followed by a hash of it and of what the page is of, in hexadecimal. So one
//! that was cut, mistyped, or used with other filters is refused.

use sha2::{Digest, Sha256};

/// Half of a cursor: the position, or the hash.
const HALF_CHARS: usize = 16;

/// The cursor of a page of that scope that begins below the position.
pub fn written(scope: &str, below: i64) -> String {
    format!("{below:016x}{:016x}", hash(scope, below))
}

/// The position that the text is the cursor of, in that scope.
pub fn read(scope: &str, text: &str) -> Option<i64> {
    let (place, given) = text.split_at_checked(HALF_CHARS)?;
    let below = i64::from_str_radix(place, 16).ok()?;
    let same = given == format!("{:016x}", hash(scope, below));
    same.then_some(below)
}

/// The pattern of a cursor, for the description.
pub fn pattern() -> String {
    format!("^[0-9a-f]{{{}}}$", 2 * HALF_CHARS)
}

fn hash(scope: &str, below: i64) -> u64 {
    let hash = Sha256::digest(format!("{scope} {below}"));
    let (first, _) = hash.split_at(8);
    first
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
