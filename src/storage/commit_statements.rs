//! The statements of group commits, as a session has prepared them, and the choice of the cheapest that suits a group.

use std::borrow::Cow;

use tokio_postgres::{Client, Error, Statement};

use super::commit_error::Conflict;
use super::commit_parameters::{CommitParameters, Parameter};
use super::full_parameters::FullParameters;
use super::sql;
use crate::engine::WriteSet;

/// Prepared on the same tables.
#[derive(Clone)]
pub(super) struct CommitStatements {
    commit: Statement,
    commit_wallet: Statement,
    commit_operation: Statement,
    commit_terms: Statement,
    commit_carefully: Statement,
    commit_full: Statement,
}

impl CommitStatements {
    /// Prepares them, each as `named` names its tables.
    pub async fn prepare(
        client: &Client,
        named: impl Fn(&'static str) -> Cow<'static, str>,
    ) -> Result<Self, Error> {
        let prepare = async |statement: &'static str| client.prepare(&named(statement)).await;
        let (commit, commit_wallet, commit_operation, commit_terms, commit_carefully, commit_full) =
            tokio::try_join!(
                prepare(sql::COMMIT),
                prepare(sql::COMMIT_WALLET),
                prepare(sql::COMMIT_OPERATION),
                prepare(sql::COMMIT_TERMS),
                prepare(sql::COMMIT_CAREFULLY),
                prepare(sql::COMMIT_FULL),
            )?;
        Ok(Self {
            commit,
            commit_wallet,
            commit_operation,
            commit_terms,
            commit_carefully,
            commit_full,
        })
    }
}

/// The statement for some sets, with its parameters.
pub(super) struct CommitStatement<'a> {
    all: CommitParameters<'a>,
    more: Option<FullParameters<'a>>,
    choice: Choice,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Operation,
    Wallet,
    Terms,
    Group,
    /// Checks first for keys that are known, and for rows that are locked.
    Careful,
}

impl<'a> CommitStatement<'a> {
    /// Chooses the cheapest one that suits these sets, which are [`sorted`](super::commit_parameters::sorted); `checks_for` tells which
    /// conflicts have been met of late.
    pub fn of(sets: &[&'a WriteSet], mut checks_for: impl FnMut(Conflict) -> bool) -> Self {
        let is_plain = sets.iter().all(|set| set.is_plain());
        let is_alone = matches!(sets, [set] if set.unit().is_none());
        let asks = |set: &&WriteSet| set.entries().is_empty() || set.has_sought();
        let keyed = || sets.iter().any(|set| set.keys().next().is_some());
        let careful = !(is_plain || is_alone)
            || sets.iter().any(asks)
            || checks_for(Conflict::Locked)
            || (checks_for(Conflict::KnownKey) && keyed());
        Self {
            all: CommitParameters::of(sets),
            more: (!is_plain).then(|| FullParameters::of(sets)),
            choice: match sets {
                _ if careful => Choice::Careful,
                _ if !is_plain => Choice::Terms,
                [set] if set.entries().len() == 1 => Choice::Operation,
                [_] => Choice::Wallet,
                _ => Choice::Group,
            },
        }
    }

    pub fn is_careful(&self) -> bool {
        self.choice == Choice::Careful
    }

    /// Chooses the one that checks for conflicts first.
    pub fn check_first(&mut self) {
        self.choice = Choice::Careful;
    }

    pub fn prepared<'s>(&self, statements: &'s CommitStatements) -> &'s Statement {
        match self.choice {
            Choice::Operation => &statements.commit_operation,
            Choice::Wallet => &statements.commit_wallet,
            Choice::Terms => &statements.commit_terms,
            Choice::Group => &statements.commit,
            Choice::Careful if self.more.is_some() => &statements.commit_full,
            Choice::Careful => &statements.commit_carefully,
        }
    }

    /// Returns its parameters, of which the base of the feed is the last.
    pub fn parameters<'p>(&'p self, feed_base: &'p i64) -> Vec<Parameter<'p>> {
        let all = &self.all;
        let mut parameters = match (self.choice, &self.more) {
            (Choice::Careful, Some(more)) => more.with(all),
            (Choice::Careful, None) => all.careful_parameters(),
            (_, Some(more)) => more.with_wallet(all),
            (Choice::Operation, None) => all.operation_parameters(),
            (Choice::Wallet, None) => all.wallet_parameters(),
            (_, None) => all.parameters(),
        };
        parameters.push(feed_base);
        parameters
    }
}
