//! A statement is read, printed and exported.

use serde_json::json;

use crate::panel::Panel;
use crate::wallets::wallet;

/// More than a sheet has, so that its table goes over several.
const DEPOSITS: usize = 40;

/// What of the page there is in print: the elements that are seen of what the selectors find, and the colours of its text and ground.
const IN_PRINT: &str = "const seen = s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility()).length;
    const body = getComputedStyle(document.body), out = getComputedStyle(document.querySelector('tbody .amount--in'));
    return {
        frame: seen('.side, .foot, .skip, .buttons, .screen-only, .pager, form'),
        statement: seen('h1, #about, #opening, #closing, tbody tr'),
        head: getComputedStyle(document.querySelector('thead')).display,
        row: getComputedStyle(document.querySelector('tbody tr')).breakInside,
        colours: [body.backgroundColor, body.color, out.color],
    };";

/// Asserts that the sheets have every operation once, each sheet the table's head and its number, and none a menu.
fn assert_printed(sheets: &[String]) {
    assert!(sheets.len() > 1, "{sheets:?}");
    for (sheet, number) in sheets.iter().zip(1..) {
        let numbered = format!("{number} / {}", sheets.len());
        for text in [&numbered, "Time, UTC"] {
            assert!(sheet.contains(text), "no {text} in {sheet}");
        }
        for text in ["Wallets", "Sign out", "Previous month"] {
            assert!(!sheet.contains(text), "{text} in {sheet}");
        }
    }
    let all = sheets.concat();
    assert_eq!(all.matches("Deposit").count(), DEPOSITS, "{all}");
    assert_eq!(all.matches("Statement of alice").count(), 1, "{all}");
    assert!(sheets[0].contains("Closing balance"), "{}", sheets[0]);
    assert!(sheets[sheets.len() - 1].contains("60.00"));
}

#[actix_rt::test]
async fn a_statement_is_shown_and_printed_in_black_on_white_whatever_the_theme() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &["1.50"; DEPOSITS]).await;
    let page = alice.replace("/api/", "/admin/");
    panel.open(&page).await;
    browser
        .follow(".head .buttons a[href$='/statement/']")
        .await;
    browser.text_with("h1", "Statement of alice").await;
    browser.text_with("#opening", "0.00").await;
    browser.text_with("#closing", "60.00").await;
    browser.text_with("#provisional", "has not ended").await;
    let entries = browser.text_with("#entries", "60.00").await;
    assert_eq!(entries.matches("Deposit").count(), DEPOSITS, "{entries}");
    panel.screens("statement").await;

    browser.follow("button[name=choice][value=dark]").await;
    browser.print_media(true).await;
    let printed = browser.run(IN_PRINT, &[]).await;
    let black = "rgb(0, 0, 0)";
    let expected = json!({
        "frame": 0,
        "statement": 4 + DEPOSITS,
        "head": "table-header-group",
        "row": "avoid",
        "colours": ["rgb(255, 255, 255)", black, black],
    });
    assert_eq!(printed, expected);
    browser.print_media(false).await;
    assert_printed(&browser.sheets("statement").await);

    // The button prints: what it calls is replaced, as a dialogue would wait for somebody.
    browser
        .run("window.print = () => { window.printed = true; }", &[])
        .await;
    browser.click("button[data-print]").await;
    browser.holds("return window.printed === true").await;

    let export = "return fetch(document.querySelector('#file').href).then(file => file.text())";
    let file = browser.run(export, &[]).await;
    let file = file.as_str().unwrap();
    assert_eq!(file.lines().count(), DEPOSITS + 3, "{file}");

    browser.follow("#before").await;
    browser
        .text_with("#entries", "No operations in this period")
        .await;
    browser.follow("#after").await;
    browser.text_with("#closing", "60.00").await;

    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("h1", "Выписка alice").await;
    browser.text_with("#closing", "60,00").await;
    panel.screens("statement-ru").await;
    panel.end().await;
}

#[actix_rt::test]
async fn a_mistake_of_a_period_is_told_beside_it() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    let alice = wallet(&panel, "alice", &[]).await;
    let page = format!("{}statement/", alice.replace("/api/", "/admin/"));
    panel
        .open(&format!("{page}?from=2026-02-02&to=2026-02-01"))
        .await;
    browser
        .text_with("#to-error", "Cannot be before the first day")
        .await;
    panel.screens("statement-mistake").await;
    browser.run("month.value = '2026-02'", &[]).await;
    browser.follow("form:has(#month) button").await;
    browser.arrives(&format!("{page}?month=2026-02")).await;
    browser
        .text_with("#entries", "No operations in this period")
        .await;
    panel.end().await;
}
