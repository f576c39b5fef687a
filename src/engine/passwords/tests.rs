use std::collections::HashSet;

use ::argon2::password_hash::PasswordHasher as _;
use ::argon2::{Algorithm, Argon2, Params, Version};
use proptest::prelude::*;
use serde::Deserialize;

use super::{Scheme, StoredPassword, Unverifiable, scheme_of};

/// Made by Django itself: `tests/data/django_passwords.py`.
const DJANGO: &str = include_str!("../../../tests/data/django_passwords.jsonl");
/// By this engine, of `StrongPassword123`.
const OWN: &str = "$argon2id$v=19$m=19456,t=2,p=1$QUFBQUFBQUFBQUFBQUFBQQ$5OvQ2wIFCP5cq9YhLZxK+AJ9Iu2Hp6l4GjHt8g4Zrh0";

#[derive(Deserialize)]
struct Case {
    password: String,
    stored: String,
}

fn cases() -> Vec<Case> {
    let read = |line| serde_json::from_str(line).unwrap();
    DJANGO.lines().map(read).collect()
}

/// The texts of the first case of each scheme.
fn one_of_each() -> Vec<String> {
    let mut seen = HashSet::new();
    let stored = cases().into_iter().map(|case| case.stored);
    let mut texts: Vec<_> = stored
        .filter(|stored| seen.insert(scheme_of(stored).unwrap()))
        .collect();
    texts.push(OWN.to_owned());
    texts
}

#[test]
fn what_django_stored_matches_its_password_and_no_other() {
    let cases = cases();
    assert!(cases.len() > 50);
    let mut schemes = HashSet::new();
    for Case { password, stored } in &cases {
        let read = StoredPassword::parse(stored).unwrap();
        assert!(read.matches(password.as_bytes()).unwrap(), "{stored}");
        assert!(read.is_usable() && !read.is_current(), "{stored}");
        if schemes.insert(read.scheme()) {
            for other in ["", "?", &password.to_lowercase(), &format!("{password} ")] {
                assert!(!read.matches(other.as_bytes()).unwrap(), "{stored}");
            }
        }
        let name = stored.split('$').next().unwrap();
        assert_eq!(read.scheme().as_str(), name, "{stored}");
    }
    assert_eq!(schemes.len(), 6, "{schemes:?}");
}

#[test]
fn our_own_are_current_and_those_of_other_costs_are_not() {
    let stored = |params, algorithm| {
        let argon2 = Argon2::new(algorithm, Version::V0x13, params);
        argon2.hash_password(b"secret").unwrap().to_string()
    };
    let now = stored(Params::DEFAULT, Algorithm::Argon2id);
    let passes = Params::new(Params::DEFAULT_M_COST, 3, 1, None).unwrap();
    let short = Params::new(Params::DEFAULT_M_COST, 2, 1, Some(16)).unwrap();
    for (text, is_current) in [
        (now, true),
        (stored(passes, Algorithm::Argon2id), false),
        (stored(short, Algorithm::Argon2id), false),
        (stored(Params::DEFAULT, Algorithm::Argon2i), false),
    ] {
        let read = StoredPassword::parse(&text).unwrap();
        assert_eq!(
            (read.scheme(), read.is_current()),
            (Scheme::Own, is_current)
        );
        assert!(read.matches(b"secret").unwrap() && !read.matches(b"secre").unwrap());
    }
}

#[test]
fn bcrypt_alone_takes_the_first_72_bytes_for_the_whole() {
    let of = |scheme: Scheme, password: &str| {
        let cases = cases().into_iter();
        let mut cases = cases.filter(|case| scheme_of(&case.stored) == Ok(scheme));
        cases.find(|case| case.password == password).unwrap().stored
    };
    let longest = "b".repeat(72);
    let plain = StoredPassword::parse(&of(Scheme::DjangoBcrypt, &longest)).unwrap();
    // A library before bcrypt 5 made it of such a password, and nobody else can have it.
    assert!(plain.matches(format!("{longest}?").as_bytes()).unwrap());
    assert!(!plain.matches(&longest.as_bytes()[1..]).unwrap());
}

#[test]
fn an_unusable_password_matches_nothing() {
    for text in ["!", "!yYq3vS0aVhZ", "", "!pbkdf2_sha256$1$a$b"] {
        let read = StoredPassword::parse(text).unwrap();
        assert_eq!(read.scheme(), Scheme::Unusable);
        assert!(!read.is_usable() && !read.is_current());
        assert!(!read.matches(b"").unwrap() && !read.matches(text.as_bytes()).unwrap());
    }
}

#[test]
fn an_algorithm_that_is_unknown_is_named_and_nothing_else_of_it() {
    for (text, said) in [
        (
            "md5$salt$5ebe2294ecd0e0f08eab7690d2a6ee69",
            "md5, which is unknown",
        ),
        (
            "sha1$$5ebe2294ecd0e0f08eab7690d2a6ee69",
            "sha1, which is unknown",
        ),
        ("my_hasher-2$1$a$b", "my_hasher-2, which is unknown"),
        ("$2b$04$abcdefghijklmnopqrstuu", "not named"),
        ("$6$rounds=5000$salt$hash", "not named"),
        (
            "$pbkdf2-sha256$i=1$c2FsdA$aGFzaA",
            "pbkdf2-sha256, which is unknown",
        ),
        ("5ebe2294ecd0e0f08eab7690d2a6ee69", "not named"),
        ("5ebe2294$ecd0e0f0$8eab", "not named"),
        ("My secret$of$long ago", "not named"),
        ("secret$x", "not named"),
        (" pbkdf2_sha256$1$a$b", "not named"),
        ("PBKDF2_SHA256$1$a$b", "not named"),
        ("$", "not named"),
    ] {
        let Err(error @ Unverifiable::UnknownScheme(_)) = scheme_of(text) else {
            panic!("{text}: {:?}", scheme_of(text));
        };
        assert_eq!(error.to_string(), format!("its algorithm is {said}"));
    }
}

#[test]
fn a_text_that_is_not_well_formed_is_an_error() {
    const PBKDF2: &str = "M+jIr+GqOMj08TfJRR6HC1AeQCGnXf1g3sIeepAy5Rs=";
    let mut texts = Vec::new();
    for rounds in [
        "",
        "0",
        "-1",
        "+1",
        " 1",
        "01",
        "1_0",
        "1.0",
        "٣",
        "4294967296",
    ] {
        texts.push(format!("pbkdf2_sha256${rounds}$salt${PBKDF2}"));
    }
    for rest in [
        format!("1$${PBKDF2}"),
        format!("1$salt${}", PBKDF2.trim_end_matches('=')),
        format!("1$salt${PBKDF2}="),
        format!("1$salt${PBKDF2}$"),
        format!("1$salt$ {PBKDF2}"),
        format!("1$salt${}", PBKDF2.replace('+', "-")),
        "1$salt$".to_owned(),
        "1$salt".to_owned(),
        String::new(),
    ] {
        texts.push(format!("pbkdf2_sha256${rest}"));
    }
    // Of the other digest.
    texts.push(format!("pbkdf2_sha1$1$salt${PBKDF2}"));
    let scrypt = cases()
        .into_iter()
        .rev()
        .find(|case| case.stored.starts_with("scrypt"));
    let scrypt = scrypt.unwrap().stored;
    let [_, _, salt, _, _, hash] = scrypt.split('$').collect::<Vec<_>>()[..] else {
        panic!("{scrypt}");
    };
    for (n, r, p) in [
        ("3", "1", "1"),
        ("1", "1", "1"),
        ("2", "0", "1"),
        ("2", "1", "0"),
        ("2", "1", ""),
    ] {
        texts.push(format!("scrypt${n}${salt}${r}${p}${hash}"));
    }
    texts.push(format!("scrypt$2$$1$1${hash}"));
    for cost in ["03", "4", "+4", "004", "00", "aa"] {
        texts.push(format!(
            "bcrypt_sha256$$2b${cost}$abcdefghijklmnopqrstuuPrT.UdeXyBfMq2Tq0UF1B0Nq8SEkiqO"
        ));
    }
    for rest in [
        "$2c$04$",
        "$2b$04$",
        "2b$04$",
        "$2b$04$яяяяяяяяяяя",
        "$2b$04$abcdefghijklmnopqrstuv",
    ] {
        texts.push(format!("bcrypt$${rest}"));
        texts.push(format!("bcrypt${rest}PrT.UdeXyBfMq2Tq0UF1B0Nq8SEkiqO"));
    }
    let (salt, hash) = ("c29tZXNhbHQ", "enZUByzd3tBk1mEyio3ocg");
    for rest in [
        format!("$argon2x$v=19$m=8,t=1,p=1${salt}${hash}"),
        format!("$argon2id$v=18$m=8,t=1,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=7,t=1,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=8,t=0,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=8,t=1,p=2${salt}${hash}"),
        format!("$argon2id$v=19$t=1,m=8,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=8,t=1,p=1,data=AA${salt}${hash}"),
        format!("$argon2id$v=19$m=8,t=1${salt}${hash}"),
        format!("$argon2id$v=19$m=8,t=1,p=1$c29t${hash}"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}$c29tZXNhbHQ"),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}${hash}=="),
        format!("$argon2id$v=19$m=8,t=1,p=1${salt}"),
    ] {
        texts.push(format!("argon2{rest}"));
        texts.push(rest);
    }
    for text in texts {
        let error = scheme_of(&text).unwrap_err();
        assert!(
            matches!(error, Unverifiable::Malformed(_)),
            "{text}: {error}"
        );
    }
}

#[test]
fn what_takes_too_long_is_refused_and_ten_million_rounds_are_not() {
    let hash = "M+jIr+GqOMj08TfJRR6HC1AeQCGnXf1g3sIeepAy5Rs=";
    let scrypt =
        "Pq6nPP9sSt3hth3FmeUpbHAhFXGQIQuoDRTbeh+Qy8XxWxbPJegoMw1OuKRW2DeGAbu6Vdn16rBN/rR7hzuZNw==";
    let bcrypt = "abcdefghijklmnopqrstuuPrT.UdeXyBfMq2Tq0UF1B0Nq8SEkiqO";
    let argon2 = "c29tZXNhbHQ$enZUByzd3tBk1mEyio3ocg";
    for (text, is_refused) in [
        (format!("pbkdf2_sha256$10000000$salt${hash}"), false),
        (format!("pbkdf2_sha256$20000001$salt${hash}"), true),
        (format!("pbkdf2_sha256$4294967295$salt${hash}"), true),
        (format!("scrypt$32768$salt$8$5${scrypt}"), false),
        (format!("scrypt$262144$salt$8$8${scrypt}"), false),
        (format!("scrypt$524288$salt$8$1${scrypt}"), true),
        (
            format!("scrypt$4294967295$salt$4294967295$4294967295${scrypt}"),
            true,
        ),
        (format!("scrypt$2$salt$1$4294967295${scrypt}"), true),
        (format!("bcrypt_sha256$$2b$16${bcrypt}"), false),
        (format!("bcrypt_sha256$$2b$17${bcrypt}"), true),
        (format!("bcrypt$$2b$31${bcrypt}"), true),
        (
            format!("argon2$argon2id$v=19$m=102400,t=2,p=8${argon2}"),
            false,
        ),
        (
            format!("argon2$argon2id$v=19$m=262144,t=16,p=8${argon2}"),
            false,
        ),
        (
            format!("argon2$argon2id$v=19$m=262144,t=17,p=8${argon2}"),
            true,
        ),
        (
            format!("argon2$argon2id$v=19$m=262145,t=1,p=8${argon2}"),
            true,
        ),
        (
            format!("$argon2id$v=19$m=8,t=4294967295,p=1${argon2}"),
            true,
        ),
        (
            format!("$argon2id$v=19$m=8,t=1,p=4294967295${argon2}"),
            true,
        ),
    ] {
        match scheme_of(&text) {
            Ok(_) => assert!(!is_refused, "{text}"),
            Err(Unverifiable::TooCostly(_)) => assert!(is_refused, "{text}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_what_has_no_scheme_is_never_just_wrong(text in any::<String>()) {
        let is_unusable = text.is_empty() || text.starts_with('!');
        match scheme_of(&text) {
            Ok(scheme) => prop_assert_eq!(scheme, Scheme::Unusable),
            Err(_) => prop_assert!(!is_unusable),
        }
    }

    /// A stored text of which a piece is replaced is read as something else, or not at all.
    #[test]
    fn a_spoiled_text_does_not_panic(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        removed in 0..4usize,
        inserted in "[$0-9a-z=,./+яё \u{0}-]{0,4}",
    ) {
        let texts = one_of_each();
        let chars: Vec<char> = which.get(&texts).chars().collect();
        let at = at.index(chars.len());
        let rest = chars.iter().skip(at + removed);
        let spoiled: String = chars[..at].iter().copied().chain(inserted.chars()).chain(rest.copied()).collect();
        let spoiled_scheme = scheme_of(&spoiled);
        if let Err(error) = spoiled_scheme {
            // Its name alone is said.
            prop_assert!(error.to_string().len() < 100);
        }
    }
}
