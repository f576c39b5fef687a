//! The languages of texts.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Ru,
    En,
}

impl Lang {
    /// By its code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "ru" => Some(Self::Ru),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// For HTML's `lang`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The one of the two.
    pub fn of<T>(self, ru: T, en: T) -> T {
        match self {
            Self::Ru => ru,
            Self::En => en,
        }
    }

    /// The best of what `Accept-Language` lists, by its weights; of two that weigh the same, the first.
    #[must_use]
    pub fn preferred(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=");
            let weight: f32 = weight.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0));
            let language = tag.trim().split('-').next().unwrap_or_default();
            let Some(lang) = Self::parse(&language.to_ascii_lowercase()) else {
                continue;
            };
            if weight > best.map_or(0.0, |(_, weight)| weight) {
                best = Some((lang, weight));
            }
        }
        best.map(|(lang, _)| lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_favourite_among_ours_is_taken() {
        for (header, expected) in [
            ("en-GB,en;q=0.9,ru;q=0.8", Some(Lang::En)),
            ("de,ru;q=0.5,en;q=0.7", Some(Lang::En)),
            ("RU", Some(Lang::Ru)),
            ("en;q=0,ru;q=0.1", Some(Lang::Ru)),
            ("de,*;q=0.5", None),
            (";;q=,,", None),
        ] {
            assert_eq!(Lang::preferred(header), expected, "{header}");
        }
    }
}
