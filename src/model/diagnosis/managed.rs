//! Records that a tool keeps as they are: the next run of that tool would undo a repair. Pure.
//!
//! Told from what such tools leave behind: a comment, a tag, or the registry of external-dns in a TXT record.
//! Said only of records that are to be changed.

use super::{CheckContext, Finding, MailRecord, ZoneProblem};
use crate::model::dns::{DomainName, RecordType};
use crate::model::inventory::{Alias, HeldRecord, ProxyStatus};

crate::model::words::words! {
    /// A tool that writes DNS records from a description kept elsewhere, by the word that its traces hold.
    pub enum Tool {
        /// Terraform.
        Terraform = "terraform",
        /// `OpenTofu`.
        OpenTofu = "opentofu",
        /// Pulumi.
        Pulumi = "pulumi",
        /// external-dns, for Kubernetes.
        ExternalDns = "external-dns",
        /// octoDNS.
        OctoDns = "octodns",
        /// `DNSControl`.
        DnsControl = "dnscontrol",
    }
}

/// What a tool left behind at a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    Comment(String),
    Tag(String),
    /// A TXT record at this name.
    Registry(DomainName, String),
}

pub(super) fn finding(case: &CheckContext<'_>, record: &MailRecord) -> Option<Finding> {
    let (held, alias) = case.held.alias_at(&record.name)?;
    let is_to_be_changed = held.proxy == ProxyStatus::Proxied || Alias::is_flattened(alias);
    if !is_to_be_changed || held.is_read_only {
        return None;
    }
    let (tool, trace) = traces(case, held).into_iter().find_map(|trace| Some((tool_in(&trace)?, trace)))?;
    Some(Finding::about(record, ZoneProblem::KeptByTool(tool, trace)))
}

fn tool_in(trace: &Trace) -> Option<Tool> {
    let (Trace::Comment(text) | Trace::Tag(text) | Trace::Registry(_, text)) = trace;
    let text = text.to_ascii_lowercase();
    Tool::ALL.into_iter().find(|tool| text.contains(tool.word()))
}

/// What tools may have left behind at a record.
fn traces(case: &CheckContext<'_>, held: &HeldRecord) -> Vec<Trace> {
    let comment = held.comment.iter().map(|comment| Trace::Comment(comment.to_string()));
    let tags = held.tags.iter().map(|tag| Trace::Tag(tag.to_string()));
    comment.chain(tags).chain(registry(case, &held.name)).collect()
}

/// The registry of external-dns: a TXT record at the name, or at the name with its type before it.
fn registry(case: &CheckContext<'_>, name: &DomainName) -> Option<Trace> {
    let names = [name.to_string(), format!("cname-{name}")];
    names.iter().filter_map(|name| DomainName::parse(name).ok()).find_map(|name| {
        let mut texts = case.held.at(&name).filter(|record| record.kind == RecordType::Txt);
        let text = texts.find(|record| record.content.contains("heritage=external-dns"))?;
        Some(Trace::Registry(name.clone(), text.content.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{DnsEvidence, Scope};
    use super::*;
    use crate::testing::{cname, inventory, proxied, record};

    const TARGET: &str = "s1.domainkey.u1.wl1.sendgrid.net";

    fn managed(records: Vec<HeldRecord>) -> bool {
        let lines = found(&inventory(records), &Scope::default(), &DnsEvidence::default());
        lines.iter().any(|line| line.starts_with("managed-elsewhere s1._domainkey.example.com"))
    }

    #[test]
    fn a_record_that_a_tool_keeps_is_told_from_what_the_tool_left() {
        let commented =
            |comment: &str| HeldRecord { comment: Some(comment.into()), ..proxied("s1._domainkey", TARGET) };
        assert!(managed(vec![commented("Managed by Terraform")]));
        assert!(managed(vec![commented("dnscontrol push 2026-01-01")]));
        assert!(!managed(vec![commented("for the newsletter")]));
        let tagged =
            HeldRecord { tags: vec!["managed-by:pulumi".into()].into(), ..proxied("s1._domainkey", TARGET) };
        assert!(managed(vec![tagged]));
        let registry = record(
            "cname-s1._domainkey.example.com",
            "TXT",
            "\"heritage=external-dns,external-dns/owner=k8s\"",
        );
        assert!(managed(vec![proxied("s1._domainkey", TARGET), registry]));
    }

    #[test]
    fn a_record_that_is_in_order_is_nobody_s_business() {
        let healthy =
            HeldRecord { comment: Some("Managed by Terraform".into()), ..cname("s1._domainkey", TARGET) };
        assert!(!managed(vec![healthy]));
    }
}
