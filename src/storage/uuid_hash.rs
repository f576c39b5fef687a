//! The hash of a wallet's id, by which Citus chooses its shard: PostgreSQL's `uuid_hash`.
//!
//! It is `hash_any` of the id's 16 bytes: Bob Jenkins' lookup3 of 2006, with PostgreSQL's initial value, of the bytes read as four
//! little-endian words. PostgreSQL reads them in the byte order of its machine, so this is the hash of little-endian servers alone.

use uuid::Uuid;

/// The length of an id, as it enters the initial state.
const LENGTH: u32 = 16;
/// The initial state of `hash_any`, besides the length.
const INITIAL: u32 = 0x9e37_79b9 + 3_923_095;

/// Returns what PostgreSQL computes as `uuid_hash(id)`.
#[must_use]
pub fn uuid_hash(id: Uuid) -> i32 {
    let bytes = id.as_bytes();
    let word = |at: usize| {
        let byte = |place: usize| u32::from(bytes[4 * at + place]) << (8 * place);
        byte(0) | byte(1) | byte(2) | byte(3)
    };
    let start = INITIAL.wrapping_add(LENGTH);
    let mixed = mix([
        start.wrapping_add(word(0)),
        start.wrapping_add(word(1)),
        start.wrapping_add(word(2)),
    ]);
    let [a, b, c] = mixed;
    last([a.wrapping_add(word(3)), b, c]).cast_signed()
}

/// A round of mixing: reversible, each bit of the state changes many.
fn mix([mut a, mut b, mut c]: [u32; 3]) -> [u32; 3] {
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    [a, b, c]
}

/// The last round; its third word is the hash.
fn last([mut a, mut b, mut c]: [u32; 3]) -> u32 {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    (c ^ b).wrapping_sub(b.rotate_left(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_postgresql_computes() {
        let hash = |id: &str| uuid_hash(id.parse().unwrap());
        assert_eq!(hash("00000000-0000-0000-0000-000000000000"), 1_353_656_403);
        assert_eq!(hash("5ff8ec67-52a0-4b30-959d-d4d28c4a1cdb"), -1_163_078_278);
    }
}
