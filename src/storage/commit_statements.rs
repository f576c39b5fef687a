//! The statements of group commits, as a session has prepared them, and the choice of the cheapest that suits a group.

use std::borrow::Cow;

use tokio_postgres::{Client, Error, Statement};

use super::commit_error::Conflict;
use super::commit_parameters::{CommitParameters, Parameter};
use super::full_parameters::FullParameters;
use super::row_place::RowPlace;
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
    /// `None` on shards.
    at_place: Option<StatementsAtPlace>,
}

/// Those of one wallet which find its row at a place (see [`row_place`](super::row_place)).
#[derive(Clone)]
struct StatementsAtPlace {
    wallet: Statement,
    operation: Statement,
    terms: Statement,
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
            at_place: None,
        })
    }

    /// Prepares as well those that find the row of a wallet at a place.
    pub async fn prepare_with_places(client: &Client) -> Result<Self, Error> {
        let prepare = async |statement| client.prepare(&at_place(statement)).await;
        let (all, wallet, operation, terms) = tokio::try_join!(
            Self::prepare(client, Cow::Borrowed),
            prepare(sql::COMMIT_WALLET),
            prepare(sql::COMMIT_OPERATION),
            prepare(sql::COMMIT_TERMS),
        )?;
        Ok(Self {
            at_place: Some(StatementsAtPlace {
                wallet,
                operation,
                terms,
            }),
            ..all
        })
    }
}

/// Makes of a statement of one wallet the one that finds its row at the place of one more parameter, its last.
fn at_place(statement: &str) -> String {
    let mut parameters = 0;
    while statement.contains(&format!("${}", parameters + 1)) {
        parameters += 1;
    }
    let guard = |row: &str| {
        let by_id = format!("WHERE {row}id = $1");
        let there = format!("WHERE {row}ctid = ${} AND {row}id = $1", parameters + 1);
        (statement.matches(&by_id).count() == 1).then(|| statement.replacen(&by_id, &there, 1))
    };
    let made = guard("").or_else(|| guard("w."));
    debug_assert!(made.is_some(), "no guard of one wallet");
    made.unwrap_or_else(|| statement.to_owned())
}

/// The statement for some sets, with its parameters.
pub(super) struct CommitStatement<'a> {
    all: CommitParameters<'a>,
    more: Option<FullParameters<'a>>,
    choice: Choice,
    /// Where the row of the one wallet is.
    place: Option<RowPlace>,
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
        let mut all = CommitParameters::of(sets);
        if careful {
            all.ask(sets);
        }
        Self {
            all,
            more: (!is_plain).then(|| FullParameters::of(sets)),
            choice: match sets {
                _ if careful => Choice::Careful,
                _ if !is_plain => Choice::Terms,
                [set] if set.entries().len() == 1 => Choice::Operation,
                [_] => Choice::Wallet,
                _ => Choice::Group,
            },
            place: None,
        }
    }

    /// Finds the row of its wallet at this place, if it is a statement of one.
    pub fn at(&mut self, place: Option<RowPlace>) {
        self.place = place.filter(|_| {
            matches!(
                self.choice,
                Choice::Operation | Choice::Wallet | Choice::Terms
            )
        });
    }

    /// Whether it finds the row at a place.
    pub fn has_place(&self) -> bool {
        self.place.is_some()
    }

    pub fn is_careful(&self) -> bool {
        self.choice == Choice::Careful
    }

    /// Chooses the one that checks for conflicts first.
    pub fn check_first(&mut self, sets: &[&'a WriteSet]) {
        if !self.is_careful() {
            self.all.ask(sets);
        }
        self.choice = Choice::Careful;
        self.place = None;
    }

    pub fn prepared<'s>(&self, statements: &'s CommitStatements) -> &'s Statement {
        let at_place = self.place.and(statements.at_place.as_ref());
        match self.choice {
            Choice::Operation => {
                at_place.map_or(&statements.commit_operation, |at_place| &at_place.operation)
            }
            Choice::Wallet => {
                at_place.map_or(&statements.commit_wallet, |at_place| &at_place.wallet)
            }
            Choice::Terms => at_place.map_or(&statements.commit_terms, |at_place| &at_place.terms),
            Choice::Group => &statements.commit,
            Choice::Careful if self.more.is_some() => &statements.commit_full,
            Choice::Careful => &statements.commit_carefully,
        }
    }

    /// Returns its parameters, of which the base of the feed is the last, but for a place.
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
        if let Some(place) = &self.place {
            parameters.push(place);
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_one_more_parameter_of_the_guard() {
        for (statement, guard) in [
            (sql::COMMIT_WALLET, "WHERE ctid = $14 AND id = $1 AND"),
            (sql::COMMIT_OPERATION, "WHERE ctid = $12 AND id = $1 AND"),
            (sql::COMMIT_TERMS, "WHERE w.ctid = $35 AND w.id = $1 AND"),
        ] {
            let made = at_place(statement);
            assert_eq!(made.matches(guard).count(), 1, "{made}");
            assert_eq!(made.matches("ctid = ").count(), 1, "{made}");
        }
    }
}
