//! The words of what concerns a zone, and of who keeps its records. Pure.

use super::super::{Finding, Tool, Trace, ZoneProblem};
use super::{Words, authoritative, says};
use crate::model::dns::DomainName;
use crate::model::inventory::{Zone, ZoneKind, ZoneStatus};
use crate::model::plain;

impl ZoneProblem {
    pub(super) fn words(&self, of: &Finding) -> Words {
        let name = &of.name;
        match self {
            Self::NotServing { zone, delegated_to } => {
                let (what, advice) = not_serving(zone, delegated_to);
                let state = format!("status {:?}, type {:?}", zone.status, zone.kind).to_lowercase();
                let servers = format!("public DNS names these name servers: {}", list(delegated_to));
                says!("the world does not get its answers about {name} from this zone: {what}")
                    .known(format!("Cloudflare's API: {state}"))
                    .known_if(!delegated_to.is_empty(), servers)
                    .advise(advice)
            }
            Self::DnssecBroken { stale, signing } => dnssec(name, stale, *signing),
            Self::DelegatedAway { cut, heard } => says!(
                "{name} is never asked for here: an NS record hands {cut} to other name servers"
            )
            .known(heard.as_ref().map_or_else(|| format!("Cloudflare's API: NS at {cut}"), authoritative))
            .advise(format!(
                "file the record at the name servers of {cut}, or remove the NS record if nobody needs it"
            )),
            Self::Flattened(records) => {
                let concerned = plain::count(*records, "mail record");
                says!("all CNAME records of {name} are flattened, {concerned} among them")
                    .known("Cloudflare's API: flatten_all_cnames is true")
                    .advise(
                        "the setting holds for the whole zone, so it is yours to change: dashboard, DNS > Settings, \
                         CNAME flattening, switch off \"CNAME flattening for all CNAME records\"",
                    )
            }
            Self::ReadOnly => says!("{name} belongs to a product of Cloudflare's and cannot be edited here")
                .known("Cloudflare's API: meta.read_only is true")
                .advise("change it in the settings of that product, for example Email Routing"),
            Self::KeptByTool(tool, trace) => {
                let (tool, setting) = tool.words();
                says!("{name} looks as if {tool} kept it: its next run would undo the repair")
                    .known(plain::sanitize_line(&trace.words()))
                    .advise(format!("change it there as well: {setting}"))
            }
            Self::AuditLogUnread(why) => Words::new(
                "the audit log could not be read, so whether mail records were deleted is not known",
            )
            .known(plain::sanitize_line(why))
            .advise(
                "run the command again; if the token lacks it, give it Account > Account Settings > Read",
            ),
        }
    }
}

/// What keeps the zone from being asked, and what to do.
fn not_serving(zone: &Zone, delegated_to: &[DomainName]) -> (String, String) {
    let servers = list(&zone.name_servers);
    let (what, advice) = match (&zone.kind, &zone.status) {
        (ZoneKind::Partial, _) => (
            "it is a partial (CNAME) set-up, and another DNS host is authoritative",
            "the mail records belong at that DNS host; whatever is filed here is not asked for".to_owned(),
        ),
        (ZoneKind::Secondary, _) => (
            "it is a secondary zone, copied from another DNS host",
            "correct the records at the primary DNS host".to_owned(),
        ),
        (ZoneKind::Other(kind), _) => {
            let advice = "find out in the dashboard who is authoritative".to_owned();
            return (format!("its type is {kind}"), advice);
        }
        (ZoneKind::Full, ZoneStatus::Active) => {
            let is_cloudflares = |server: &DomainName| server.as_str().ends_with(".ns.cloudflare.com");
            let who = if delegated_to.iter().all(is_cloudflares) {
                "another Cloudflare account holds the copy of the zone that counts"
            } else {
                "the domain has moved to another DNS host"
            };
            let advice = format!(
                "this zone's name servers are {servers}; {who}: correct the records there, or name these at the registrar"
            );
            ("public DNS names other name servers", advice)
        }
        (ZoneKind::Full, ZoneStatus::Pending | ZoneStatus::Initializing) => (
            "it is not active, because the domain is not delegated to Cloudflare yet",
            format!(
                "until the registrar names {servers}, the records at the old DNS host are the ones that count"
            ),
        ),
        (ZoneKind::Full, ZoneStatus::Moved) => (
            "the domain was delegated away from Cloudflare",
            format!("name {servers} at the registrar, or correct the records at the new DNS host"),
        ),
        (ZoneKind::Full, ZoneStatus::Other(word)) => {
            let advice = "look at the zone's overview in the dashboard".to_owned();
            return (format!("its status is {word}"), advice);
        }
    };
    (what.to_owned(), advice)
}

fn dnssec(zone: &DomainName, stale: &[u16], signing: Option<u16>) -> Words {
    let keys = stale.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    let own = match signing {
        Some(tag) => format!("Cloudflare signs with key {tag}"),
        None => "Cloudflare does not sign this zone, or does not say with which key".to_owned(),
    };
    let which = if stale.is_empty() { String::new() } else { format!(" for key {keys}") };
    says!("resolvers that check signatures refuse every answer about {zone}: its DNSSEC does not match the DS record at \
         the registrar")
    .known(format!(
        "a public resolver about the NS records of {zone}: SERVFAIL, but it answers when signatures are not checked"
    ))
    .known_if(!stale.is_empty(), format!("the DS record at the registrar is for key {keys}; {own}"))
    .advise(format!(
        "at your registrar remove the DS record{which}, or set the one that the dashboard shows under DNS > Settings > \
         DNSSEC; no change to a record helps"
    ))
}

fn list(names: &[DomainName]) -> String {
    let names: Vec<&str> = names.iter().map(DomainName::as_str).collect();
    if names.is_empty() { "the name servers shown in the dashboard".to_owned() } else { names.join(", ") }
}

impl Tool {
    /// Its name, and what makes a repair last there. Sources: the documentation of each; checked 2026-11-24.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Terraform => {
                ("Terraform", "in the resource cloudflare_dns_record of this name write: proxied = false")
            }
            Self::OpenTofu => ("OpenTofu", "in the resource of this name write: proxied = false"),
            Self::Pulumi => ("Pulumi", "in the resource of this name write: proxied: false"),
            Self::ExternalDns => (
                "external-dns",
                "at the Service, Ingress or DNSEndpoint set the annotation \
                 external-dns.alpha.kubernetes.io/cloudflare-proxied: \"false\"",
            ),
            Self::OctoDns => ("octoDNS", "at the record write: octodns: {cloudflare: {proxied: false}}"),
            Self::DnsControl => ("DNSControl", "give the record the modifier CF_PROXY_OFF"),
        }
    }
}

impl Trace {
    fn words(&self) -> String {
        match self {
            Self::Comment(comment) => format!("its comment: {comment}"),
            Self::Tag(tag) => format!("its tag: {tag}"),
            Self::Registry(at, text) => format!("TXT at {at}: {text}"),
        }
    }
}
