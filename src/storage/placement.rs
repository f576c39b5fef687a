//! Where wallets are: which shard an id belongs to, and which node has the shard.

use super::uuid_hash::uuid_hash;
use crate::domain::WalletId;
use crate::engine::Lane;

/// The shards of the wallets' tables, as the catalogue had them at a moment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Placement {
    /// In the order of their hashes.
    shards: Vec<Shard>,
}

/// Co-located shards, one of each of a wallet's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    /// The least and the greatest hash of a wallet's id in it.
    pub low: i32,
    pub high: i32,
    pub tables: ShardTables,
    pub group: Group,
}

/// The numbers with which a shard's tables are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShardTables {
    pub wallets: i64,
    pub operations: i64,
    pub holds: i64,
    /// The copy that every node has of the table of kinds.
    pub kinds: i64,
}

/// The number of a node and its standbys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Group(pub i32);

impl Group {
    /// The lane on which the node is written. The coordinator may hold shards as well, in its group 0.
    pub fn lane(self) -> Lane {
        Lane(self.0.cast_unsigned().wrapping_add(1))
    }

    /// The node that is written on the lane; `None`: the lane is that of the whole database.
    pub fn of_lane(lane: Lane) -> Option<Self> {
        lane.0.checked_sub(1).map(|group| Self(group.cast_signed()))
    }
}

impl Placement {
    pub fn new(mut shards: Vec<Shard>) -> Self {
        shards.sort_unstable_by_key(|shard| shard.low);
        Self { shards }
    }

    /// Returns the shard that has the wallet; `None`: none has.
    pub fn shard(&self, wallet: WalletId) -> Option<&Shard> {
        self.of_hash(uuid_hash(wallet.0))
    }

    fn of_hash(&self, hash: i32) -> Option<&Shard> {
        let after = self.shards.partition_point(|shard| shard.low <= hash);
        let shard = self.shards.get(after.checked_sub(1)?)?;
        (hash <= shard.high).then_some(shard)
    }

    /// Returns a shard of the node.
    pub fn any_of(&self, group: Group) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.group == group)
    }

    pub fn lane(&self, wallet: WalletId) -> Lane {
        self.shard(wallet)
            .map_or(Lane::WHOLE, |shard| shard.group.lane())
    }
}

impl ShardTables {
    /// Returns the statement with the names of the shard's tables: a table is named after FROM, JOIN, UPDATE or INTO. Comments are
    /// left out.
    pub fn named(&self, statement: &str) -> String {
        let mut named = String::with_capacity(statement.len());
        for line in statement.lines() {
            let code = line.split("--").next().unwrap_or_default().trim_end();
            if code.is_empty() {
                continue;
            }
            self.push_line(&mut named, code);
            named.push('\n');
        }
        named
    }

    fn push_line(&self, named: &mut String, line: &str) {
        let mut before = "";
        for word in line.split_inclusive(|char: char| !is_of_word(char)) {
            let name = word.trim_end_matches(|char: char| !is_of_word(char));
            named.push_str(name);
            let shard = match name {
                "wallets" => Some(self.wallets),
                "operations" => Some(self.operations),
                "holds" => Some(self.holds),
                "operation_kinds" => Some(self.kinds),
                _ => None,
            };
            if let Some(shard) = shard.filter(|_| names_a_table(before)) {
                named.push('_');
                named.push_str(&shard.to_string());
            }
            named.push_str(&word[name.len()..]);
            if !name.is_empty() {
                before = name;
            }
        }
    }
}

fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn names_a_table(before: &str) -> bool {
    ["FROM", "JOIN", "UPDATE", "INTO"].contains(&before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: ShardTables = ShardTables {
        wallets: 7,
        operations: 8,
        holds: 9,
        kinds: 10,
    };

    fn shard(low: i32, high: i32, group: i32) -> Shard {
        Shard {
            low,
            high,
            tables: TABLES,
            group: Group(group),
        }
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let placement = Placement::new(vec![
            shard(0, i32::MAX, 2),
            shard(i32::MIN, -1_000, 1),
            shard(-999, -1, 3),
        ]);
        let group = |hash| placement.of_hash(hash).unwrap().group.0;
        for (hash, expected) in [
            (i32::MIN, 1),
            (-1_000, 1),
            (-999, 3),
            (-1, 3),
            (0, 2),
            (i32::MAX, 2),
        ] {
            assert_eq!(group(hash), expected, "{hash}");
        }
        let gap = Placement::new(vec![shard(0, 10, 1)]);
        assert_eq!(gap.of_hash(11), None);
        assert_eq!(gap.of_hash(-1), None);
        assert_eq!(Placement::default().of_hash(0), None);
    }

    #[test]
    fn lanes_are_of_nodes_and_one_is_of_the_whole() {
        assert_eq!(Group::of_lane(Lane::WHOLE), None);
        for group in [0, 1, 7, i32::MAX] {
            assert_eq!(Group::of_lane(Group(group).lane()), Some(Group(group)));
        }
    }

    #[test]
    fn tables_get_the_shards_names_and_nothing_else_does() {
        for (statement, expected) in [
            ("UPDATE wallets w", "UPDATE wallets_7 w\n"),
            (
                "INSERT INTO operations (a)",
                "INSERT INTO operations_8 (a)\n",
            ),
            ("INSERT INTO operations", "INSERT INTO operations_8\n"),
            ("DELETE FROM holds h", "DELETE FROM holds_9 h\n"),
            ("JOIN operation_kinds k", "JOIN operation_kinds_10 k\n"),
            ("JOIN wallets w ON true", "JOIN wallets_7 w ON true\n"),
            (
                "SELECT a AS wallets FROM held",
                "SELECT a AS wallets FROM held\n",
            ),
            ("SELECT holds.a -- FROM holds", "SELECT holds.a\n"),
            ("-- FROM wallets\nFROM wallets_of", "FROM wallets_of\n"),
        ] {
            assert_eq!(TABLES.named(statement), expected);
        }
    }
}
