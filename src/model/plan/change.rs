//! One change of one record: what was, what will be, and the request. Pure.

use serde_json::Value;

use crate::model::dns::{DomainName, RecordType, Ttl};
use crate::model::ids::RecordId;
use crate::model::inventory::{Alias, HeldRecord, ProxyStatus};
pub use crate::model::journal::Action;
use crate::model::members::{Filed, RecordFields, agrees, unlike};

/// What a change needs before it is made, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// A yes to the plan, or `--yes`: somebody has decided it.
    Plan,
    /// A yes to the plan that shows it, or `--restore`: nobody has decided it yet.
    Together,
    /// A yes of a person to this record: nothing shows that it is for mail.
    Each,
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What kind of change; for people, not for decisions.
    pub action: Action,
    /// Where the record is filed before the change, or will be if it is created.
    pub name: DomainName,
    /// The record as read; `None` when there is none yet.
    pub before: Option<HeldRecord>,
    /// What it will be; `None` when it is deleted.
    pub after: Option<After>,
    /// Why; for people, not for decisions.
    pub reason: String,
    /// Who says so; for people, not for decisions.
    pub source: String,
    /// What it needs before it is made.
    pub consent: Consent,
    /// The request.
    pub write: Write,
}

/// What a record will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Where it is filed.
    pub name: DomainName,
    /// Its type.
    pub kind: RecordType,
    /// Its content.
    pub content: String,
    /// Whether it is proxied.
    pub proxy: ProxyStatus,
    /// Whether Cloudflare replaces it by the addresses behind it.
    pub is_flattened: bool,
    /// How long answers may be kept.
    pub ttl: Ttl,
}

impl After {
    /// What a record with these members is; what they do not say is taken from `before`.
    pub fn of(members: &RecordFields, before: Option<&HeldRecord>) -> Option<Self> {
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let name = match text("name") {
            Some(name) => DomainName::parse(name).ok()?,
            None => before?.name.clone(),
        };
        let kind = text("type").map(RecordType::from_name).or_else(|| Some(before?.kind.clone()))?;
        let content = text("content").map(str::to_owned);
        // The content of a record whose type carries `data`, as far as it can be told.
        let data = || members.get("data").map(ToString::to_string).unwrap_or_default();
        let content = content.or_else(|| Some(before?.content.to_string())).unwrap_or_else(data);
        let proxy = match members.get("proxied").and_then(Value::as_bool) {
            Some(true) => ProxyStatus::Proxied,
            Some(false) => ProxyStatus::DnsOnly,
            None => before.map_or(ProxyStatus::DnsOnly, |held| held.proxy),
        };
        let flatten = members.get("settings").and_then(|settings| settings.get("flatten_cname")?.as_bool());
        let was_flattened = || before.and_then(|held| held.alias.as_deref()).is_some_and(Alias::is_flattened);
        let ttl = members.get("ttl").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
        let ttl = ttl.map(Ttl::from_api).or(before.map(|held| held.ttl)).unwrap_or(Ttl::Automatic);
        Some(Self { name, kind, content, proxy, is_flattened: flatten.unwrap_or_else(was_flattened), ttl })
    }

    /// Where an alias will be seen to point in public DNS; `None` for anything that does not show as an alias.
    pub fn visible_target(&self) -> Option<DomainName> {
        let is_seen =
            self.kind == RecordType::Cname && self.proxy == ProxyStatus::DnsOnly && !self.is_flattened;
        is_seen.then(|| DomainName::parse(&self.content).ok()).flatten()
    }

    /// Whether a record is just so; how long answers may be kept does not matter.
    pub(super) fn is_held_by(&self, held: &HeldRecord) -> bool {
        let Self { name, kind, content, proxy, is_flattened, ttl: _ } = self;
        let flattened = held.alias.as_deref().is_some_and(Alias::is_flattened);
        let is_same_content = match kind {
            RecordType::Cname => held.content.eq_ignore_ascii_case(content),
            _ => *held.content == **content,
        };
        held.name == *name
            && held.kind == *kind
            && is_same_content
            && held.proxy == *proxy
            && flattened == *is_flattened
    }

    fn words(&self) -> String {
        let proxy = match self.proxy {
            ProxyStatus::Proxied => "proxied",
            ProxyStatus::DnsOnly => "DNS only",
        };
        let ttl = match self.ttl {
            Ttl::Automatic => "TTL automatic".to_owned(),
            Ttl::Seconds(seconds) => format!("TTL {seconds} s"),
        };
        format!("{} {}, {proxy}, {ttl}", self.kind, self.content)
    }
}

/// A request, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Change some members of a record.
    Patch(RecordId, RecordFields),
    /// Create a record.
    Post(RecordFields),
    /// Delete a record.
    Delete(RecordId),
}

impl Write {
    /// The members that are sent.
    pub fn members(&self) -> Option<&RecordFields> {
        match self {
            Self::Patch(_, members) | Self::Post(members) => Some(members),
            Self::Delete(_) => None,
        }
    }

    /// The record that goes.
    pub fn deletes(&self) -> Option<&RecordId> {
        match self {
            Self::Delete(id) => Some(id),
            Self::Patch(..) | Self::Post(_) => None,
        }
    }
}

impl Change {
    /// Whether what is read now is what this change wanted: the members that were sent are as sent, or the
    /// record is gone. `now` is everything filed at the plan's names.
    pub fn is_made(&self, now: &Filed) -> bool {
        match &self.write {
            Write::Patch(id, wanted) => now.with_id(id.as_str()).is_some_and(|held| agrees(wanted, held)),
            Write::Post(wanted) => now.agreeing(wanted).is_some(),
            Write::Delete(id) => now.with_id(id.as_str()).is_none(),
        }
    }

    /// What differs, before and after, in words: the name, the target, the proxy status, the flattening.
    pub fn differences(&self) -> Vec<(String, String)> {
        let (before, after) = match (&self.before, &self.after) {
            (None, None) => return Vec::new(),
            (None, Some(after)) => return vec![("no record".to_owned(), after.words())],
            (Some(before), None) => return vec![(described(before), "no record".to_owned())],
            (Some(before), Some(after)) => (before, after),
        };
        let proxy = |proxy| if proxy == ProxyStatus::Proxied { "proxied" } else { "DNS only" };
        let flattened = |is| if is { "flattened" } else { "not flattened" };
        let was_flattened = before.alias.as_deref().is_some_and(Alias::is_flattened);
        let all = [
            (before.name.as_str(), after.name.as_str()),
            (&before.content, &after.content),
            (proxy(before.proxy), proxy(after.proxy)),
            (flattened(was_flattened), flattened(after.is_flattened)),
        ];
        let differ = all.into_iter().filter(|(before, after)| !before.eq_ignore_ascii_case(after));
        differ.map(|(before, after)| (before.to_owned(), after.to_owned())).collect()
    }

    /// The request, as a person reads it.
    pub fn request(&self) -> String {
        let json = |members: &RecordFields| serde_json::to_string(members).unwrap_or_default();
        match &self.write {
            Write::Patch(id, members) => format!("PATCH dns_records/{} {}", id.as_str(), json(members)),
            Write::Post(members) => format!("POST dns_records {}", json(members)),
            Write::Delete(id) => format!("DELETE dns_records/{}", id.as_str()),
        }
    }

    /// What else differs from before although nobody asked for it, in words.
    pub fn collateral(&self, before: &RecordFields, now: &Filed) -> Vec<String> {
        let Write::Patch(id, wanted) = &self.write else { return Vec::new() };
        let Some(held) = now.with_id(id.as_str()) else { return Vec::new() };
        let unasked = unlike(before, held).into_iter().filter(|member| !wanted.contains_key(*member));
        unasked.map(|member| format!("its {member}")).collect()
    }
}

fn described(held: &HeldRecord) -> String {
    let proxied = if held.proxy == ProxyStatus::Proxied { ", proxied" } else { "" };
    format!("{} {}{proxied}", held.kind, held.content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::name;

    #[test]
    fn only_an_alias_that_is_dns_only_and_whole_shows_its_target() {
        let seen = After {
            name: name("s1._domainkey.example.com"),
            kind: RecordType::Cname,
            content: "a.test".to_owned(),
            proxy: ProxyStatus::DnsOnly,
            is_flattened: false,
            ttl: Ttl::Automatic,
        };
        assert_eq!(seen.visible_target(), Some(name("a.test")));
        for hidden in [
            After { kind: RecordType::from_name("TXT"), ..seen.clone() },
            After { proxy: ProxyStatus::Proxied, ..seen.clone() },
            After { is_flattened: true, ..seen.clone() },
        ] {
            assert_eq!(hidden.visible_target(), None, "{hidden:?}");
        }
    }
}
