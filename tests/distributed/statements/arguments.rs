//! Parameters of the statements that go through the coordinator, as literals. `{one}` and `{other}` are two wallets of one node.

/// Anything that sorts below, and above, all ids.
const ALL_IDS: &str =
    "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'";

pub const ARGUMENTS: [(&str, &str); 44] = [
    (
        "user_insert",
        "'new', 'new@example.com', '', '{new}', 'a key'",
    ),
    (
        "wallets_known",
        "ARRAY['{one}', '{other}', '{new}']::uuid[]",
    ),
    (
        "statement_bounds",
        "'{one}', now() - interval '1 day', NULL",
    ),
    ("statement_horizon_distributed", "70"),
    ("holds_expired", "100, 1000"),
    ("feed_last", ""),
    ("feed_head", "1000"),
    ("feed_ends", "0, '{one}', 0, 1000, 100"),
    (
        "feed_runs",
        "ARRAY['{one}', '{other}']::uuid[], '{0, 0}', '{1, 1}', '{10, 10}', ARRAY['{one}', '{other}']::uuid[]",
    ),
    ("feed_past", "'{one}', 0, 100"),
    ("operations_in_the_future", "1000"),
    ("audit_counts", ALL_IDS),
    ("audit_breaches_distributed", BREACHES),
    ("audit_links_distributed", LINKS),
    ("audit_owners_distributed", ALL_IDS),
    ("nodes_snapshots", ""),
    ("durability_off_distributed", ""),
    (
        "admin_overview_totals_distributed",
        "now() - interval '1 day'",
    ),
    (
        "admin_overview_operations",
        "now() - interval '1 day', NULL",
    ),
    ("admin_overview_server_distributed", ""),
    ("admin_user_wallet", "'{one}'"),
    ("admin_wallets_newest", "NULL, NULL, 21"),
    ("admin_wallets_oldest", "NULL, NULL, 21"),
    (
        "admin_wallets_scan",
        "1.00, NULL, 'richest', NULL, NULL, 21",
    ),
    (
        "admin_wallets_found_distributed",
        "NULL, NULL, 'newest', NULL, NULL, 21, '{one}', '{one}', 'u', 1000, NULL, 'u', 1, ARRAY['{other}']::uuid[]",
    ),
    (
        "admin_wallets_in_state_distributed",
        "NULL, NULL, 'newest', NULL, NULL, 21, 'held', 1000, NULL, NULL",
    ),
    ("admin_wallet", "'{one}'"),
    ("admin_wallet_balances", "'{one}', 5, 2"),
    ("admin_wallet_ledger_distributed", "'{one}', 100, 20"),
    ("admin_wallet_rules", "'{one}', 100, 20"),
    ("admin_hold_rows", "'{one}', 3, 20"),
    ("admin_operations_at_distributed", "now()"),
    (
        "admin_operations_newest_distributed",
        "9223372036854775807, '{one}', 0, 0, 1000, NULL, 1, NULL, NULL, 'x', NULL, now(), 51",
    ),
    (
        "admin_operations_of_wallet",
        "'{one}', 100, 0, 100, 'DEPOSIT', NULL, NULL, NULL, NULL, 51, NULL",
    ),
    (
        "admin_operations_of_counterpart_distributed",
        "'{one}', 100, 0, 100, NULL, NULL, 5, NULL, NULL, 51",
    ),
    (
        "admin_operations_rows_distributed",
        "ARRAY['{one}', '{other}']::uuid[], '{1, 1}'",
    ),
    ("admin_operations_past", ""),
    ("admin_adjustments_open", "'{one}', 10"),
    (
        "admin_adjustment_insert",
        "'{one}', 'another key', 1, 'DEPOSIT', 1.00, 'because', NULL",
    ),
    (
        "admin_amount_reserve",
        "1, '{one}', gen_random_uuid(), 1.00, 100.00, 'another key'",
    ),
    ("admin_approval_insert", "'{one}', 'a key', 1, 50"),
    ("admin_approvals_distributed", "'{1, 2}'"),
    ("admin_approvals_of_wallet", "'{one}', 10"),
    (
        "staff_journal_carried_out_distributed",
        "'{1, 2}', ARRAY['{one}', '{other}']::uuid[], '{one key, another}'",
    ),
];

const LINKS: &str = "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', \
                     '{DEPOSIT, TRANSFER_IN}', '{WITHDRAW, TRANSFER_OUT}', '{TRANSFER_IN, TRANSFER_OUT}'";
const BREACHES: &str = "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', \
                        '{DEPOSIT, TRANSFER_IN}', '{WITHDRAW, TRANSFER_OUT, CAPTURE}', '{HOLD, RELEASE}', '{HOLD}', \
                        '{RELEASE, CAPTURE}', '{TRANSFER_IN, TRANSFER_OUT}', '{REVERSAL_IN, REVERSAL_OUT}'";
