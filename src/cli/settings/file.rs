//! The settings file: its form, and what a profile of it says. Reads text and nothing else; a token in it is
//! remembered, so that it never leaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use secrecy::SecretString;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::SettingsError;
use crate::io::cloudflare::ConnectionError;
use crate::io::secret::Address;
use crate::model::diagnosis::Code;
use crate::model::dns::DomainName;
use crate::model::failure::Advice as _;
use crate::model::ids::AccountId;
use crate::model::ignore::Rule;
use crate::model::lookup::ServerSpec;
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

/// What is wrong with a settings file, and where. The text of the file is not part of it, since it may hold a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {problem}")]
pub struct BadFile {
    /// The file.
    pub path: String,
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub hint: String,
}

/// A value, and the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// The line.
    pub line: usize,
}

/// Where a token comes from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// It stands in the settings file itself.
    Literal(SecretString),
    /// A file that holds it.
    File(PathBuf),
    /// A variable that holds it.
    Variable(String),
    /// A program that prints it, with its arguments.
    Command(Vec<String>),
    /// An entry in the keyring of the operating system.
    Keyring(String),
}

/// What one profile says, or what stands above all of them.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Where the token comes from.
    pub token: Option<At<TokenSource>>,
    /// The account to which zones are narrowed.
    pub account: Option<At<String>>,
    /// Where the API is.
    pub api_url: Option<At<String>>,
    /// Public resolvers to ask.
    pub resolvers: Option<At<Vec<String>>>,
    /// Authoritative servers to ask instead of the zones' own.
    pub authoritative: Option<At<Vec<String>>>,
    /// Certificates to trust besides the usual ones.
    pub ca_file: Option<At<PathBuf>>,
    /// Provider files.
    pub catalog: Option<At<Vec<PathBuf>>>,
    /// Where journals are kept.
    pub state_dir: Option<At<PathBuf>>,
    /// How long is waited for public DNS after a change.
    pub wait: Option<At<String>>,
    /// The zones that are meant where none is named.
    pub zones: Option<At<Vec<String>>>,
}

impl Profile {
    /// What `self` says, and `below` where it says nothing.
    fn over(self, below: Self) -> Self {
        Self {
            token: self.token.or(below.token),
            account: self.account.or(below.account),
            api_url: self.api_url.or(below.api_url),
            resolvers: self.resolvers.or(below.resolvers),
            authoritative: self.authoritative.or(below.authoritative),
            ca_file: self.ca_file.or(below.ca_file),
            catalog: self.catalog.or(below.catalog),
            state_dir: self.state_dir.or(below.state_dir),
            wait: self.wait.or(below.wait),
            zones: self.zones.or(below.zones),
        }
    }

    fn is_secret(&self) -> bool {
        self.token.as_ref().is_some_and(|token| matches!(token.value, TokenSource::Literal(_)))
    }
}

/// A settings file.
#[derive(Debug, Clone, Default)]
pub struct SettingsFile {
    /// The profile that is used if none is named.
    pub default_profile: Option<At<String>>,
    /// What stands above the profiles.
    pub common: Profile,
    /// The profiles.
    pub profiles: BTreeMap<String, Profile>,
    /// What is to be ignored.
    pub rules: Vec<Rule>,
}

impl SettingsFile {
    /// Reads the text of a file; relative paths in it are meant from its folder, `~/` from `home`.
    ///
    /// # Errors
    ///
    /// [`BadFile`] for the first thing that is wrong.
    pub fn read(path: &Path, home: Option<&Path>, text: &str) -> Result<Self, BadFile> {
        Reader { path, home, text }.file()
    }

    /// Whether a token stands in it literally.
    pub fn holds_secret(&self) -> bool {
        self.profiles.values().chain([&self.common]).any(Profile::is_secret)
    }

    /// What holds for the profile of that name, or without one. `None` if there is no such profile.
    pub fn with_profile(&self, name: Option<&str>) -> Option<Profile> {
        let Some(name) = name else { return Some(self.common.clone()) };
        Some(self.profiles.get(name)?.clone().over(self.common.clone()))
    }
}

type Value<'i> = Spanned<DeValue<'i>>;
type Check = fn(&str, &str) -> Result<(), SettingsError>;

fn of_account(key: &str, text: &str) -> Result<(), SettingsError> {
    let bad = |source| SettingsError::Id { origin: key.to_owned(), source };
    AccountId::parse(text).map(drop).map_err(bad)
}

fn of_api(_: &str, text: &str) -> Result<(), SettingsError> {
    Ok(Address::parse(text).map(drop).map_err(ConnectionError::from)?)
}

fn of_wait(key: &str, text: &str) -> Result<(), SettingsError> {
    super::duration(key, text).map(drop)
}

fn of_server(key: &str, text: &str) -> Result<(), SettingsError> {
    let bad = |source| SettingsError::Server { origin: key.to_owned(), source };
    text.parse::<ServerSpec>().map(drop).map_err(bad)
}

fn of_zone(key: &str, text: &str) -> Result<(), SettingsError> {
    super::names(key, &[text.to_owned()]).map(drop)
}

struct Reader<'t> {
    path: &'t Path,
    home: Option<&'t Path>,
    text: &'t str,
}

impl Reader<'_> {
    fn file(&self) -> Result<SettingsFile, BadFile> {
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
        let known = || OF_FILE.iter().chain(&OF_PROFILE).copied();
        for (key, value) in parsed.get_ref() {
            match key.get_ref().as_ref() {
                "default_profile" => file.default_profile = Some(self.at(value, self.word(key, value)?)),
                "profile" => file.profiles = self.profiles(key.get_ref(), value)?,
                "ignore" => file.rules = self.rules(value)?,
                name if OF_PROFILE.contains(&name) => self.put(&mut file.common, name, value)?,
                name => return Err(self.unknown(key.span().start, name, known())),
            }
        }
        let named = file.default_profile.as_ref();
        match named.filter(|named| !file.profiles.contains_key(&named.value)) {
            Some(At { value, line }) => {
                let known = file.profiles.keys().map(String::as_str);
                let hint = suggest::did_you_mean(value, known)
                    .unwrap_or_else(|| format!("add a table [profile.{}]", plain::sanitize_line(value)));
                let problem = format!("there is no profile `{}`", plain::sanitize_line(value));
                Err(BadFile { line: *line, ..self.bad(0, problem, &hint) })
            }
            None => Ok(file),
        }
    }

    fn profiles(&self, key: &str, value: &Value<'_>) -> Result<BTreeMap<String, Profile>, BadFile> {
        let one = |(name, value): (&Spanned<std::borrow::Cow<'_, str>>, &Value<'_>)| {
            Ok((name.get_ref().to_string(), self.profile(name.get_ref(), value)?))
        };
        self.table(key, value)?.iter().map(one).collect()
    }

    fn profile(&self, name: &str, value: &Value<'_>) -> Result<Profile, BadFile> {
        let mut profile = Profile::default();
        for (key, value) in self.table(name, value)? {
            let name = key.get_ref().as_ref();
            if !OF_PROFILE.contains(&name) {
                return Err(self.unknown(key.span().start, name, OF_PROFILE));
            }
            self.put(&mut profile, name, value)?;
        }
        Ok(profile)
    }

    fn put(&self, profile: &mut Profile, key: &str, value: &Value<'_>) -> Result<(), BadFile> {
        let text = |check: Check| {
            let text = self.text_of(key, value)?;
            self.checked(key, value, &text, check)?;
            Ok(Some(self.at(value, text)))
        };
        let texts = |check: Check| {
            let texts = self.texts(key, value)?;
            texts.iter().try_for_each(|text| self.checked(key, value, text, check))?;
            Ok(Some(self.at(value, texts)))
        };
        let path = || Ok(Some(self.at(value, self.absolute(&self.text_of(key, value)?))));
        match key {
            "account" => profile.account = text(of_account)?,
            "api_url" => profile.api_url = text(of_api)?,
            "wait" => profile.wait = text(of_wait)?,
            "resolvers" => profile.resolvers = texts(of_server)?,
            "authoritative" => profile.authoritative = texts(of_server)?,
            "zones" => profile.zones = texts(of_zone)?,
            "ca_file" => profile.ca_file = path()?,
            "state_dir" => profile.state_dir = path()?,
            "token" => profile.token = Some(self.at(value, self.token(value)?)),
            _ => {
                let paths = self.texts(key, value)?.iter().map(|text| self.absolute(text)).collect();
                profile.catalog = Some(self.at(value, paths));
            }
        }
        Ok(())
    }

    /// Refuses a text that cannot be what its key is for: a profile that is used once a year shall not wait for that.
    fn checked(&self, key: &str, value: &Value<'_>, text: &str, check: Check) -> Result<(), BadFile> {
        let bad = |error: SettingsError| {
            let hint = error.hints().into_iter().next().unwrap_or_default();
            self.bad(value.span().start, error.to_string(), &hint)
        };
        check(key, text).map_err(bad)
    }

    fn token(&self, value: &Value<'_>) -> Result<TokenSource, BadFile> {
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
            name => Err(self.unknown(key.span().start, name, OF_TOKEN)),
        }
    }

    fn rules(&self, value: &Value<'_>) -> Result<Vec<Rule>, BadFile> {
        let list =
            value.get_ref().as_array().ok_or_else(|| self.wrong("ignore", value, "a list: [[ignore]]"))?;
        list.iter().map(|one| self.rule(one)).collect()
    }

    fn rule(&self, value: &Value<'_>) -> Result<Rule, BadFile> {
        let mut rule = Rule { code: None, zone: None, name: None, reason: String::new(), until: None };
        for (key, value) in self.table("ignore", value)? {
            let start = value.span().start;
            match key.get_ref().as_ref() {
                "code" => rule.code = Some(self.code(start, &self.text_of("code", value)?)?),
                "zone" => rule.zone = Some(self.domain(start, &self.text_of("zone", value)?)?),
                "name" => rule.name = Some(self.domain(start, &self.text_of("name", value)?)?),
                "reason" => rule.reason = plain::sanitize_line(&self.text_of("reason", value)?),
                "until" => rule.until = Some(self.date(value)?),
                name => return Err(self.unknown(key.span().start, name, OF_RULE)),
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

    fn code(&self, start: usize, word: &str) -> Result<Code, BadFile> {
        Code::from_word(word).ok_or_else(|| {
            let known = Code::ALL.into_iter().map(Code::word);
            let hint = suggest::did_you_mean(word, known);
            let hint = hint.unwrap_or_else(|| "`cf-domauth explain` lists them".to_owned());
            self.bad(start, format!("there is no finding `{}`", plain::sanitize_line(word)), &hint)
        })
    }

    fn domain(&self, start: usize, text: &str) -> Result<DomainName, BadFile> {
        let hint = "write a full domain name, such as s1._domainkey.example.com";
        DomainName::parse(text).map_err(|error| self.bad(start, error.to_string(), hint))
    }

    fn date(&self, value: &Value<'_>) -> Result<Date, BadFile> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => return Err(self.wrong("until", value, "a day: 2026-12-31")),
        };
        text.parse().map_err(|_| self.wrong("until", value, "a day: 2026-12-31"))
    }

    fn table<'v, 'i>(&self, key: &str, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, BadFile> {
        value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))
    }

    fn word(&self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Value<'_>) -> Result<String, BadFile> {
        self.text_of(key.get_ref(), value)
    }

    fn text_of(&self, key: &str, value: &Value<'_>) -> Result<String, BadFile> {
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| self.wrong(key, value, "a text in quotes"))
    }

    fn texts(&self, key: &str, value: &Value<'_>) -> Result<Vec<String>, BadFile> {
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

    fn at<T>(&self, value: &Value<'_>, read: T) -> At<T> {
        At { value: read, line: self.line(value.span().start) }
    }

    fn line(&self, start: usize) -> usize {
        self.text.bytes().take(start).filter(|octet| *octet == b'\n').count() + 1
    }

    fn bad(&self, start: usize, problem: String, hint: &str) -> BadFile {
        let path = plain::sanitize_line(&self.path.display().to_string());
        BadFile { path, line: self.line(start), problem, hint: hint.to_owned() }
    }

    fn wrong(&self, key: &str, value: &Value<'_>, wanted: &str) -> BadFile {
        let is = value.get_ref().type_str();
        let problem = format!("`{}` has to be {wanted}", plain::sanitize_line(key));
        let hint = match value.get_ref().as_str().map(str::trim) {
            Some("") => "it is empty".to_owned(),
            Some(_) => "it is a text".to_owned(),
            None => format!("it is of type {is}"),
        };
        self.bad(value.span().start, problem, &hint)
    }

    fn unknown<'k>(&self, start: usize, key: &str, known: impl IntoIterator<Item = &'k str>) -> BadFile {
        let known: Vec<&str> = known.into_iter().collect();
        let hint = suggest::did_you_mean(key, known.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("there are: {}", known.join(", ")));
        self.bad(start, format!("there is no setting `{}` here", plain::sanitize_line(key)), &hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SettingsFile, BadFile> {
        SettingsFile::read(Path::new("/etc/domauth/settings.toml"), Some(Path::new("/home/a")), text)
    }

    fn problem(text: &str) -> (usize, String) {
        let bad = read(text).unwrap_err();
        (bad.line, format!("{}; {}", bad.problem, bad.hint))
    }

    #[test]
    fn a_profile_stands_over_what_is_common() {
        let file = read(
            "wait = \"10m\"\ncatalog = [\"mine.toml\", \"~/more\"]\ndefault_profile = \"work\"\n\
             [profile.work]\nwait = \"1h\"\ntoken = { command = [\"pass\", \"show\", \"cloudflare\"] }\n",
        )
        .unwrap();
        let work = file.with_profile(Some("work")).unwrap();
        assert_eq!(work.wait, Some(At { value: "1h".to_owned(), line: 5 }));
        let paths = ["/etc/domauth/mine.toml", "/home/a/more"].map(PathBuf::from);
        assert_eq!(work.catalog.unwrap().value, paths);
        assert!(matches!(work.token.unwrap().value, TokenSource::Command(words) if words.len() == 3));
        assert_eq!(file.with_profile(None).unwrap().wait.unwrap().value, "10m");
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
