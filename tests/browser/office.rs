//! What an office needs of every page: its own clock, a menu that a thumb reaches, and engines that are told apart.

use serde_json::Value;

use crate::panel::Panel;

/// No whole hours away from UTC, and without a summer time.
const ZONE: &str = "Australia/Darwin";

/// The first time of the page: as shown, in its tooltip, and as sent.
async fn first_time(panel: &Panel) -> [String; 3] {
    let script = "const t = document.querySelector('main time[datetime*=T]:not([data-ago])');
                  return [t.innerText, t.title, t.dateTime]";
    let found = panel.browser.run(script, &[]).await;
    let text = |at: usize| found[at].as_str().unwrap().trim().to_owned();
    [text(0), text(1), text(2)]
}

/// The moment as the page writes it in UTC.
fn utc(sent: &str) -> String {
    sent.replace('T', " ").replace('Z', "")
}

#[actix_rt::test]
async fn times_are_those_of_the_browser_s_zone_with_utc_at_hand_and_utc_without_a_script() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.zone(ZONE).await;
    panel.open("/admin/users/").await;
    browser
        .text_with(".zone", "Australia/Darwin (UTC+9:30)")
        .await;
    let [shown, title, sent] = first_time(&panel).await;
    let there =
        "return new Date(arguments[0]).toLocaleString('sv-SE', {timeZone: 'Australia/Darwin'})";
    let there = browser.run(there, &[Value::from(sent.as_str())]).await;
    assert_eq!(there, shown.as_str());
    assert_eq!(title, format!("{} UTC", utc(&sent)));
    assert_ne!(shown, utc(&sent));

    // On request, and in print, it is UTC.
    browser.click(".zone button").await;
    browser.text_with(".zone", "Times are in UTC.").await;
    let [shown, ..] = first_time(&panel).await;
    assert_eq!(shown, format!("{} UTC", utc(&sent)));
    browser.click(".zone button").await;
    browser.print_media(true).await;
    let [printed, ..] = first_time(&panel).await;
    assert_eq!(printed, format!("{} UTC", utc(&sent)));
    browser.print_media(false).await;

    // What the page loads later, and the axis of a chart.
    panel.open("/admin/").await;
    browser.text_with("[data-live-state=on]", "Refreshes").await;
    let loaded = "const t = document.querySelector('.live__at time');
                  if (!window.first) { window.first = t.dateTime; return false }
                  return t.dateTime !== window.first && t.innerText !== t.dateTime.replace('T', ' ').replace('Z', '')
                      && t.title.endsWith(' UTC')";
    browser.holds(loaded).await;
    let axis = "const labels = [...document.querySelectorAll('text[data-at]')];
                return labels.length > 0 && labels.every(l => {
                    const at = new Date(l.dataset.at);
                    return l.textContent === at.toTimeString().slice(0, 5) && at.getMinutes() % 5 === 0 })";
    browser.holds(axis).await;

    browser.scripts(false).await;
    panel.open("/admin/users/").await;
    browser.text_with(".zone", "Times are in UTC.").await;
    let [shown, title, sent] = first_time(&panel).await;
    assert_eq!((shown, title), (utc(&sent), String::new()));
    browser.scripts(true).await;
    panel.end().await;
}

#[actix_rt::test]
async fn on_a_phone_one_button_leads_to_every_section_language_theme_and_sign_out() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.follow("button[name=choice][value=ru]").await;
    browser.resize(390).await;
    panel.open("/admin/users/").await;
    let drawer = "return getComputedStyle(document.querySelector('#menu')).display";
    assert_eq!(browser.run(drawer, &[]).await, "none");
    browser.click(".side__open").await;
    let fits = "const box = e => e.getBoundingClientRect();
        const all = document.querySelectorAll('#menu a, #menu button');
        const menu = document.querySelector('#menu');
        return all.length >= 13 && menu.scrollWidth <= menu.clientWidth
            && [...all].every(e => box(e).width > 0 && box(e).left >= 0 && box(e).right <= 390 && box(e).bottom <= 900)";
    browser.holds(fits).await;
    panel.accessible().await;
    panel.picture("menu-390-ru").await;
    browser.follow("#menu a[href='/admin/wallets/']").await;
    browser.text_with("h1", "Кошельки").await;
    assert_eq!(browser.run(drawer, &[]).await, "none");
    browser.click(".side__open").await;
    browser.follow(".who button").await;
    browser.arrives("/admin/sign-in/").await;
    browser.resize(1280).await;
    panel.end().await;
}

#[actix_rt::test]
async fn the_page_of_an_engine_shows_what_it_does_inside() {
    let panel = Panel::signed_in().await;
    let browser = &panel.browser;
    browser.follow(".menu a[href='/admin/engine/']").await;
    browser.text_with("[data-live-state=on]", "Refreshes").await;
    browser.text_with("h1", "Engine").await;
    browser.text_with(".facts", "Connections of the pool").await;
    // Two samples make a point.
    browser.text_with(".chart__key", "committed 0").await;
    panel.screens("engine").await;
    browser.follow("button[name=choice][value=ru]").await;
    browser.text_with("h1", "Движок").await;
    panel.screens("engine-ru").await;
    panel.end().await;
}
