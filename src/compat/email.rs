//! E-mail addresses as Django 5.2's `EmailValidator` validates them.
//!
//! The rules are those of `django/core/validators.py`, with the behaviour of its regular expressions in Python:
//!
//! 1. The whole address has at most 320 code points; its last `@` separates the user from the domain.
//! 2. The user is a dot-atom (`first.last`) or a quoted string (`"two words"` needs its blank escaped).
//! 3. The domain is `localhost`, a name of at least two labels, or an IP address in brackets.
//!
//! The expressions ignore case by Unicode's rules, so every class with an ASCII letter also matches the
//! four characters outside ASCII that fold to one: see [`is_letter`].

use std::net::{Ipv4Addr, Ipv6Addr};

const ADDRESS_MAX_CHARS: usize = 320;
const LABEL_MAX_CHARS: usize = 63;
const TOP_LABEL_MIN_CHARS: usize = 2;
/// The longest text after `xn--`, so that the label is no longer than [`LABEL_MAX_CHARS`].
const PUNYCODE_MAX_CHARS: usize = 59;
/// Eight groups of four digits and their colons; the longer mapped forms of IPv6 are refused.
const IPV6_MAX_CHARS: usize = 39;

/// Whether the address, trimmed already, is valid.
#[must_use]
pub fn is_valid(address: &str) -> bool {
    if address.chars().count() > ADDRESS_MAX_CHARS {
        return false;
    }
    address.rsplit_once('@').is_some_and(|(user, domain)| {
        (is_dot_atom(user) || is_quoted_string(user))
            && (domain == "localhost" || is_domain_name(domain) || is_address_literal(domain))
    })
}

fn is_dot_atom(user: &str) -> bool {
    user.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_atom_character(c: char) -> bool {
    is_letter(c) || c.is_ascii_digit() || "-!#$%&'*+/=?^_`{}|~".contains(c)
}

fn is_quoted_string(user: &str) -> bool {
    let Some(mut rest) = user
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .map(str::chars)
    else {
        return false;
    };
    while let Some(c) = rest.next() {
        let allowed = match c {
            '\\' => rest.next().is_some_and(is_escapable),
            '"' | ' ' | '\t' => false,
            other => is_escapable(other),
        };
        if !allowed {
            return false;
        }
    }
    true
}

/// Whether a backslash may escape the character: all of ASCII but NUL and line breaks.
fn is_escapable(c: char) -> bool {
    is_letter(c) || (c.is_ascii() && !matches!(c, '\0' | '\n' | '\r'))
}

/// Whether the domain is a name: labels between dots, the last of which is not a number.
fn is_domain_name(domain: &str) -> bool {
    domain
        .rsplit_once('.')
        .is_some_and(|(labels, top)| labels.split('.').all(is_label) && is_top_label(top))
}

fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX_CHARS).contains(&label.chars().count())
        && has_no_outer_dash(label)
        && label
            .chars()
            .all(|c| is_name_letter(c) || c.is_ascii_digit() || c == '-')
}

/// Whether the label may be the last: without digits, unless it is in Punycode.
fn is_top_label(label: &str) -> bool {
    has_no_outer_dash(label) && (is_plain_top_label(label) || is_punycode_label(label))
}

fn is_plain_top_label(label: &str) -> bool {
    (TOP_LABEL_MIN_CHARS..=LABEL_MAX_CHARS).contains(&label.chars().count())
        && label.chars().all(|c| is_name_letter(c) || c == '-')
}

fn is_punycode_label(label: &str) -> bool {
    label.split_at_checked(4).is_some_and(|(prefix, encoded)| {
        prefix.eq_ignore_ascii_case("xn--")
            && (1..=PUNYCODE_MAX_CHARS).contains(&encoded.chars().count())
            && encoded.chars().all(|c| is_letter(c) || c.is_ascii_digit())
    })
}

fn has_no_outer_dash(label: &str) -> bool {
    !label.starts_with('-') && !label.ends_with('-')
}

/// Whether the domain is an IP address in brackets.
///
/// The standard library parses both kinds as Python's `ipaddress` does: no leading zeros in IPv4, `::` for at
/// least one group, IPv4 only at the end of IPv6.
fn is_address_literal(domain: &str) -> bool {
    domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|literal| {
            literal.parse::<Ipv4Addr>().is_ok()
                || (literal.len() <= IPV6_MAX_CHARS && literal.parse::<Ipv6Addr>().is_ok())
        })
}

/// An ASCII letter, or one of the four characters that Python's `re.IGNORECASE` matches as one: dotted capital I
/// and dotless small i, long s, and the sign for kelvin.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{131}' | '\u{17f}' | '\u{212a}')
}

/// A letter of a domain name: in practice every character from U+00A1 to the end of the basic plane, and none
/// beyond it, since no letter of another plane folds into this one.
fn is_name_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || ('\u{a1}'..='\u{ffff}').contains(&c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Addresses with the verdict of Django 5.2.19 on Python 3.11: `["user@example.com", true]` a line.
    const JUDGED: &str = include_str!("../../tests/data/emails.jsonl");

    #[test]
    fn every_address_is_validated_as_django_validates_it() {
        let differing: Vec<&str> = JUDGED
            .lines()
            .filter(|line| {
                let (address, valid): (String, bool) = serde_json::from_str(line).unwrap();
                is_valid(&address) != valid
            })
            .collect();
        assert!(
            differing.is_empty(),
            "{} differ, the first of them: {:#?}",
            differing.len(),
            &differing[..differing.len().min(10)]
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(part in r#"\PC{0,40}|["\\ -~\x{131}\x{17f}\x{212a}\x{1f600}@.\[\]:xn]{0,40}"#) {
            for address in [format!("{part}@example.com"), format!("a@{part}"), format!("a@[{part}]"), part] {
                let _ = is_valid(&address);
            }
        }
    }
}
