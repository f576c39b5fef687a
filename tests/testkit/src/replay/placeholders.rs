//! Names that every replay makes afresh, so that cases do not meet each other's users and wallets.
//!
//! All are of fixed length, so that positions in the engine's messages stay those of the record:
//! `{uniq}` 12 characters `[a-z0-9]`, the first a letter; `{UNIQ}` in capitals; `{uniq_fw}` in full-width
//! forms, which normalise to `{uniq}`; `{num}` 12 digits, the first and the last not zero; `{numd}` the same
//! as `d.ddd...`; `{host}`; and, of a case with a wallet, `{wallet}`, `{WALLET}` in capitals and
//! `{wallet_nodash}`.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value};
use uuid::Uuid;

/// Makes the placeholders of one replay.
#[derive(Debug)]
pub struct Source {
    host: String,
    /// Seven characters of `{uniq}` that tell this replay from others on the same database.
    replay: String,
    /// Six digits of `{num}`, to the same end.
    replay_digits: String,
    cases: AtomicU32,
}

impl Source {
    pub fn new(address: SocketAddr) -> Self {
        let random = Uuid::new_v4().as_u128();
        Self {
            host: address.to_string(),
            replay: base36(random, 7),
            replay_digits: format!("{:06}", random % 1_000_000),
            cases: AtomicU32::new(0),
        }
    }

    /// The placeholders of the next case.
    pub fn next(&self) -> Placeholders {
        let case = self.cases.fetch_add(1, Ordering::Relaxed);
        let uniq = format!("u{}{}", self.replay, base36(case.into(), 4));
        let num = format!("7{}{:04}1", self.replay_digits, case % 10_000);
        let mut names = Placeholders(Vec::new());
        names.add("{UNIQ}", uniq.to_ascii_uppercase());
        names.add("{uniq_fw}", uniq.chars().map(full_width).collect());
        names.add("{uniq}", uniq);
        names.add("{numd}", format!("{}.{}", &num[..1], &num[1..]));
        names.add("{num}", num);
        names.add("{host}", self.host.clone());
        names
    }
}

/// The last digits of the number in base 36.
fn base36(mut number: u128, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        *digit = b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize];
        number /= 36;
    }
    text.into_iter().map(char::from).collect()
}

/// The form of an ASCII character that is as wide as a Chinese one.
fn full_width(c: char) -> char {
    char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)
}

/// What the placeholders of one case stand for.
#[derive(Clone, Debug)]
pub struct Placeholders(Vec<(&'static str, String)>);

impl Placeholders {
    pub fn uniq(&self) -> String {
        self.in_text("{uniq}")
    }

    pub fn add_wallet(&mut self, wallet: &str) {
        self.add("{wallet}", wallet.to_owned());
        self.add("{WALLET}", wallet.to_ascii_uppercase());
        self.add("{wallet_nodash}", wallet.replace('-', ""));
    }

    fn add(&mut self, placeholder: &'static str, name: String) {
        self.0.push((placeholder, name));
    }

    pub fn in_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (placeholder, name) in &self.0 {
            text = text.replace(placeholder, name);
        }
        text
    }

    /// The same for bytes that may be no text.
    pub fn in_bytes(&self, mut bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::new();
        while let Some(&first) = bytes.first() {
            let found = self.0.iter().find(|(p, _)| bytes.starts_with(p.as_bytes()));
            if let Some((placeholder, name)) = found {
                filled.extend_from_slice(name.as_bytes());
                bytes = &bytes[placeholder.len()..];
            } else {
                filled.push(first);
                bytes = &bytes[1..];
            }
        }
        filled
    }

    /// The same in every text and key of the value.
    pub fn in_json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.in_text(text).into(),
            Value::Array(values) => values.iter().map(|value| self.in_json(value)).collect(),
            Value::Object(object) => object
                .iter()
                .map(|(key, value)| (self.in_text(key), self.in_json(value)))
                .collect::<Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_keep_their_lengths_and_never_repeat() {
        let source = Source::new(([127, 0, 0, 1], 8000).into());
        let (first, second) = (source.next(), source.next());
        assert_ne!(first.uniq(), second.uniq());
        for names in [first, second] {
            assert_eq!(names.in_text("{uniq}").len(), 12);
            assert_eq!(names.in_text("{UNIQ}"), names.uniq().to_uppercase());
            assert_eq!(names.in_text("{uniq_fw}").chars().count(), 12);
            assert_eq!(names.in_text("{num}").len(), 12);
            assert_eq!(names.in_text("{numd}").len(), 13);
            assert_eq!(names.in_text("{host} {int} {"), "127.0.0.1:8000 {int} {");
        }
    }

    #[test]
    fn placeholders_are_found_in_texts_keys_and_bytes() {
        let mut names = Source::new(([127, 0, 0, 1], 8000).into()).next();
        names.add_wallet("0a-1b");
        let value = serde_json::json!({"{wallet}": ["{WALLET}", {"a": "{wallet_nodash}"}, 1]});
        let filled = serde_json::json!({"0a-1b": ["0A-1B", {"a": "0a1b"}, 1]});
        assert_eq!(names.in_json(&value), filled);
        assert_eq!(
            names.in_bytes(b"\xff{wallet}{wal\xf0"),
            b"\xff0a-1b{wal\xf0"
        );
    }
}
