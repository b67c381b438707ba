//! The texts of the letter: one data file a language, and how their gaps are filled. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::topic::Topic;

crate::model::words::words! {
    /// The language of a letter.
    pub enum Language {
        /// English.
        English = "en",
        /// Spanish.
        Spanish = "es",
        /// German.
        German = "de",
        /// French.
        French = "fr",
        /// Portuguese, as it is written in Brazil.
        Portuguese = "pt",
    }
}

impl Language {
    /// The language of a word such as `de`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.word() == word)
    }

    fn file(self) -> &'static str {
        match self {
            Self::English => include_str!("texts/en.toml"),
            Self::Spanish => include_str!("texts/es.toml"),
            Self::German => include_str!("texts/de.toml"),
            Self::French => include_str!("texts/fr.toml"),
            Self::Portuguese => include_str!("texts/pt.toml"),
        }
    }
}

/// A text for one record and for several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counted {
    one: String,
    many: String,
}

impl Counted {
    /// The text for so many.
    pub(super) fn of(&self, count: usize) -> &str {
        if count == 1 { &self.one } else { &self.many }
    }
}

/// All that a letter can say.
#[derive(Debug, Deserialize)]
pub(super) struct Texts {
    pub(super) headline_change: Counted,
    pub(super) headline_waiting: Counted,
    pub(super) headline_right: Counted,
    pub(super) headline_found: Counted,
    pub(super) open_unguessed: Counted,
    pub(super) no_change: Counted,
    pub(super) waiting: Counted,
    pub(super) unread: Counted,
    #[serde(rename = "texts")]
    pub(super) plain: Plain,
    /// What is said of names, by what there is to say.
    #[serde(flatten)]
    pub(super) topics: BTreeMap<Topic, Counted>,
}

/// What is said in the same way of any number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    pub(super) headline_open: String,
    pub(super) headline_none: String,
    pub(super) checked: String,
    pub(super) where_cloudflare: String,
    pub(super) where_elsewhere: String,
    pub(super) change_dmarc_duplicated: String,
    pub(super) change_dmarc_invalid: String,
    pub(super) open_nothing: String,
    pub(super) open_unasked: String,
    pub(super) open_dmarc_missing: String,
    pub(super) open_other: String,
    pub(super) compare_rest: String,
    pub(super) verify_now: String,
    pub(super) verify_then: String,
    pub(super) verify_when: String,
    pub(super) verify_retry: String,
    pub(super) platform: String,
    pub(super) target_now: String,
}

impl Texts {
    /// The texts of a language; an error for a file that lacks a text or has one too many.
    pub(super) fn of(language: Language) -> Result<Self, toml::de::Error> {
        let texts: Self = toml::from_str(language.file())?;
        match Topic::ALL.into_iter().find(|topic| !texts.topics.contains_key(topic)) {
            Some(missing) => Err(serde::de::Error::missing_field(missing.word())),
            None => Ok(texts),
        }
    }
}

/// A text with its gaps, such as `{domain}`, filled. What is filled in is not read again.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (gap, behind) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(name, _)| *name == gap).map(|(_, value)| *value);
        out.push_str(before);
        out.push_str(value.unwrap_or_default());
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Each text of a language by its place in the file.
    fn all(language: Language) -> BTreeMap<String, String> {
        let table: toml::Table = language.file().parse().unwrap();
        let of = |(name, forms): (&String, &toml::Value)| {
            let forms = forms.as_table().unwrap().clone().into_iter();
            let name = name.clone();
            forms.map(move |(form, text)| (format!("{name}.{form}"), text.as_str().unwrap().to_owned()))
        };
        table.iter().flat_map(of).collect()
    }

    /// What stands between two marks, for each text.
    fn between(language: Language, (open, close): (char, char)) -> BTreeMap<String, BTreeSet<String>> {
        let of = |text: &str| {
            let mut inside = BTreeSet::new();
            let mut rest = text;
            while let Some((part, behind)) =
                rest.split_once(open).and_then(|(_, rest)| rest.split_once(close))
            {
                inside.insert(part.to_owned());
                rest = behind;
            }
            inside
        };
        all(language).into_iter().map(|(place, text)| (place, of(&text))).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_gaps() {
        for language in Language::ALL {
            assert!(Texts::of(language).is_ok(), "{language:?}: {:?}", Texts::of(language).err());
            let silent = all(language).into_iter().find(|(_, text)| text.trim().is_empty());
            assert_eq!(silent, None, "{language:?}");
            assert_eq!(between(language, ('{', '}')), between(Language::English, ('{', '}')), "{language:?}");
        }
    }

    #[test]
    fn no_two_languages_say_the_same() {
        let english = all(Language::English);
        for language in Language::ALL.into_iter().skip(1) {
            let same = all(language).into_iter().find(|(place, text)| english.get(place) == Some(text));
            assert_eq!(same, None, "{language:?}");
        }
    }

    #[test]
    fn buttons_are_named_as_the_dashboard_shows_them() {
        let english = between(Language::English, ('"', '"'));
        for language in Language::ALL {
            assert_eq!(between(language, ('"', '"')), english, "{language:?}");
        }
    }

    #[test]
    fn gaps_are_filled_once() {
        assert_eq!(filled("{a}-{b}-{c}", &[("a", "{b}"), ("b", "x")]), "{b}-x-");
        assert_eq!(filled("no gap", &[]), "no gap");
    }
}
