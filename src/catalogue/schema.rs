//! The shape of a provider file. Unknown keys are refused. Pure.

use std::sync::Arc;

use serde::Deserialize;

use super::{BadPattern, Entry, Pattern, Provider};

/// What a record is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Leads to a DKIM key.
    Dkim,
    /// Takes bounces and carries the SPF policy of the envelope sender.
    ReturnPath,
    /// Leads to a DMARC policy.
    Dmarc,
    /// Proves to a provider that the domain is its customer's.
    Verification,
    /// Another text record reached through an alias, such as `_mta-sts`.
    TextByAlias,
    /// Counts clicks or opens; HTTP, not authentication.
    Tracking,
    /// A web site.
    WebHost,
    /// Helps mail programs set themselves up; HTTP, not authentication.
    ClientSetup,
    /// Named by the user; nothing else is known about it.
    Named,
}

impl Role {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dkim => "dkim",
            Self::ReturnPath => "return-path",
            Self::Dmarc => "dmarc",
            Self::Verification => "verification",
            Self::TextByAlias => "text-by-alias",
            Self::Tracking => "tracking",
            Self::WebHost => "web-host",
            Self::ClientSetup => "client-setup",
            Self::Named => "named",
        }
    }
}

/// Something that must be found behind a target for mail to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publishes {
    /// A DKIM key.
    DkimKey,
    /// An SPF policy.
    Spf,
    /// A mail exchanger.
    Mx,
    /// A DMARC policy.
    Dmarc,
}

impl Publishes {
    /// What a role needs behind it unless the provider's file says otherwise.
    pub fn by_role(role: Role) -> Vec<Self> {
        match role {
            Role::Dkim => vec![Self::DkimKey],
            Role::ReturnPath => vec![Self::Spf, Self::Mx],
            Role::Dmarc => vec![Self::Dmarc],
            Role::Verification
            | Role::TextByAlias
            | Role::Tracking
            | Role::WebHost
            | Role::ClientSetup
            | Role::Named => Vec::new(),
        }
    }
}

/// Why a provider file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadProvider {
    /// It is not the TOML we know.
    #[error("provider file `{file}` cannot be read")]
    Shape {
        /// The file.
        file: String,
        /// What is wrong, with the line.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Its `id` is not the name of the file, or a required text is empty.
    #[error("provider file `{file}`: {rule}")]
    Rule {
        /// The file.
        file: String,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// A target pattern makes no sense.
    #[error("provider file `{file}`")]
    Target {
        /// The file.
        file: String,
        /// Which pattern.
        #[source]
        source: BadPattern,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    source: String,
    checked: String,
    record: Vec<Record>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    role: Role,
    target: String,
    evidence: Evidence,
    publishes: Option<Vec<Publishes>>,
    account: Option<usize>,
    /// For readers of the file.
    #[serde(default)]
    note: String,
}

/// How well a fact is established: A by the provider itself, B by several independent zone files,
/// C by one, D by inference.
#[derive(Debug, Clone, Copy, Deserialize)]
enum Evidence {
    A,
    B,
    C,
    D,
}

/// Reads one provider file.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Entry>, BadProvider> {
    let shape = |source| BadProvider::Shape { file: file.to_owned(), source: Box::new(source) };
    let File { id, name, source, checked, record } = toml::from_str(text).map_err(shape)?;
    let rule = |rule| Err(BadProvider::Rule { file: file.to_owned(), rule });
    if id != file {
        return rule("`id` must equal the name of the file");
    }
    if name.is_empty() || source.is_empty() {
        return rule("`name` and `source` must not be empty");
    }
    if checked.parse::<jiff::civil::Date>().is_err() {
        return rule("`checked` must be a date such as 2026-08-22");
    }
    let provider = Arc::new(Provider { id: id.into(), name: name.into() });
    record.into_iter().map(|record| entry(file, &provider, record)).collect()
}

fn entry(file: &str, provider: &Arc<Provider>, record: Record) -> Result<Entry, BadProvider> {
    let Record { role, target, evidence, publishes, account, note } = record;
    if matches!(evidence, Evidence::C | Evidence::D) && note.is_empty() {
        let rule = "weak evidence (C, D) must say in `note` what it rests on";
        return Err(BadProvider::Rule { file: file.to_owned(), rule });
    }
    let pattern =
        Pattern::parse(&target).map_err(|source| BadProvider::Target { file: file.to_owned(), source })?;
    let publishes = publishes.unwrap_or_else(|| Publishes::by_role(role));
    Ok(Entry { provider: Arc::clone(provider), role, publishes, pattern, account })
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
        assert_eq!(read("example", GOOD).unwrap().len(), 1);
    }

    #[test]
    fn every_broken_rule_is_named() {
        let message = |text: &str| read("example", text).unwrap_err().to_string();
        assert!(message(&GOOD.replace("\"example\"", "\"other\"")).contains("`id` must equal"));
        assert!(message(&GOOD.replace("2026-08-22", "yesterday")).contains("`checked` must be a date"));
        assert!(message(&GOOD.replace("evidence = \"A\"", "evidence = \"D\"")).contains("weak evidence"));
        assert!(message(&GOOD.replace("role =", "colour = \"red\"\nrole =")).contains("cannot be read"));
    }
}
