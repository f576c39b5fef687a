//! The catalogues: part of the binary, checked at compile time, parsed at the first use.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::Lang;
use super::check::{self, Span};

macro_rules! catalogue {
    ($lang:literal) => {
        concat!(
            include_str!(concat!($lang, "/errors.ftl")),
            include_str!(concat!($lang, "/openapi.ftl")),
            include_str!(concat!($lang, "/panel.ftl")),
        )
    };
}

const EN: &str = catalogue!("en");
const RU: &str = catalogue!("ru");
const COUNT: usize = check::count(EN);
const EN_SPANS: &[Span; COUNT] = &check::spans(EN);
const RU_SPANS: &[Span; check::count(RU)] = &check::spans(RU);

/// A message without variables, by its index in the English catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(usize);

/// A message with variables, by its id.
#[derive(Clone, Copy, Debug)]
pub struct Pattern(&'static str);

impl Id {
    /// # Panics
    /// At compile time, if a language lacks the message, or it has variables.
    #[must_use]
    pub const fn named(id: &str) -> Self {
        Self(checked(id, &[]))
    }
}

impl Pattern {
    /// # Panics
    /// At compile time, if a language lacks the message, or it has other variables.
    #[must_use]
    pub const fn named(id: &'static str, variables: &[&str]) -> Self {
        checked(id, variables);
        Self(id)
    }
}

const fn checked(id: &str, variables: &[&str]) -> usize {
    let Some(en) = check::position(EN, EN_SPANS, id) else {
        panic!("src/messages/en has no message of this id");
    };
    let Some(ru) = check::position(RU, RU_SPANS, id) else {
        panic!("src/messages/ru has no message of this id");
    };
    assert!(
        check::has_exactly(EN, EN_SPANS[en], variables),
        "the message has other variables in English"
    );
    assert!(
        check::has_exactly(RU, RU_SPANS[ru], variables),
        "the message has other variables in Russian"
    );
    en
}

impl Lang {
    /// The text of a message without variables.
    #[must_use]
    pub fn text(self, id: Id) -> &'static str {
        &self.of(&RU_CATALOGUE, &EN_CATALOGUE).texts[id.0]
    }

    /// The text of a message with its variables.
    #[must_use]
    pub fn format<const N: usize>(
        self,
        Pattern(id): Pattern,
        variables: [(&'static str, FluentValue<'_>); N],
    ) -> String {
        let catalogue = self.of(&RU_CATALOGUE, &EN_CATALOGUE);
        let args = FluentArgs::from_iter(variables);
        value(&catalogue.bundle, id, Some(&args)).into_owned()
    }
}

static EN_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::En, EN));
static RU_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::Ru, RU));

struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// By [`Id`]. Not used for a message with variables.
    texts: Vec<String>,
}

impl Catalogue {
    fn read(lang: Lang, text: &str) -> Self {
        let language = lang.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // No isolation marks around values: our texts have one direction, and clients compare bodies by bytes.
        bundle.set_use_isolating(false);
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
        let ids = EN_SPANS.iter().map(|&(start, _)| id_at(EN, start));
        let texts = ids
            .map(|id| value(&bundle, id, None).into_owned())
            .collect();
        Self { bundle, texts }
    }
}

/// Empty for a message that does not exist, which is checked at compile time.
fn value<'b>(
    bundle: &'b FluentBundle<FluentResource>,
    id: &str,
    args: Option<&'b FluentArgs>,
) -> Cow<'b, str> {
    let message = bundle.get_message(id);
    let pattern = message.and_then(|message| message.value());
    pattern.map_or(Cow::Borrowed(""), |pattern| {
        bundle.format_pattern(pattern, args, &mut Vec::new())
    })
}

fn id_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    rest.split([' ', '=']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn variables(text: &str) -> BTreeSet<&str> {
        let behind = text.split('$').skip(1);
        behind
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .filter_map(|mut words| words.next())
            .collect()
    }

    #[test]
    fn every_message_is_read_and_formatted_in_both_languages_without_an_error() {
        for (lang, text) in [(Lang::En, EN), (Lang::Ru, RU)] {
            let resource = FluentResource::try_new(text.to_owned());
            assert!(resource.is_ok(), "{lang:?}: {:?}", resource.err());
            let mut bundle = FluentBundle::new_concurrent(Vec::new());
            let added = resource.map(|resource| bundle.add_resource(resource));
            assert!(matches!(added, Ok(Ok(()))), "{lang:?}: an id stands twice");
            for &(start, end) in EN_SPANS {
                let id = id_at(EN, start);
                let message = bundle.get_message(id).unwrap();
                let names = variables(&EN[start..end]);
                let args = names.iter().map(|name| (*name, FluentValue::from("x")));
                let args: FluentArgs = args.collect();
                let mut errors = Vec::new();
                bundle.format_pattern(message.value().unwrap(), Some(&args), &mut errors);
                assert!(errors.is_empty(), "{lang:?}: {id}: {errors:?}");
            }
        }
    }

    #[test]
    fn a_message_has_the_same_variables_in_both_languages() {
        for &(start, end) in EN_SPANS {
            let id = id_at(EN, start);
            let place = check::position(RU, RU_SPANS, id);
            let (from, to) = RU_SPANS[place.unwrap_or_else(|| panic!("{id}"))];
            assert_eq!(variables(&EN[start..end]), variables(&RU[from..to]), "{id}");
        }
    }

    /// Counts that tell the forms of Russian apart, with their categories.
    const RUSSIAN: [(i64, &str); 10] = [
        (0, "many"),
        (1, "one"),
        (2, "few"),
        (5, "many"),
        (11, "many"),
        (21, "one"),
        (22, "few"),
        (25, "many"),
        (111, "many"),
        (1_001, "one"),
    ];
    const ENGLISH: [(i64, &str); 4] = [(0, "other"), (1, "one"), (2, "other"), (21, "other")];

    /// The messages of a text: ids and what they are.
    fn messages(text: &str) -> Vec<(&str, &str)> {
        let spans: [Span; COUNT] = check::spans(text);
        let ids = spans.iter();
        ids.map(|&(start, end)| (id_at(text, start), &text[start..end]))
            .collect()
    }

    /// The variable that a message chooses its form by, and each category with its text.
    fn forms(message: &str) -> Option<(&str, Vec<(&str, &str)>)> {
        let (before, choices) = message.split_once(" ->")?;
        let variable = before.rsplit('$').next()?;
        let lines = choices
            .lines()
            .map(|line| line.trim().trim_start_matches('*'));
        let forms = lines.filter_map(|line| line.strip_prefix('[')?.split_once("] "));
        Some((variable, forms.collect()))
    }

    #[test]
    fn every_message_with_a_count_has_the_form_of_each_count() {
        for (lang, text, cases) in [
            (Lang::Ru, RU, RUSSIAN.as_slice()),
            (Lang::En, EN, ENGLISH.as_slice()),
        ] {
            let bundle = &lang.of(&RU_CATALOGUE, &EN_CATALOGUE).bundle;
            let mut found = 0;
            for (id, message) in messages(text) {
                let Some((variable, forms)) = forms(message) else {
                    continue;
                };
                found += 1;
                let categories: Vec<_> = forms.iter().map(|(category, _)| *category).collect();
                let expected = lang.of(&["one", "few", "many"][..], &["one", "other"][..]);
                assert_eq!(categories, expected, "{lang:?}: {id}");
                for (count, category) in cases {
                    let names = variables(message);
                    let value = |name: &str| {
                        if name == variable {
                            FluentValue::from(*count)
                        } else {
                            FluentValue::from("x")
                        }
                    };
                    let args = names.iter().map(|name| (*name, value(name)));
                    let args: FluentArgs = args.collect();
                    let shown = super::value(bundle, id, Some(&args));
                    let (_, form) = forms.iter().find(|(name, _)| name == category).unwrap();
                    let mut form = (*form).to_owned();
                    for name in &names {
                        let written = if *name == variable {
                            count.to_string()
                        } else {
                            "x".to_owned()
                        };
                        form = form.replace(&format!("{{ ${name} }}"), &written);
                    }
                    assert!(shown.contains(&form), "{lang:?}: {id}: {count}: {shown}");
                }
            }
            assert!(found > 3, "{lang:?}: only {found} messages have a count");
        }
    }

    /// Words after a value that no count changes: units, prepositions, and what follows a name.
    const UNCHANGED: [&str; 12] = [
        "с",
        "мин",
        "ч",
        "из",
        "всего",
        "по",
        "и",
        "или",
        "уже",
        "удалён",
        "будет",
        "для",
    ];

    #[test]
    fn in_the_panel_no_russian_word_follows_a_count_that_does_not_choose_its_form() {
        let panel = include_str!("ru/panel.ftl");
        for (id, message) in messages(RU) {
            if !panel.contains(message) || forms(message).is_some() {
                continue;
            }
            for rest in message.split(" } ").skip(1) {
                let word = rest.split(|letter: char| !letter.is_alphabetic()).next();
                let word = word.unwrap_or_default();
                let is_russian = word
                    .chars()
                    .next()
                    .is_some_and(|c| ('а'..='я').contains(&c));
                assert!(
                    !is_russian || UNCHANGED.contains(&word),
                    "{id}: the form of {word:?} depends on the value before it"
                );
            }
        }
    }
}
