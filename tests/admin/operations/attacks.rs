//! The form, as an attacker or a slip of the hand fills it in.

use reqwest::Method;

use super::{ALL, english, id_of};

#[actix_web::test]
async fn all_mistakes_are_told_together_and_what_was_sent_is_kept() {
    let admin = english().await;
    let query = "user=alice&amount=1e5&least=2&most=1&day=2026-02-30&kind=PAYOUT&key=%01&reference=&other=7";
    let page = admin.get(&format!("{ALL}?{query}")).await;
    assert_eq!(page.status, 200);
    for field in ["amount", "most", "day", "kind", "key", "other"] {
        let error = format!("id=\"{field}-error\"");
        assert!(page.body.contains(&error), "{field}: {}", page.body);
    }
    assert_eq!(
        page.body.matches("field__error").count(),
        6,
        "{}",
        page.body
    );
    for kept in [
        "value=\"1e5\"",
        "value=\"alice\"",
        "<details class=\"more\" open>",
    ] {
        assert!(page.body.contains(kept), "{kept}: {}", page.body);
    }
    assert!(!page.body.contains("id=\"found\""), "nothing was searched");
    admin.app.stop().await.unwrap();
}

#[actix_web::test]
async fn odd_input_is_a_value_a_mistake_or_nothing_and_never_markup() {
    let admin = english().await;
    let alice = admin.app.wallet("alice").await;
    admin.app.deposit(&alice, "1.00").await;
    let ledger = format!("/admin/wallets/{}/operations/", id_of(&alice));
    let long = "9".repeat(3_000);
    for value in [
        "%00",
        "%25",
        "_",
        "%5C",
        "%27+OR+%271%27%3D%271",
        "%22%3E%3Cscript%3E",
        "%F0%9F%92%B0",
        "%FF",
        "-1",
        "NaN",
        "Infinity",
        "99999999999.99",
        "9223372036854775808",
        "0001-01-01",
        "9999-12-31",
        "9998-12-31",
        "1970-01-01",
        long.as_str(),
    ] {
        for field in [
            "user",
            "amount",
            "least",
            "most",
            "day",
            "from",
            "to",
            "kind",
            "key",
            "reference",
            "other",
            "after",
        ] {
            for path in [ALL, &ledger, "/admin/operations.csv"] {
                let page = admin.get(&format!("{path}?{field}={value}")).await;
                assert!(page.status < 500, "{path} {field} {value}: {}", page.status);
                assert!(!page.body.contains("\"><script>"), "{field} {value}");
            }
        }
    }
    let reversed = admin
        .get(&format!("{ALL}?from=2026-02-02&to=2026-02-01"))
        .await;
    assert!(reversed.body.contains("Cannot be before the beginning"));
    for missing in [
        "/admin/wallets/00000000-0000-4000-8000-000000000000/operations/",
        "/admin/wallets/00000000-0000-4000-8000-000000000000/operations/found.csv",
        "/admin/wallets/%00/operations/",
    ] {
        assert_eq!(admin.get(missing).await.status, 404, "{missing}");
    }
    for path in [ALL, "/admin/operations.csv"] {
        let stranger = admin.other_browser().get(path).await;
        assert!(stranger.location().starts_with("/admin/sign-in/?next="));
        let posted = admin.send(admin.request(Method::POST, path)).await;
        assert_eq!(posted.status, 405, "{path}");
    }
    admin.app.stop().await.unwrap();
}
