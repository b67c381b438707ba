//! The words of each problem. Pure.

use serde_json::{Map, Value};

use super::super::{
    Discovery, DmarcProblem, Edit, Finding, Grounds, Hidden, Malformed, Masking, Owner, Presence, Proposed,
    Published, TargetProblem, Tool, Trace, ZoneProblem,
};
use super::{Words, authoritative, file_instead};
use crate::model::catalog::{Role, Treatment};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::Source;
use crate::model::inventory::{Zone, ZoneKind, ZoneStatus};
use crate::model::lookup::Observation;
use crate::model::mailauth::BadPolicy;
use crate::model::members::RecordFields;
use crate::model::plain;

/// The words of a problem that says this.
macro_rules! says {
    ($($message:tt)+) => {
        Words::new(format!($($message)+))
    };
}

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
            "mend the records at the primary DNS host".to_owned(),
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
                "this zone's name servers are {servers}; {who}: mend the records there, or name these at the registrar"
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
            format!("name {servers} at the registrar, or mend the records at the new DNS host"),
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

impl Malformed {
    pub(super) fn words(&self, of: &Finding) -> Words {
        let (name, whose) = (&of.name, of.whose());
        match self {
            Self::CnameInsteadOfMx { target, instead } => says!("{name} is a CNAME to {target}, but {whose} asks for MX and TXT records there")
            .advise(file_instead(whose, instead)),
            Self::DoubledName { meant, is_taken } => says!("{name} has the zone twice in its name: {meant} was meant, and nobody looks here")
            .advise_if(
                *is_taken,
                "the right name is in use already, so this record is a leftover: delete it in the dashboard",
            ),
            Self::ZoneInTarget { target, meant } => {
                says!("{name} points to {target}: the zone was appended to {meant}")
                    .known(format!("Cloudflare's API: CNAME {target}"))
            }
            Self::MisspeltLabel { found, target } => says!("{name} is missing: most likely {found} was mistyped for it, and nobody looks there")
            .known(format!("Cloudflare's API: {found} CNAME {target}"))
            .advise(format!(
                "to create it: --expect {name}={target}; then delete {found}, unless records elsewhere point to it"
            )),
            Self::TxtInsteadOfCname { zone, target } => {
                says!("{name} holds {target} as a TXT record; it should be a CNAME record")
                    .advise_if(
                        of.remedy.is_none(),
                        format!(
                            "to replace it by a CNAME record: cf-domauth fix --zone {zone} --expect {name}={target}"
                        ),
                    )
            }
        }
    }
}

impl Presence {
    pub(super) fn words(&self, of: &Finding) -> Words {
        let name = &of.name;
        match self {
            Self::NotFiled => says!("{name} is missing: nothing is filed under this name"),
            Self::NamedAndNotFiled => says!("{name} is missing: no CNAME record is filed under this name")
                .known("--record names it")
                .advise(format!("where it should point is not known: say it with --expect {name}=TARGET")),
            Self::InTheWay(kinds) => {
                let kinds: Vec<&str> = kinds.iter().map(RecordType::as_str).collect();
                let kinds = kinds.join(", ");
                says!("{name} should be a CNAME, but {kinds} is filed there").advise_if(
                    of.remedy.is_none(),
                    format!(
                        "a CNAME cannot share its name: find out who needs the other record; to delete it and create \
                         the CNAME in one step: --replace {name}"
                    ),
                )
            }
            Self::WrongTarget { held, expected } => {
                says!("{name} points to {held}, expected {expected}")
            }
            Self::Taken { held, owner } => {
                let owner = owner.words();
                says!("{name} is taken: it points to {held}, which belongs to {owner}").advise(
                    "never overwritten: ask your sending platform for a custom selector or return path; or, if the \
                     old sender is no longer used, delete its record in the dashboard and run fix again",
                )
            }
            Self::NotRecognised { target, is_free } => {
                let what = if *is_free { "not created unless you say yes to it" } else { "left as it is" };
                says!("{name} is asked for, and nothing shows that it is for mail").advise(format!(
                    "{what}; if your sending platform asks for it, name it: --expect {name}={target}"
                ))
            }
        }
    }
}

impl Owner {
    fn words(&self) -> String {
        match self {
            Self::Account { provider, account } => {
                format!("another account of {} ({account})", provider.name)
            }
            Self::Provider(provider) => provider.name.to_string(),
            Self::Unknown(domain) => format!("somebody this tool does not know ({domain})"),
        }
    }
}

impl Proposed {
    pub(super) fn words(&self, of: &Finding) -> Words {
        let (name, whose) = (&of.name, of.whose());
        match self {
            Self::Disputed => {
                says!("{name} is wanted for different targets by those who decide, so it is left alone")
                    .advise("look up the right one, and give only that with --expect")
            }
            Self::Lost { is_occupied: true, .. } => {
                says!("{name} has lost its CNAME, and records of other types are filed there").advise_if(
                    of.remedy.is_none(),
                    format!("to delete those and create the CNAME again: --restore --replace {name}"),
                )
            }
            Self::Lost { zone, source, .. } => Words::new(match source {
                Source::AuditLog { .. } => format!("{name} was deleted"),
                Source::Sibling { of, .. } => format!("{name} is missing: it belongs together with {of}"),
                _ => format!("{name} is missing: it was there and healthy before"),
            })
            .advise(restore(zone, name, source)),
            Self::TargetChanged { held, before, is_in_snapshot } => {
                let right = "; if it is right now, run `cf-domauth snapshot` to remember it";
                let right = if *is_in_snapshot { right } else { "" };
                says!("{name} points to {held}; when it was last healthy it did not")
                    .advise(format!("left alone; if it is not right, --expect {name}={before}{right}"))
            }
            Self::NotInSet { held, expected, of, is_misspelt } => Words::new(if *is_misspelt {
                format!("{name} points to {held}, misspelt for {expected}, which goes with {of}")
            } else {
                format!("{name} points to {held}, which does not go with {of}")
            })
            .advise(format!("left alone; if it is not right, --expect {name}={expected}")),
            Self::SetLacks { target } => says!(
                "the {whose} records that {name} belongs to are not complete: none points to {target} ({})",
                of.role.map_or("", Role::word)
            )
            .advise(format!(
                "its name cannot be told from the others: look it up at {whose}, then --expect NAME={target}"
            )),
        }
    }
}

fn restore(zone: &DomainName, name: &DomainName, source: &Source) -> String {
    let gone = match source {
        Source::Snapshot { .. } => {
            format!("if it is gone for good: cf-domauth snapshot --zone … --forget {name}")
        }
        _ => "if you left that provider, leave it".to_owned(),
    };
    format!("not confirmed by anybody; to restore it: cf-domauth fix --zone {zone} --restore; {gone}")
}

impl Hidden {
    pub(super) fn words(&self, of: &Finding) -> Words {
        let name = &of.name;
        match self {
            Self::Proxied { hidden_by: None } => {
                says!("{name} is proxied: {}", suffers(of.role))
            }
            Self::Proxied { hidden_by: Some(masking) } => {
                let reason = masking.words();
                says!("{name} is proxied; mail still works because {reason}, and breaks when that ends")
            }
            Self::PerhapsProxiedOnPurpose(grounds) => {
                let what = match (grounds, of.role) {
                    (Grounds::Company, _) => {
                        "it is likely a return path, and then SPF fails and bounces are lost"
                    }
                    (_, Some(Role::ClientSetup)) => "mail programs may fail to set themselves up",
                    (_, role) => suffers(role),
                };
                says!("{name} is proxied: {what}").advise(format!(
                    "left alone, because it may be proxied on purpose; to make it DNS only name it: --record {name}"
                ))
            }
            Self::TrackingProxied(treatment) => {
                says!("{name} is proxied and left alone: it counts clicks and does not authenticate mail")
                    .advise(if *treatment == Treatment::Confirm {
                        format!("if your provider wants it DNS only, name it to change it: --record {name}")
                    } else {
                        "some providers want it proxied for HTTPS links, others not: follow your provider"
                            .to_owned()
                    })
            }
            Self::Flattened => says!("{name} is flattened: it is DNS only, yet its CNAME cannot be seen")
                .known("Cloudflare's API: settings.flatten_cname is true"),
            Self::SameZoneTarget => same_zone(name, of.role == Some(Role::Dmarc)),
            Self::AnswersDiffer => says!(
                "{name} is right in Cloudflare's API, but the zone's own name server answers differently"
            )
            .advise("if the record was changed a moment ago, run the command again in a minute"),
        }
    }
}

fn same_zone(name: &DomainName, is_policy: bool) -> Words {
    let message = format!("{name} points into its own zone, which Cloudflare always flattens");
    if !is_policy {
        return Words::new(message)
            .advise("point it to the provider's own name, or file the provider's TXT record here instead");
    }
    says!("{message}; whether receivers still find the policy is not established").advise(
        "file the policy itself here as a TXT record, which is sure to be found; or see with `dig TXT` whether a public \
         resolver shows the policy",
    )
}

/// Why mail suffers, by what the record is for.
fn suffers(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Dkim) => "receivers find no DKIM key there, so signatures fail",
        Some(Role::ReturnPath) => {
            "the return path has no SPF record and no mail exchanger, so SPF fails and bounces are lost"
        }
        Some(Role::Dmarc) => "receivers find no DMARC policy there",
        Some(Role::Verification) => "the provider cannot see its verification record",
        _ => "whoever looks for the CNAME sees Cloudflare's addresses instead",
    }
}

impl Masking {
    fn words(self) -> &'static str {
        match self {
            Self::NotActive => "the zone is not active yet",
            Self::Paused => "Cloudflare is paused for this zone",
            Self::MarkedDnsOnly => "the zone is marked DNS only",
            Self::ModeDnsOnly => "the zone's mode is DNS only",
            Self::AccountEnforcesDnsOnly => "the account setting that enforces DNS only is on",
            Self::Unexplained => {
                "public DNS still shows the CNAME, for a reason that could not be established"
            }
        }
    }
}

impl TargetProblem {
    pub(super) fn words(&self, of: &Finding, target: &DomainName, heard: &Observation) -> Words {
        let (name, whose, heard) = (&of.name, of.whose(), plain::sanitize_line(&heard.describe()));
        let message = match self {
            Self::Gone => format!("{name} points to {target}, which does not exist"),
            Self::NoKey => format!("no DKIM key stands behind {name}"),
            Self::SeveralKeys(many) => {
                format!("{many} DKIM keys stand behind {name}: receivers take either, or none")
            }
            Self::TestingKey => format!("the DKIM key behind {name} says that it is only for testing (t=y)"),
            Self::BadKey(bad) => format!("the DKIM key behind {name} cannot be used: {bad}"),
            Self::NoDmarc => format!("no DMARC policy stands behind {name}"),
            Self::SeveralDmarc(many) => format!("{many} DMARC policies stand behind {name}"),
            Self::ReturnPath { spf: Some(many @ 2..), lacks_mx } => {
                let mx = if *lacks_mx { ", and there is no mail exchanger" } else { "" };
                format!("{many} SPF policies stand behind {name}; receivers treat that as none{mx}")
            }
            Self::ReturnPath { spf, lacks_mx } => {
                let lacks = match (spf, lacks_mx) {
                    (Some(_), true) => "no SPF policy and no mail exchanger",
                    (Some(_), false) => "no SPF policy",
                    (None, _) => "no mail exchanger",
                };
                format!("{lacks} stands behind {name}, so SPF fails or bounces are lost")
            }
        };
        Words::new(message)
            .known(format!("Cloudflare's API: CNAME {target}"))
            .known(format!("public DNS about {target}: {heard}"))
            .advise(format!(
                "compare the target with what {whose} shows today; if it is the same there, {whose} has to mend it"
            ))
    }
}

impl DmarcProblem {
    pub(super) fn words(&self, of: &Finding, published: Option<&Observation>) -> Words {
        let name = &of.name;
        let words = match self {
            Self::Missing => {
                let domain = name.parent().unwrap_or_else(|| name.clone());
                says!("{domain} has no DMARC policy: platforms and receivers ask for one")
                    .advise_if(
                        of.remedy.is_none(),
                        "add the one that your sending platform shows, or v=DMARC1; p=none; with --expect-file fix \
                         creates it",
                    )
            }
            Self::NoPolicy => says!("{name} holds a text that is no DMARC policy: {}",
                BadPolicy::Version)
            .advise(CORRECT_POLICY),
            Self::Ignored(why) => {
                says!("receivers ignore the DMARC policy at {name}: {why}").advise(CORRECT_POLICY)
            }
            Self::Several(many) => says!("{many} DMARC policies stand at {name}: receivers then act on none")
            .advise("keep the one you want and delete the others, by hand: which one is yours to say"),
            Self::Weaker { held, wanted } => says!("the DMARC policy at {name} asks receivers for {}, and {} is wanted",
                held.words(),
                wanted.words())
            .advise(
                "change p= by hand once the reports show that all of your own mail passes: how strict to be is yours \
                 to say",
            ),
        };
        match published {
            Some(heard) => words
                .known(authoritative(heard))
                .advise(format!("`cf-domauth explain {}` tells what to do", of.code().word())),
            None => words,
        }
    }
}

const CORRECT_POLICY: &str = "correct the record by hand; v=DMARC1; p=none is enough for most platforms";

impl Discovery {
    pub(super) fn words(&self, of: &Finding) -> Words {
        const ASK_AGAIN: &str = "name a server that answers with --authoritative, or ask again";
        let (name, whose, place) = (&of.name, of.whose(), of.place());
        match self {
            Self::NoUsualNames(asked) => {
                says!("{name} has none of the {asked} names that mail records usually have")
                    .known("the zone's own name servers were asked, and public DNS knows no other way to list names")
                    .advise("name the records that your sending platform shows, or give them with --expect-file")
            }
            Self::UsualNamesNotAsked { silent, delegated } => {
                let message = format!(
                    "some of the names that mail records of {name} usually have could not be asked for"
                );
                let evidence = not_asked(*silent, delegated);
                Words { evidence, ..Words::new(message) }.advise(ASK_AGAIN)
            }
            Self::NotAsked { name, heard } => {
                says!("{name} could not be asked for").known(heard.describe()).advise(ASK_AGAIN)
            }
            Self::NotInSet { held, expected, of } => {
                says!("{name} points to {held}, which does not go with {of}")
                    .known(format!("beside {of} it would be a CNAME to {expected}"))
                    .advise(format!("compare it with what {whose} shows"))
            }
            Self::NotChecked { target, of: beside } => says!("{} that {whose} asks for beside {beside} was not checked: its name cannot be guessed",
                of.role.map_or("a record", Role::describe))
            .known(format!("it is a CNAME to {target}"))
            .advise(format!(
                "look up its name on {whose}'s page{place}, then: cf-domauth confirm --expect NAME={target}"
            )),
            Self::DkimMissing { at, host } => says!("{name} names {whose} as a sender, and no DKIM record of {whose} is there")
            .known(format!("Cloudflare's API: TXT at {at} names {host}"))
            .advise(format!(
                "copy the records from {whose}'s page{place} and give them with --expect-file -; if you left {whose}, \
                 take it out of the policy"
            )),
            Self::NotSeenByProvider { service, what, reason } => {
                let what = plain::sanitize_line(what);
                let reason = reason.as_deref().map(plain::sanitize_line);
                says!("{service} does not see {what} yet, although public DNS shows it")
                    .known_if(reason.is_some(), reason.unwrap_or_default())
                    .advise("it may hold an old answer: run fix again in some minutes, or press its own Verify button")
            }
        }
    }
}

fn not_asked(silent: usize, delegated: &[(DomainName, Vec<DomainName>)]) -> Vec<String> {
    let words = |(cut, to): &(DomainName, Vec<DomainName>)| {
        let heard = Observation::Delegated { cut: cut.clone(), to: to.clone() }.describe();
        format!("{heard}: names there have to be asked for with --authoritative")
    };
    let silent = (silent > 0).then(|| {
        format!("about {} no name server of the zone could say anything", plain::count(silent, "name"))
    });
    delegated.iter().map(words).chain(silent).collect()
}

impl Published {
    pub(super) fn words(&self, name: &DomainName) -> Words {
        let again = format!("ask again with `cf-domauth confirm {name}`");
        let unknown = || says!("{name} could not be confirmed: no name server gave a usable answer");
        match self {
            Self::Delegated(cut) => says!("{name} is not asked for at the zone's own name servers: {cut} was handed to others")
            .advise(format!(
                "file the record at the name servers of {cut}, and name one of them with --authoritative; or remove the \
                 NS record at {cut} if nobody needs it"
            )),
            Self::Stale(left) => {
                let wait = |left: u64| plain::seconds(left.max(1));
                let later = left.map(|left| format!("run `cf-domauth confirm {name}` again in {}", wait(left)));
                says!("{name} is published, but a resolver still holds an old answer")
                    .advise(later.unwrap_or(again))
            }
            Self::Wrong => says!("{name} does not lead where it should").advise(again),
            Self::Absent => says!("{name} shows no CNAME at the zone's own name servers").advise(
                "if it was changed a moment ago ask again in a minute; otherwise it is proxied, flattened or not there",
            ),
            Self::NotValidated => unknown().advise(
                "resolvers that check signatures refuse the answer: `cf-domauth explain dnssec-broken` tells what to do",
            ),
            Self::Silent => unknown().advise(
                "check that questions to port 53 leave this network, or name a resolver that can be reached, for \
                 example --resolver https://dns.google/dns-query",
            ),
            Self::Unknown => unknown().advise(again),
        }
    }
}

impl Edit {
    pub(super) fn words(&self, name: &DomainName, before: Option<&RecordFields>) -> Words {
        let message = match self {
            Self::Deleted => format!("{name} was deleted since the run"),
            Self::Changed(members) => format!("{name} was changed since the run ({})", members.join(", ")),
            Self::CreatedAndChanged(members) => {
                format!("{name} was changed since the run created it ({})", members.join(", "))
            }
            Self::LaterRun(run) => {
                format!("{name} was changed by the later run {run}: put that one back first")
            }
            Self::AnotherTime => format!(
                "{name} is as the run wanted it, but no answer told that the run did it, and it was changed at another \
                 time"
            ),
            Self::Occupied(place, kind) => {
                format!("{place} now holds a {kind} record, which was not there before")
            }
            Self::NotUnderstood => format!("{name} cannot be understood"),
        };
        let before = before.map_or_else(|| "no record".to_owned(), in_words);
        Words::new(message)
            .known(format!("before the run: {before}"))
            .advise("left alone; if it should be as it was, put it back by hand in the dashboard")
    }
}

/// A record as a person types it into the dashboard.
fn in_words(members: &RecordFields) -> String {
    let word = |(member, value): (&String, &Value)| match (member.as_str(), value) {
        ("proxied", Value::Bool(true)) => "proxied".to_owned(),
        ("proxied", _) => "DNS only".to_owned(),
        ("ttl", value) if *value == 1 => "TTL automatic".to_owned(),
        (member, Value::String(text)) => format!("{member} {text}"),
        (member, value) => format!("{member} {value}"),
    };
    let is_said = |(_, value): &(&String, &Value)| {
        let is_empty =
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        !value.is_null() && !is_empty
    };
    members.iter().filter(is_said).map(word).collect::<Vec<_>>().join(", ")
}
