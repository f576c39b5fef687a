//! Both databases, compared once more at the end of a final run: counts, sums, and users by chance, field by field.

use super::candidate::SourceUser;
use super::comparison::differences;
use super::error::ImportError;
use super::finding::{Finding, Reason};
use super::page::finding;
use super::source::{Source, SourceTotals};
use super::target::{Target, TargetTotals};
use super::{ImportOptions, Listener};

/// What was compared.
#[derive(Debug)]
pub struct Verification {
    /// Of a snapshot of its own, after the pass.
    pub source: SourceTotals,
    pub target: TargetTotals,
    /// Users that were compared field by field.
    pub sampled: u64,
    /// Those of them who differ.
    pub differing: u64,
    /// Whether every user without a wallet was given one.
    creates_wallets: bool,
}

impl Verification {
    /// Returns whether nothing differs.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differing == 0
            && self.target.users == self.source.users
            && self.target.wallets == self.wallets_expected()
            && self.target.balances.parse::<rust_decimal::Decimal>().ok()
                == self.source.balances.parse().ok()
    }

    /// Returns how many wallets there should be in the engine.
    #[must_use]
    pub fn wallets_expected(&self) -> i64 {
        let made = if self.creates_wallets {
            self.source.without_wallet
        } else {
            0
        };
        self.source.wallets + made
    }
}

pub(super) async fn verify(
    source: &Source,
    target: &Target,
    options: &ImportOptions<'_>,
    sample: u32,
    listener: &mut dyn Listener,
) -> Result<Verification, ImportError> {
    source.begin().await?;
    let mut verification = Verification {
        source: source.totals().await?,
        target: target.totals().await?,
        sampled: 0,
        differing: 0,
        creates_wallets: options.create_wallets,
    };
    for users in source.sample(sample).await?.chunks(page_size(options)) {
        let ids: Vec<_> = users.iter().map(|user| user.id).collect();
        let known = target.known(&ids).await?;
        for user in users {
            verification.sampled += 1;
            if let Some(found) = compared(user, &known, options) {
                verification.differing += 1;
                listener.found(&found);
            }
        }
    }
    Ok(verification)
}

fn page_size(options: &ImportOptions<'_>) -> usize {
    usize::try_from(options.batch).unwrap_or(1).max(1)
}

/// Returns what differs of a user.
fn compared(
    user: &SourceUser,
    known: &std::collections::HashMap<i64, super::target::Known>,
    options: &ImportOptions<'_>,
) -> Option<Finding> {
    // If they do not fit, the pass has told already.
    let wanted = user.clone().candidate(options.create_wallets).ok()?;
    let Some(known) = known.get(&wanted.id) else {
        return Some(finding(&wanted, Reason::Missing));
    };
    let mut differing = differences(&wanted, known);
    if wanted.wallet.is_some_and(|wallet| wallet != known.wallet) {
        differing.push("wallet".to_owned());
    }
    if known.ledger_balance != known.balance {
        differing.push(format!(
            "ledger (its last balance is {}, the wallet's {})",
            known.ledger_balance, known.balance
        ));
    }
    (!differing.is_empty()).then(|| finding(&wanted, Reason::Differs(differing)))
}
