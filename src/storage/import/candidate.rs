//! A user of the other service: as it is stored there, and as the engine would have it.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::finding::{Finding, Reason};
use crate::domain::registration::{EMAIL_MAX_CHARS, USERNAME_MAX_CHARS, Username};
use crate::domain::{Balance, Role};
use crate::engine::passwords::scheme_of;

/// A user and their wallet, as the other service has them.
#[derive(Clone, Debug)]
pub(super) struct SourceUser {
    pub id: i64,
    pub username: Option<String>,
    pub email: Option<String>,
    pub password: Option<String>,
    pub is_active: bool,
    pub is_staff: bool,
    pub is_superuser: bool,
    /// As PostgreSQL writes it in ISO, in UTC.
    pub joined: Option<String>,
    /// Each with its id and its balance, as texts.
    pub wallets: Vec<(String, Option<String>)>,
}

/// What the engine is to have of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub id: i64,
    pub username: String,
    /// As it is stored, but for the domain, which is in lower case.
    pub email: String,
    pub password_hash: String,
    pub is_active: bool,
    /// `None`: no member of the staff.
    pub role: Option<Role>,
    pub joined: OffsetDateTime,
    /// `None`: they have none, and get an empty one.
    pub wallet: Option<Uuid>,
    pub balance: Balance,
}

impl SourceUser {
    /// Returns what the engine is to have, or why it cannot.
    pub fn candidate(self, create_wallets: bool) -> Result<Candidate, Finding> {
        let name = self.username.clone().unwrap_or_default();
        let id = self.id;
        self.read(create_wallets)
            .map_err(|reason| Finding::of_user(id, name, reason))
    }

    fn read(self, create_wallets: bool) -> Result<Candidate, Reason> {
        let (wallet, balance) = match &self.wallets[..] {
            [] if create_wallets => (None, Balance::ZERO),
            [] => return Err(Reason::NoWallet),
            [(id, balance)] => {
                let wallet = id.parse().map_err(|_| Reason::WalletId(id.clone()))?;
                let balance = balance.as_deref().ok_or(Reason::NoBalance)?;
                (Some(wallet), read_balance(balance)?)
            }
            several => return Err(Reason::Wallets(several.len())),
        };
        let username = self
            .username
            .filter(|name| (1..=USERNAME_MAX_CHARS).contains(&name.chars().count()))
            .ok_or(Reason::Username)?;
        if Username::normalised(&username) != username {
            return Err(Reason::UsernameForm);
        }
        let email = self
            .email
            .map(with_lower_domain)
            .filter(|email| email.chars().count() <= EMAIL_MAX_CHARS)
            .ok_or(Reason::Email)?;
        let password_hash = self.password.unwrap_or_default();
        scheme_of(&password_hash)
            .map_err(|unverifiable| Reason::Password(unverifiable.to_string()))?;
        let joined = self.joined.unwrap_or_default();
        Ok(Candidate {
            id: self.id,
            username,
            email,
            password_hash,
            is_active: self.is_active,
            role: match (self.is_staff, self.is_superuser) {
                (false, _) => None,
                (true, false) => Some(Role::Viewer),
                (true, true) => Some(Role::Administrator),
            },
            joined: read_time(&joined).ok_or(Reason::Joined(joined))?,
            wallet,
            balance,
        })
    }
}

/// The engine's form of an address (`domain::registration::Email`), also of one that no registration would accept.
fn with_lower_domain(email: String) -> String {
    match email.rsplit_once('@') {
        Some((user, domain)) => format!("{user}@{}", domain.to_lowercase()),
        None => email,
    }
}

/// Reads a `numeric` as PostgreSQL writes it.
fn read_balance(text: &str) -> Result<Balance, Reason> {
    let owned = || text.to_owned();
    let (is_negative, number) = match text.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, text),
    };
    if !number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return Err(Reason::NotFinite(owned()));
    }
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
    if is_negative && !(is_zero(whole) && is_zero(part)) {
        return Err(Reason::Negative(owned()));
    }
    let (cents, rest) = part.split_at_checked(2).unwrap_or((part, ""));
    if !is_zero(rest) {
        return Err(Reason::PartOfCent(owned()));
    }
    let cents = format!("{whole}{cents:0<2}").parse().ok();
    cents
        .and_then(Balance::from_cents)
        .ok_or_else(|| Reason::TooLarge(owned()))
}

/// Reads a `timestamptz` as PostgreSQL writes it in ISO and UTC, such as `2026-11-23 06:03:00.5+00`.
fn read_time(text: &str) -> Option<OffsetDateTime> {
    let text = text.strip_suffix("+00")?.replacen(' ', "T", 1);
    OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> SourceUser {
        SourceUser {
            id: 7,
            username: Some("bob".to_owned()),
            email: Some("Bob@Example.COM".to_owned()),
            password: Some("!x".to_owned()),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            joined: Some("2026-11-23 06:03:00.5+00".to_owned()),
            wallets: vec![(Uuid::from_u128(1).to_string(), Some("1200.50".to_owned()))],
        }
    }

    #[test]
    fn a_user_is_as_stored_but_for_the_letters_of_the_domain() {
        let candidate = user().candidate(false).unwrap();
        assert_eq!(candidate.email, "Bob@example.com");
        assert_eq!(candidate.balance.cents(), 120_050);
        assert_eq!(
            candidate.joined.unix_timestamp_nanos(),
            1_795_413_780_500_000_000
        );
    }

    #[test]
    fn a_balance_is_read_to_the_cent_or_refused_by_what_is_wrong() {
        for (text, cents) in [
            ("0", 0),
            ("0.00", 0),
            ("-0.00", 0),
            ("0.1", 10),
            ("1.10000", 110),
            ("9999999999.99", 999_999_999_999),
        ] {
            assert_eq!(read_balance(text).map(Balance::cents), Ok(cents), "{text}");
        }
        let refused = |text: &str| read_balance(text).unwrap_err();
        let owned = |text: &str| text.to_owned();
        assert_eq!(refused("NaN"), Reason::NotFinite(owned("NaN")));
        assert_eq!(refused("-Infinity"), Reason::NotFinite(owned("-Infinity")));
        assert_eq!(refused("-0.01"), Reason::Negative(owned("-0.01")));
        assert_eq!(refused("0.001"), Reason::PartOfCent(owned("0.001")));
        for text in ["10000000000.00", &"9".repeat(400)] {
            assert_eq!(refused(text), Reason::TooLarge(owned(text)));
        }
    }

    #[test]
    fn what_the_engine_cannot_have_is_refused() {
        let refused = |change: fn(&mut SourceUser)| {
            let mut user = user();
            change(&mut user);
            user.candidate(false).unwrap_err().reason
        };
        assert_eq!(refused(|user| user.wallets.clear()), Reason::NoWallet);
        assert_eq!(
            refused(|user| user.wallets.extend(user.wallets.clone())),
            Reason::Wallets(2)
        );
        assert_eq!(
            refused(|user| user.wallets[0].0 = "12".to_owned()),
            Reason::WalletId("12".to_owned())
        );
        assert_eq!(refused(|user| user.wallets[0].1 = None), Reason::NoBalance);
        assert_eq!(refused(|user| user.username = None), Reason::Username);
        assert_eq!(
            refused(|user| user.username = Some("\u{ff42}ob".to_owned())),
            Reason::UsernameForm
        );
        assert_eq!(refused(|user| user.email = None), Reason::Email);
        assert_eq!(
            refused(|user| user.password = Some("md5$salt$00".to_owned())),
            Reason::Password("its algorithm is md5, which is unknown".to_owned())
        );
        for time in [
            "infinity",
            "0044-03-15 12:00:00+00 BC",
            "10000-01-01 00:00:00+00",
        ] {
            assert_eq!(read_time(time), None, "{time}");
        }
    }
}
