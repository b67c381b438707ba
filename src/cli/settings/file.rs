//! The settings file: its form, and what a profile of it says. Reads text and nothing else; a token in it is
//! remembered, so that it never leaves.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use super::choice::{Choice, Origin, TokenSource};
use crate::io::cloudflare::ConnectionError;
use crate::io::secret::Address;
use crate::model::diagnosis::Code;
use crate::model::dns::DomainName;
use crate::model::failure::Advice as _;
use crate::model::ignore::Rule;
use crate::model::plain;
use crate::model::suggest;

/// Keys of a profile.
const OF_PROFILE: [&str; 10] = [
    "account",
    "api_url",
    "authoritative",
    "ca_file",
    "catalog",
    "resolvers",
    "state_dir",
    "token",
    "wait",
    "zones",
];
/// Keys that stand outside of profiles.
const OF_FILE: [&str; 3] = ["default_profile", "ignore", "profile"];
/// Keys of `[[ignore]]`.
const OF_RULE: [&str; 5] = ["code", "name", "reason", "until", "zone"];
/// Where a token may come from.
const OF_TOKEN: [&str; 4] = ["command", "file", "keyring", "variable"];

/// What a profile says, with what stands above all of them where it says nothing; or that alone.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub token: Option<Choice<TokenSource>>,
    pub account: Option<Choice<String>>,
    pub api_url: Option<Choice<String>>,
    pub resolvers: Option<Choice<Vec<String>>>,
    pub authoritative: Option<Choice<Vec<String>>>,
    pub ca_file: Option<Choice<PathBuf>>,
    pub catalog: Option<Choice<Vec<PathBuf>>>,
    pub state_dir: Option<Choice<PathBuf>>,
    pub wait: Option<Choice<String>>,
    pub zones: Option<Choice<Vec<String>>>,
}

/// A settings file.
#[derive(Debug, Clone, Default)]
pub struct SettingsFile {
    /// The profile that is used if none is named.
    pub default_profile: Option<String>,
    /// What stands above the profiles.
    pub common: Profile,
    pub profiles: BTreeMap<String, Profile>,
    /// What is to be ignored.
    pub rules: Vec<Rule>,
}

impl SettingsFile {
    /// Reads the text of a file, up to the first thing that is wrong; relative paths in it are meant from its folder,
    /// `~/` from `home`.
    pub fn read(path: &Path, home: Option<&Path>, text: &str) -> Result<Self, SettingsError> {
        Reader { path, home, text }.file()
    }

    /// Whether a token stands in it literally.
    pub fn holds_secret(&self) -> bool {
        let mut tokens = self.profiles.values().chain([&self.common]).filter_map(|one| one.token.as_ref());
        tokens.any(|token| matches!(token.value, TokenSource::Literal(_)))
    }

    /// What holds for the profile of that name, or without one. `None` if there is no such profile.
    pub fn with_profile(&self, name: Option<&str>) -> Option<&Profile> {
        name.map_or(Some(&self.common), |name| self.profiles.get(name))
    }
}

type Key<'i> = Spanned<Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;
type Check<'c> = &'c dyn Fn(&str) -> Result<(), SettingsError>;

struct Reader<'t> {
    path: &'t Path,
    home: Option<&'t Path>,
    text: &'t str,
}

impl Reader<'_> {
    fn file(&self) -> Result<SettingsFile, SettingsError> {
        let parsed = DeTable::parse(self.text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            // Its message names what was expected; its other form quotes the line.
            self.bad(
                start,
                plain::sanitize_line(error.message()),
                "write TOML, as described in docs/settings.md",
            )
        })?;
        let mut file = SettingsFile::default();
        let known = [OF_FILE.as_slice(), &OF_PROFILE].concat();
        let (mut profiles, mut start) = (None, 0);
        for (key, value) in parsed.get_ref() {
            match key.get_ref().as_ref() {
                "default_profile" => {
                    file.default_profile = Some(self.text_of("default_profile", value)?);
                    start = value.span().start;
                }
                "profile" => profiles = Some(self.table("profile", value)?),
                "ignore" => file.rules = self.rules(value)?,
                _ => self.put(&mut file.common, key, value, &known)?,
            }
        }
        for (name, value) in profiles.into_iter().flatten() {
            let mut profile = file.common.clone();
            for (key, value) in self.table(name.get_ref(), value)? {
                self.put(&mut profile, key, value, &OF_PROFILE)?;
            }
            file.profiles.insert(name.get_ref().to_string(), profile);
        }
        let is_unknown = |named: &&String| !file.profiles.contains_key(*named);
        let Some(named) = file.default_profile.as_ref().filter(is_unknown) else { return Ok(file) };
        let hint = suggest::did_you_mean(named, file.profiles.keys().map(String::as_str));
        let named = plain::sanitize_line(named);
        let hint = hint.unwrap_or_else(|| format!("add a table [profile.{named}]"));
        Err(self.bad(start, format!("there is no profile `{named}`"), &hint))
    }

    /// Takes a setting, unless its key is none of those that are known there.
    fn put(
        &self,
        profile: &mut Profile,
        key: &Key<'_>,
        value: &Value<'_>,
        known: &[&'static str],
    ) -> Result<(), SettingsError> {
        let name = key.get_ref().as_ref();
        let Some(key) = known.iter().find(|known| **known == name) else {
            return Err(self.unknown(key.span().start, name, known));
        };
        let text = |check: Check<'_>| {
            let text = self.text_of(key, value)?;
            self.checked(value, &text, check).map(|()| Some(self.held(key, value, text)))
        };
        let texts = |check: Check<'_>| {
            let texts = self.texts(key, value)?;
            texts.iter().try_for_each(|text| self.checked(value, text, check))?;
            Ok::<_, SettingsError>(Some(self.held(key, value, texts)))
        };
        let path = || self.text_of(key, value).map(|text| Some(self.held(key, value, self.absolute(&text))));
        let is_api = |text: &str| Ok(Address::parse(text).map(drop).map_err(ConnectionError::from)?);
        let is_server = |text: &str| super::network::server(key, text).map(drop);
        match *key {
            "account" => profile.account = text(&|text| super::account_id(key, text).map(drop))?,
            "api_url" => profile.api_url = text(&is_api)?,
            "wait" => profile.wait = text(&|text| super::duration(key, text).map(drop))?,
            "resolvers" => profile.resolvers = texts(&is_server)?,
            "authoritative" => profile.authoritative = texts(&is_server)?,
            "zones" => profile.zones = texts(&|text| super::name(key, text).map(drop))?,
            "ca_file" => profile.ca_file = path()?,
            "state_dir" => profile.state_dir = path()?,
            "token" => profile.token = Some(self.held(key, value, self.token(value)?)),
            _ => {
                let paths = self.texts(key, value)?.iter().map(|text| self.absolute(text)).collect();
                profile.catalog = Some(self.held(key, value, paths));
            }
        }
        Ok(())
    }

    /// Refuses a text that cannot be what its key is for: a profile that is used once a year shall not wait for that.
    fn checked(&self, value: &Value<'_>, text: &str, check: Check<'_>) -> Result<(), SettingsError> {
        check(text).map_err(|error| {
            let hint = error.hints().into_iter().next().unwrap_or_default();
            self.bad(value.span().start, error.to_string(), &hint)
        })
    }

    fn token(&self, value: &Value<'_>) -> Result<TokenSource, SettingsError> {
        if value.get_ref().is_str() {
            let secret = SecretString::from(self.text_of("token", value)?);
            crate::io::secret::remember(&secret);
            return Ok(TokenSource::Literal(secret));
        }
        let how =
            "write { file = \"…\" }, { variable = \"…\" }, { command = [\"…\"] } or { keyring = \"…\" }";
        let bad = |start, problem: &str| self.bad(start, format!("`token` {problem}"), how);
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| bad(value.span().start, "has to be a table that tells a source"))?;
        let mut entries = table.iter();
        let (Some((key, source)), None) = (entries.next(), entries.next()) else {
            return Err(bad(value.span().start, "has to have one source"));
        };
        match key.get_ref().as_ref() {
            "file" => Ok(TokenSource::File(self.absolute(&self.text_of("file", source)?))),
            "variable" => Ok(TokenSource::Variable(self.text_of("variable", source)?)),
            "keyring" => Ok(TokenSource::Keyring(self.text_of("keyring", source)?)),
            "command" => match self.texts("command", source)? {
                words if words.is_empty() => Err(bad(source.span().start, "has an empty command")),
                words => Ok(TokenSource::Command(words)),
            },
            name => Err(self.unknown(key.span().start, name, &OF_TOKEN)),
        }
    }

    fn rules(&self, value: &Value<'_>) -> Result<Vec<Rule>, SettingsError> {
        let list =
            value.get_ref().as_array().ok_or_else(|| self.wrong("ignore", value, "a list: [[ignore]]"))?;
        list.iter().map(|one| self.rule(one)).collect()
    }

    fn rule(&self, value: &Value<'_>) -> Result<Rule, SettingsError> {
        let mut rule = Rule { code: None, zone: None, name: None, reason: String::new(), until: None };
        for (key, value) in self.table("ignore", value)? {
            let start = value.span().start;
            match key.get_ref().as_ref() {
                "code" => rule.code = Some(self.code(start, &self.text_of("code", value)?)?),
                "zone" => rule.zone = Some(self.domain(start, &self.text_of("zone", value)?)?),
                "name" => rule.name = Some(self.domain(start, &self.text_of("name", value)?)?),
                "reason" => rule.reason = plain::sanitize_line(&self.text_of("reason", value)?),
                "until" => rule.until = Some(self.date(value)?),
                name => return Err(self.unknown(key.span().start, name, &OF_RULE)),
            }
        }
        let start = value.span().start;
        let fits_all = rule.code.is_none() && rule.zone.is_none() && rule.name.is_none();
        if fits_all {
            let hint = "add code, zone or name: without any, every finding would be ignored";
            return Err(self.bad(start, "this [[ignore]] names nothing".to_owned(), hint));
        }
        if rule.reason.trim().is_empty() {
            let hint = "add reason = \"…\", for whoever reads it in a year";
            return Err(self.bad(start, "this [[ignore]] gives no reason".to_owned(), hint));
        }
        Ok(rule)
    }

    fn code(&self, start: usize, word: &str) -> Result<Code, SettingsError> {
        Code::from_word(word).ok_or_else(|| {
            let known = Code::ALL.into_iter().map(Code::word);
            let hint = suggest::did_you_mean(word, known);
            let hint = hint.unwrap_or_else(|| "`cf-domauth explain` lists them".to_owned());
            self.bad(start, format!("there is no finding `{}`", plain::sanitize_line(word)), &hint)
        })
    }

    fn domain(&self, start: usize, text: &str) -> Result<DomainName, SettingsError> {
        let hint = "write a full domain name, such as s1._domainkey.example.com";
        DomainName::parse(text).map_err(|error| self.bad(start, error.to_string(), hint))
    }

    fn date(&self, value: &Value<'_>) -> Result<Date, SettingsError> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => return Err(self.wrong("until", value, "a day: 2026-12-31")),
        };
        text.parse().map_err(|_| self.wrong("until", value, "a day: 2026-12-31"))
    }

    fn table<'v, 'i>(&self, key: &str, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, SettingsError> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))
    }

    fn text_of(&self, key: &str, value: &Value<'_>) -> Result<String, SettingsError> {
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| self.wrong(key, value, "a text in quotes"))
    }

    fn texts(&self, key: &str, value: &Value<'_>) -> Result<Vec<String>, SettingsError> {
        let list =
            value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, "a list of texts: [\"…\"]"))?;
        list.iter().map(|one| self.text_of(key, one)).collect()
    }

    /// A path as it is meant: from the home folder, or from the folder of the file.
    fn absolute(&self, text: &str) -> PathBuf {
        let below_home = text.strip_prefix("~/").zip(self.home).map(|(rest, home)| home.join(rest));
        let folder = self.path.parent().unwrap_or_else(|| Path::new("."));
        below_home.unwrap_or_else(|| folder.join(text))
    }

    fn held<T>(&self, key: &'static str, value: &Value<'_>, read: T) -> Choice<T> {
        let at = format!("{}:{}", super::shown(self.path), self.line(value.span().start));
        Choice { value: read, origin: Origin::File { at, key } }
    }

    fn line(&self, start: usize) -> usize {
        self.text.bytes().take(start).filter(|octet| *octet == b'\n').count() + 1
    }

    fn bad(&self, start: usize, problem: String, hint: &str) -> SettingsError {
        let (path, line) = (super::shown(self.path), self.line(start));
        SettingsError::File { path, line, problem, hint: hint.to_owned() }
    }

    fn wrong(&self, key: &str, value: &Value<'_>, wanted: &str) -> SettingsError {
        let is = value.get_ref().type_str();
        let problem = format!("`{}` has to be {wanted}", plain::sanitize_line(key));
        let hint = match value.get_ref().as_str().map(str::trim) {
            Some("") => "it is empty".to_owned(),
            Some(_) => "it is a text".to_owned(),
            None => format!("it is of type {is}"),
        };
        self.bad(value.span().start, problem, &hint)
    }

    fn unknown(&self, start: usize, key: &str, known: &[&str]) -> SettingsError {
        let hint = suggest::did_you_mean(key, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("there are: {}", known.join(", ")));
        self.bad(start, format!("there is no setting `{}` here", plain::sanitize_line(key)), &hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SettingsFile, SettingsError> {
        SettingsFile::read(Path::new("/etc/domauth/settings.toml"), Some(Path::new("/home/a")), text)
    }

    fn problem(text: &str) -> (usize, String) {
        match read(text).unwrap_err() {
            SettingsError::File { line, problem, hint, .. } => (line, format!("{problem}; {hint}")),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_profile_stands_over_what_is_common() {
        let file = read(
            "wait = \"10m\"\ncatalog = [\"mine.toml\", \"~/more\"]\ndefault_profile = \"work\"\n\
             [profile.work]\nwait = \"1h\"\ntoken = { command = [\"pass\", \"show\", \"cloudflare\"] }\n",
        )
        .unwrap();
        let work = file.with_profile(Some("work")).unwrap();
        let origin = Origin::File { at: "/etc/domauth/settings.toml:5".to_owned(), key: "wait" };
        assert_eq!(work.wait, Some(Choice { value: "1h".to_owned(), origin }));
        let paths = ["/etc/domauth/mine.toml", "/home/a/more"].map(PathBuf::from);
        assert_eq!(work.catalog.as_ref().unwrap().value, paths);
        let token = &work.token.as_ref().unwrap().value;
        assert!(matches!(token, TokenSource::Command(words) if words.len() == 3));
        assert_eq!(file.with_profile(None).unwrap().wait.as_ref().unwrap().value, "10m");
        assert!(file.with_profile(Some("home")).is_none());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_a_way_out() {
        let of = |text: &str| problem(text).1;
        assert_eq!(problem("\nresolver = []").0, 2);
        assert_eq!(of("resolver = []"), "there is no setting `resolver` here; did you mean `resolvers`?");
        assert_eq!(
            of("resolvers = 5"),
            "`resolvers` has to be a list of texts: [\"…\"]; it is of type integer"
        );
        assert_eq!(of("wait = 5"), "`wait` has to be a text in quotes; it is of type integer");
        for (line, says) in [
            ("account = \"a/b\"", "account: "),
            ("api_url = \"api.cloudflare.com\"", "`api.cloudflare.com` is not the address of an API"),
            ("wait = \"soon\"", "wait soon: not a length of time; write 90s"),
            ("authoritative = [\"192.0.2.1\", \"1.1.1\"]", "authoritative: `1.1.1`"),
            ("zones = [\"example..com\"]", "zones example..com: "),
            ("token = \" \"", "`token` has to be a text"),
        ] {
            let told = problem(&format!("\n[profile.rare]\n{line}"));
            assert!(told.0 == 3 && told.1.starts_with(says), "{told:?}");
        }
        assert_eq!(of("[profile.a]\nwate = \"1\""), "there is no setting `wate` here; did you mean `wait`?");
        assert_eq!(
            problem("default_profile = \"wrk\"\n[profile.work]").1,
            "there is no profile `wrk`; did you mean `work`?"
        );
        assert!(of("token = { fil = \"a\" }").ends_with("did you mean `file`?"));
        assert!(of("token = {}").starts_with("`token` has to have one source"));
        assert!(of("[[ignore]]\ncode = \"proxiet\"\nreason = \"x\"").ends_with("did you mean `proxied`?"));
        assert!(of("[[ignore]]\nreason = \"x\"").starts_with("this [[ignore]] names nothing"));
        assert!(of("[[ignore]]\ncode = \"proxied\"").starts_with("this [[ignore]] gives no reason"));
        assert!(
            of("[[ignore]]\ncode = \"proxied\"\nreason = \"x\"\nuntil = \"soon\"").contains("2026-12-31")
        );
    }

    #[test]
    fn a_token_is_told_by_no_error() {
        let bad = read("token = \"canary-0123456789").unwrap_err();
        assert!(!format!("{bad:?} {bad}").contains("canary"), "{bad}");
        let file = read("token = \"canary-0123456789\"").unwrap();
        assert!(file.holds_secret());
        assert!(!format!("{file:?}").contains("canary"));
    }

    #[test]
    fn rules_have_an_end_in_either_form() {
        let file = "[[ignore]]\nname = \"a.example.com\"\nreason = \"old\"\nuntil = 2026-12-31\n\
                    [[ignore]]\nzone = \"example.org\"\nreason = \"old\"\nuntil = \"2026-12-31\"";
        let rules = read(file).unwrap().rules;
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].until, rules[1].until);
    }
}
