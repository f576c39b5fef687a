//! The four forms that are asked about once more: an adjustment, a reversal, a change of rules and a hold that is voided. Whatever
//! refuses one, its page keeps all that was typed; and however often one is sent, it happens once.

mod kept;
mod tabs;

use std::collections::BTreeMap;

use crate::adjustments::page_of;
use crate::admin::{Admin, Answer};
use crate::holds::hold;

/// What a form sends, but for its token.
type Fields = BTreeMap<String, String>;

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(pair).collect()
}

/// A form, where it is, and everything that can be typed into it.
struct Form {
    page: String,
    action: String,
    typed: Fields,
}

impl Form {
    /// Of a wallet with 100.00 and 30.00 of that held: its hold is its second operation.
    fn all(wallet: &str, other: &str) -> [Self; 4] {
        let wallet = page_of(wallet);
        let other = other.split('/').nth(3).unwrap();
        let form = |page: &str, action: &str, typed: &[(&str, &str)]| Self {
            page: format!("{wallet}{page}"),
            action: format!("{wallet}{action}"),
            typed: fields(typed),
        };
        let adjusted = [
            ("kind", "TRANSFER_OUT"),
            ("to", other),
            ("amount", "1.00"),
            ("reason", "moved \"by\" <hand>"),
        ];
        let reversed = [("amount", "2.00"), ("reason", "half of & it")];
        let ruled = [
            ("debits", "frozen"),
            ("credits", "frozen"),
            ("balance_min", "3.00"),
            ("balance_max", "400.00"),
            ("operation_max", "50.00"),
            ("daily_out_max", "60.00"),
            ("reason", "asked by 'a court'"),
        ];
        [
            form("", "adjustment/", &adjusted),
            form("operations/1/", "operations/1/reversal/", &reversed),
            form(
                "holds/2/",
                "holds/2/void/",
                &[("reason", "called off > twice")],
            ),
            form("rules/", "rules/change/", &ruled),
        ]
    }

    /// The form as a browser loads it, with everything typed in.
    async fn filled_in(&self, admin: &Admin) -> Fields {
        let page = admin.get(&self.page).await;
        let mut fields = self.shown(&page).expect("the page has the form");
        fields.extend(self.typed.clone());
        fields
    }

    /// What the form on this page would send; `None` if there is no such form.
    fn shown(&self, page: &Answer) -> Option<Fields> {
        let (_, form) = page
            .body
            .split_once(&format!("action=\"{}\"", self.action))?;
        let (form, _) = form.split_once("</form>").unwrap();
        let mut shown = Fields::new();
        let (mut select, mut rest) = (None, form);
        while let Some((_, after)) = rest.split_once('<') {
            let (tag, behind) = after.split_once('>').unwrap();
            let value = || attribute(tag, "value").unwrap_or_default();
            let is_choice = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
            match tag.split([' ', '>']).next().unwrap() {
                "input" if is_choice && !tag.ends_with(" checked") => {}
                "input" => {
                    shown.insert(attribute(tag, "name").unwrap(), value());
                }
                "textarea" => {
                    let text = behind.split("</textarea").next().unwrap();
                    let text = text.strip_prefix('\n').unwrap_or(text);
                    shown.insert(attribute(tag, "name").unwrap(), unescaped(text));
                }
                "select" => select = attribute(tag, "name"),
                "option" if tag.ends_with(" selected") => {
                    shown.insert(select.clone().unwrap(), value());
                }
                _ => {}
            }
            rest = behind;
        }
        shown.remove("csrf").expect("the form has a token");
        Some(shown)
    }

    async fn send(&self, admin: &Admin, fields: &Fields) -> Answer {
        let fields: Vec<_> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
        admin.post(&self.action, &fields).await
    }

    /// Sends the form with everything typed in; gives what the page sends that asks once more.
    async fn asked(&self, admin: &Admin, fields: &Fields) -> Fields {
        let asked = self.send(admin, fields).await;
        assert_eq!(asked.status, 200, "{}: {}", self.action, asked.body);
        let hidden = asked.confirmation();
        let hidden = hidden.unwrap_or_else(|| panic!("{}: {}", self.action, asked.body));
        hidden.into_iter().collect()
    }

    /// Whether all that was typed is in there.
    fn assert_kept(&self, kept: &Fields, when: &str) {
        for (name, value) in &self.typed {
            assert_eq!(
                kept.get(name),
                Some(value),
                "{when}: {} {name}",
                self.action
            );
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    let codes = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#124;", "|"),
        ("&#38;", "&"),
    ];
    codes.iter().fold(text.to_owned(), |text, (code, letter)| {
        text.replace(code, letter)
    })
}

/// A wallet with 100.00, of which 30.00 are held; and another one.
async fn wallets(admin: &Admin, name: &str) -> [String; 2] {
    let wallet = admin.app.wallet(name).await;
    let other = admin.app.wallet(&format!("{name}-other")).await;
    assert_eq!(admin.app.deposit(&wallet, "100.00").await.0, 200);
    assert_eq!(hold(admin, &wallet, "30.00", "order").await, 2);
    [wallet, other]
}
