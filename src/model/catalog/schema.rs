//! The shape of a provider file. Unknown keys are refused. Pure.

use std::sync::Arc;

use serde::Deserialize;

use crate::model::dns::DomainName;

use super::role::{Evidence, Publishes, Role, Treatment};
use super::set::{Member, Set};
use super::template::{Template, Variables};
use super::{Beginning, Entry, Pattern, Provider};

/// Why a provider file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadProvider {
    /// It is not the TOML we know.
    #[error("provider file `{file}` cannot be read")]
    Shape { file: String, source: Box<toml::de::Error> },
    /// It breaks a rule of such files.
    #[error("provider file `{file}`: {rule}")]
    Rule { file: String, rule: String },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    source: String,
    checked: String,
    verify: Option<Verify>,
    #[serde(default)]
    record: Vec<Record>,
    #[serde(default)]
    text: Vec<Text>,
    #[serde(default)]
    set: Vec<SetTable>,
}

/// Where a customer lets the provider look again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verify {
    place: String,
    evidence: Evidence,
    /// For readers of the file.
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    role: Role,
    target: String,
    name: Option<String>,
    evidence: Evidence,
    publishes: Option<Vec<Publishes>>,
    treatment: Option<Treatment>,
    /// Cloudflare itself refuses to proxy a record with such a target.
    #[serde(default)]
    unproxiable: bool,
    account: Option<usize>,
    /// Customers file such a record by mistake: what the provider asks for.
    instead: Option<String>,
    /// For readers of the file.
    #[serde(default)]
    note: String,
}

/// A TXT record that a provider asks for at a fixed name, which this program looks at and never writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    role: Role,
    /// Relative to the domain.
    name: String,
    evidence: Evidence,
    /// For readers of the file.
    #[serde(default)]
    note: String,
}

/// Records that a provider asks for together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTable {
    evidence: Evidence,
    severity: Severity,
    /// For readers of the file and of the finding.
    #[serde(default)]
    note: String,
    members: Vec<MemberTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberTable {
    role: Role,
    name: String,
    target: String,
}

/// How bad it is when a member of a set is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Severity {
    Error,
    Warning,
}

/// What one provider file holds.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) provider: Arc<Provider>,
    pub(super) entries: Vec<Entry>,
    pub(super) sets: Vec<Set>,
}

/// Reads one provider file.
pub(super) fn read(file: &str, text: &str) -> Result<Known, BadProvider> {
    let shape = |source| BadProvider::Shape { file: file.to_owned(), source: Box::new(source) };
    let table = toml::from_str(text).map_err(shape)?;
    known(table).map_err(|rule| BadProvider::Rule { file: file.to_owned(), rule })
}

/// What a file holds, or the rule that it breaks.
fn known(file: File) -> Result<Known, String> {
    let File { id, name, source, checked, verify, record, text, set } = file;
    let rule = |rule: &str| Err(rule.to_owned());
    if id.is_empty()
        || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return rule("`id` must be made of a-z, 0-9 and -");
    }
    if name.is_empty() || source.is_empty() {
        return rule("`name` and `source` must not be empty");
    }
    if record.is_empty() && text.is_empty() {
        return rule("there is neither a [[record]] nor a [[text]]");
    }
    if checked.parse::<jiff::civil::Date>().is_err() {
        return rule("`checked` must be a date such as 2026-08-22");
    }
    if let Some(Verify { evidence, note, .. }) = &verify {
        noted(*evidence, note)?;
    }
    let provider = Arc::new(Provider {
        id: id.into(),
        name: name.into(),
        source: source.into(),
        checked: checked.into(),
        verify: verify.map(|verify| verify.place.into()),
        texts: text.into_iter().map(text_name).collect::<Result<_, _>>()?,
    });
    let entries = record.into_iter().map(|record| entry(&provider, record)).collect::<Result<_, _>>()?;
    let sets = set.into_iter().map(|table| sibling_set(&provider, table)).collect::<Result<_, _>>()?;
    Ok(Known { provider, entries, sets })
}

/// The note, if there is one; weak evidence must have it.
fn noted(evidence: Evidence, note: &str) -> Result<Option<Box<str>>, String> {
    if matches!(evidence, Evidence::C | Evidence::D) && note.is_empty() {
        return Err("weak evidence (C, D) must say in `note` what it rests on".to_owned());
    }
    Ok((!note.is_empty()).then(|| note.into()))
}

fn text_name(Text { role, name, evidence, note }: Text) -> Result<(Role, DomainName), String> {
    noted(evidence, &note)?;
    let name = DomainName::parse(&name).map_err(|_| "the name of a [[text]] is no name")?;
    Ok((role, name))
}

fn entry(provider: &Arc<Provider>, record: Record) -> Result<Entry, String> {
    let Record { role, target, name, evidence, publishes, treatment, unproxiable, account, instead, note } =
        record;
    let note = noted(evidence, &note)?;
    let by_role = if instead.is_some() { Treatment::Leave } else { Treatment::by_role(role) };
    Ok(Entry {
        provider: Arc::clone(provider),
        role,
        publishes: publishes.unwrap_or_else(|| Publishes::by_role(role)),
        treatment: treatment.unwrap_or(by_role),
        is_unproxiable: unproxiable,
        evidence,
        note,
        pattern: Pattern::parse(&target)?,
        name: name.map(|name| Beginning::parse(&name)).transpose()?,
        account,
        instead: instead.map(Into::into),
        is_own: false,
    })
}

fn sibling_set(provider: &Arc<Provider>, table: SetTable) -> Result<Set, String> {
    let SetTable { evidence, severity, note, members } = table;
    let note = noted(evidence, &note)?;
    let mut variables = Variables::default();
    let member = |MemberTable { role, name, target }| {
        let name = Template::of_name(&name, &mut variables)?;
        Ok(Member { role, name, target: Template::of_target(&target, &mut variables)? })
    };
    let members = members.into_iter().map(member).collect::<Result<_, String>>()?;
    let is_error = severity == Severity::Error;
    let set = Set { provider: Arc::clone(provider), evidence, is_error, note, variables, members };
    if set.is_derivable() {
        Ok(set)
    } else {
        Err("a set has a member that no other member tells all about".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        id = "example"
        name = "Example"
        source = "https://docs.example.test/dns"
        checked = "2026-08-22"
        [[record]]
        role = "dkim"
        target = "*.dkim.example.test"
        evidence = "A"
    "#;

    #[test]
    fn a_complete_file_is_read() {
        let known = read("example", GOOD).unwrap();
        assert_eq!((known.entries.len(), known.sets.len()), (1, 0));
    }

    #[test]
    fn every_broken_rule_is_named() {
        let message = |text: &str| read("example", text).unwrap_err().to_string();
        assert!(message(&GOOD.replace("\"example\"", "\"Other one\"")).contains("`id` must be made of"));
        assert!(message(&GOOD.replace("2026-08-22", "yesterday")).contains("`checked` must be a date"));
        assert!(message(&GOOD.replace("evidence = \"A\"", "evidence = \"D\"")).contains("weak evidence"));
        assert!(message(&GOOD.replace("role =", "colour = \"red\"\nrole =")).contains("cannot be read"));
    }

    #[test]
    fn a_set_whose_members_do_not_tell_each_other_is_refused() {
        let with = |evidence: &str, members: &str| {
            let set =
                format!("[[set]]\nevidence = \"{evidence}\"\nseverity = \"error\"\nmembers = [{members}]");
            read("example", &format!("{GOOD}\n{set}")).map(|known| known.sets.len())
        };
        let member = |name: &str, target: &str| {
            format!("{{ role = \"dkim\", name = \"{name}\", target = \"{target}\" }},")
        };
        let pair = member("a.{domain}", "a.{x}.test") + &member("b.{domain}", "b.{x}.test");
        assert_eq!(with("A", &pair).unwrap(), 1);
        assert!(with("D", &pair).unwrap_err().to_string().contains("weak evidence"));
        let refused = |members: String| with("A", &members).unwrap_err().to_string();
        let strangers = member("a.{domain}", "a.{x}.test") + &member("b.{domain}", "b.{y}.test");
        assert!(refused(strangers).contains("no other member tells"));
        assert!(refused(member("a.{domain}", "a.test")).contains("no other member tells"));
        assert!(with("A", &member("a.{domain}", "a.{x")).is_err());
    }
}
