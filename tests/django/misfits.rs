//! What does not fit: each reason is listed, the rest is imported, and once it is mended nothing is listed any more.

use testkit::app::TestApp;
use testkit::postgres;

use crate::command::Import;
use crate::source::Source;
use crate::target::{assert_audited, assert_equal, texts, users};

/// A reason: what an old database has, what its line says, and what mends it.
struct Misfit {
    made: &'static str,
    listed: &'static [&'static str],
    mended: &'static str,
}

/// Of users 1 to 20, each has one, or none.
const MISFITS: &[Misfit] = &[
    Misfit {
        made: "UPDATE auth_user SET email = 'user1@EXAMPLE.com' WHERE id = 2",
        listed: &["user 2 ", "user 1 has the same e-mail address"],
        mended: "UPDATE auth_user SET email = 'user2@example.com' WHERE id = 2",
    },
    Misfit {
        made: "UPDATE wallets_wallet SET balance = -0.01 WHERE user_id = 3",
        listed: &["user 3 ", "-0.01 is below zero"],
        mended: "UPDATE wallets_wallet SET balance = 300.03 WHERE user_id = 3",
    },
    Misfit {
        made: "UPDATE wallets_wallet SET balance = 'NaN' WHERE user_id = 4",
        listed: &["user 4 ", "NaN is not a finite number"],
        mended: "UPDATE wallets_wallet SET balance = 400.04 WHERE user_id = 4",
    },
    Misfit {
        made: "ALTER TABLE wallets_wallet ALTER balance TYPE numeric; \
             UPDATE wallets_wallet SET balance = 10000000000.00 WHERE user_id = 5",
        listed: &["user 5 ", "10000000000.00 is above"],
        mended: "UPDATE wallets_wallet SET balance = 500.05 WHERE user_id = 5",
    },
    Misfit {
        made: "UPDATE wallets_wallet SET balance = 0.005 WHERE user_id = 6",
        listed: &["user 6 ", "0.005 has a part of a cent"],
        mended: "UPDATE wallets_wallet SET balance = 600.06 WHERE user_id = 6",
    },
    Misfit {
        made: "CREATE TABLE aside AS SELECT * FROM wallets_wallet WHERE user_id = 7; \
             DELETE FROM wallets_wallet WHERE user_id = 7",
        listed: &["user 7 ", "has no wallet"],
        mended: "INSERT INTO wallets_wallet SELECT * FROM aside; DROP TABLE aside",
    },
    Misfit {
        made: "UPDATE auth_user SET password = 'md5$salt$0123456789abcdef0123456789abcdef' WHERE id = 8",
        listed: &[
            "user 8 ",
            "the password cannot be verified: its algorithm is md5",
        ],
        mended: "UPDATE auth_user SET password = '!unusable' WHERE id = 8",
    },
    Misfit {
        made: "UPDATE auth_user SET password = '0123456789abcdef0123456789abcdef' WHERE id = 9",
        listed: &[
            "user 9 ",
            "the password cannot be verified: its algorithm is not named",
        ],
        mended: "UPDATE auth_user SET password = '!unusable' WHERE id = 9",
    },
    Misfit {
        made: "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_user_id_6cb307a0_fk_auth_user_id; \
             INSERT INTO wallets_wallet VALUES ('00000000-0000-4000-8000-000000000001', 5.00, 999)",
        listed: &["wallet 00000000-0000-4000-8000-000000000001", "user 999"],
        mended: "DELETE FROM wallets_wallet WHERE user_id = 999",
    },
    Misfit {
        made: "UPDATE auth_user SET username = U&'\\FF55ser1' WHERE id = 10",
        listed: &["user 10 ", "user name is not in Unicode's form NFKC"],
        mended: "UPDATE auth_user SET username = 'user10' WHERE id = 10",
    },
    Misfit {
        made: "UPDATE auth_user SET username = '' WHERE id = 11",
        listed: &["user 11 ", "user name is missing"],
        mended: "UPDATE auth_user SET username = 'user11' WHERE id = 11",
    },
    Misfit {
        made: "UPDATE auth_user SET email = '' WHERE id IN (12, 13)",
        listed: &["user 13 ", "has no e-mail address, like user 12"],
        mended: "UPDATE auth_user SET email = 'user13@example.com' WHERE id = 13",
    },
    Misfit {
        made: "UPDATE auth_user SET date_joined = 'infinity' WHERE id = 14",
        listed: &["user 14 ", "date_joined"],
        mended: "UPDATE auth_user SET date_joined = '2024-01-01T00:00:00Z' WHERE id = 14",
    },
    Misfit {
        made: "ALTER TABLE wallets_wallet DROP CONSTRAINT wallets_wallet_user_id_key; \
             INSERT INTO wallets_wallet VALUES ('00000000-0000-4000-8000-000000000002', 5.00, 15)",
        listed: &["user 15 ", "has 2 wallets"],
        mended: "DELETE FROM wallets_wallet WHERE id = '00000000-0000-4000-8000-000000000002'",
    },
];

#[actix_web::test]
async fn each_reason_is_listed_and_the_rest_is_imported() {
    let source = Source::with(20).await;
    let import = Import::of(&source.django).await;
    for misfit in MISFITS {
        source.execute(misfit.made).await;
    }
    let ended = import.run(&["--batch", "4"]).await;
    for misfit in MISFITS {
        ended.assert_lists(misfit.listed);
    }
    let listed = [
        "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "13", "14", "15",
    ];
    let imported = texts(&import.target, "SELECT id::text FROM users ORDER BY id").await;
    assert_eq!(imported.len(), 20 - listed.len(), "{imported:?}");
    assert!(imported.iter().all(|id| !listed.contains(&id.as_str())));
    assert_audited(&import.target).await;

    let ended = import.run(&["--final", "--ignore-sessions"]).await;
    assert_eq!(ended.code, Some(1), "it stops the switch: {ended:#?}");

    for misfit in MISFITS {
        source.execute(misfit.mended).await;
    }
    import
        .run(&["--batch", "4", "--final", "--ignore-sessions"])
        .await
        .assert_done();
    assert_equal(&source.client, &import.target).await;
    assert_eq!(users(&import.target).await, 20);
}

#[actix_web::test]
async fn users_whom_the_engine_has_itself_keep_their_number_name_and_address() {
    let source = Source::with(10).await;
    let import = Import::of(&source.django).await;
    let app = TestApp::spawn_on(import.target.clone(), |_| {}).await;
    // The engine numbers them 1, 2 and 3.
    for name in ["first", "user5", "third"] {
        app.wallet(name).await;
    }
    let engine = postgres::connect(&import.target).await;
    let same = "UPDATE users SET email = 'user6@example.com' WHERE username = 'third'";
    engine.batch_execute(same).await.unwrap();
    let ended = import.run(&["--batch", "4"]).await;
    for user in ["user 1", "user 2", "user 3", "user 5", "user 6"] {
        ended.assert_lists(&[user]);
    }
    let names = texts(&import.target, "SELECT username FROM users ORDER BY id").await;
    let expected = [
        "first", "user5", "third", "user4", "user7", "user8", "user9", "user10",
    ];
    assert_eq!(names, expected);
    app.stop().await.unwrap();
}
