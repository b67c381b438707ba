//! What people read of a finding: what is wrong, how that is known, and what a person can do. Pure.
//!
//! The only place with sentences about findings. Of each the fact comes first, then what it means for mail.

use serde_json::{Map, Value};

use super::{
    Blocker, DmarcProblem, Edit, Evidence, Finding, Grounds, Masking, Owner, Problem, Published, Recognition,
    TargetProblem, Tool, Trace,
};
use crate::model::catalogue::{Provider, Role, Treatment};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::Source;
use crate::model::inventory::{ProxyStatus, Zone, ZoneKind, ZoneStatus};
use crate::model::lookup::Observation;
use crate::model::mailauth::BadPolicy;
use crate::model::members::Members;
use crate::model::plain;

impl Finding {
    /// What is wrong, in one sentence.
    pub fn message(&self) -> String {
        let name = &self.name;
        match &self.problem {
            Problem::ZoneNotServing { zone, .. } => {
                let what = not_serving(zone);
                format!("the world does not get its answers about {name} from this zone: {what}")
            }
            Problem::DnssecBroken { .. } => format!(
                "resolvers that check signatures refuse every answer about {name}: its DNSSEC does not match the DS \
                 record at the registrar"
            ),
            Problem::DelegatedAway { cut, .. } => {
                format!("{name} is never asked for here: an NS record hands {cut} to other name servers")
            }
            Problem::ReadOnly => {
                format!("{name} belongs to a product of Cloudflare's and cannot be edited here")
            }
            Problem::KeptByTool(tool, _) => {
                format!("{name} looks as if {} kept it: its next run would undo the repair", tool.name())
            }
            Problem::CnameInsteadOfMx { target, .. } => {
                let provider = self.whose();
                format!("{name} is a CNAME to {target}, but {provider} asks for MX and TXT records there")
            }
            Problem::DoubledName { meant, .. } => {
                format!("{name} has the zone twice in its name: {meant} was meant, and nobody looks here")
            }
            Problem::ZoneInTarget { target, meant } => {
                format!("{name} points to {target}: the zone was appended to {meant}")
            }
            Problem::MisspeltLabel { found, .. } => {
                format!("{name} is missing: most likely {found} was mistyped for it, and nobody looks there")
            }
            Problem::TxtInsteadOfCname { target, .. } => {
                format!("{name} holds {target} as a TXT record; it should be a CNAME record")
            }
            Problem::NotFiled => format!("{name} is missing: nothing is filed under this name"),
            Problem::NamedAndNotFiled => {
                format!("{name} is missing: no CNAME record is filed under this name")
            }
            Problem::InTheWay(kinds) => {
                let kinds: Vec<&str> = kinds.iter().map(RecordType::as_str).collect();
                format!("{name} should be a CNAME, but {} is filed there", kinds.join(", "))
            }
            Problem::WrongTarget { held, expected } => {
                format!("{name} points to {held}, expected {expected}")
            }
            Problem::Taken { held, owner } => {
                format!("{name} is taken: it points to {held}, which belongs to {}", owner.words())
            }
            Problem::Disputed => {
                format!("{name} is wanted for different targets by those who decide, so it is left alone")
            }
            Problem::Lost { source, is_occupied, .. } => match source {
                _ if *is_occupied => {
                    format!("{name} has lost its CNAME, and records of other types are filed there")
                }
                Source::AuditLog { .. } => format!("{name} was deleted"),
                Source::Sibling { of, .. } => format!("{name} is missing: it belongs together with {of}"),
                _ => format!("{name} is missing: it was there and healthy before"),
            },
            Problem::TargetChanged { held, .. } => {
                format!("{name} points to {held}; when it was last healthy it did not")
            }
            Problem::NotInSet { held, expected, of, is_misspelt: true } => {
                format!("{name} points to {held}, misspelt for {expected}, which goes with {of}")
            }
            Problem::NotInSet { held, of, .. } | Problem::PublishedNotInSet { held, of, .. } => {
                format!("{name} points to {held}, which does not go with {of}")
            }
            Problem::SetLacks { target } => format!(
                "the {} records that {name} belongs to are not complete: none points to {target} ({})",
                self.whose(),
                self.role.map_or("", Role::word)
            ),
            Problem::NotChecked { of, .. } => format!(
                "{} that {} asks for beside {of} was not checked: its name cannot be guessed",
                self.role.map_or("a record", Role::describe),
                self.whose()
            ),
            Problem::NotRecognised { .. } => {
                format!("{name} is asked for, and nothing shows that it is for mail")
            }
            Problem::Proxied { hidden_by: None } => format!("{name} is proxied: {}", suffers(self.role)),
            Problem::Proxied { hidden_by: Some(masking) } => {
                let reason = masking.words();
                format!("{name} is proxied; mail still works because {reason}, and breaks when that ends")
            }
            Problem::PerhapsProxiedOnPurpose(Grounds::Company) => {
                format!(
                    "{name} is proxied: it is likely a return path, and then SPF fails and bounces are lost"
                )
            }
            Problem::PerhapsProxiedOnPurpose(_) if self.role == Some(Role::ClientSetup) => {
                format!("{name} is proxied: mail programs may fail to set themselves up")
            }
            Problem::PerhapsProxiedOnPurpose(_) => format!("{name} is proxied: {}", suffers(self.role)),
            Problem::TrackingProxied(_) => {
                format!("{name} is proxied and left alone: it counts clicks and does not authenticate mail")
            }
            Problem::Flattened => {
                format!("{name} is flattened: it is DNS only, yet its CNAME cannot be seen")
            }
            Problem::ZoneFlattened(records) => {
                let concerned = plain::count(*records, "mail record");
                format!("all CNAME records of {name} are flattened, {concerned} among them")
            }
            Problem::SameZoneTarget => {
                let is_policy = self.role == Some(Role::Dmarc);
                let policy = "; whether receivers still find the policy is not established";
                let policy = if is_policy { policy } else { "" };
                format!("{name} points into its own zone, which Cloudflare always flattens{policy}")
            }
            Problem::AnswersDiffer => format!(
                "{name} is right in Cloudflare's API, but the zone's own name server answers differently"
            ),
            Problem::Target { target, problem, .. } => unusable(name, target, problem),
            Problem::Dmarc { problem, .. } => dmarc(name, problem),
            Problem::DkimMissing { .. } => {
                let provider = self.whose();
                format!("{name} names {provider} as a sender, and no DKIM record of {provider} is there")
            }
            Problem::AuditLogUnread(_) => {
                "the audit log could not be read, so whether mail records were deleted is not known"
                    .to_owned()
            }
            Problem::NoUsualNames(asked) => {
                format!("{name} has none of the {asked} names that mail records usually have")
            }
            Problem::UsualNamesNotAsked { .. } => {
                format!("some of the names that mail records of {name} usually have could not be asked for")
            }
            Problem::NotAsked { name, .. } => format!("{name} could not be asked for"),
            Problem::NotSeenByProvider { service, what, .. } => {
                let what = plain::line(what);
                format!("{service} does not see {what} yet, although public DNS shows it")
            }
            Problem::NotConfirmed(published) => published.message(name),
            Problem::EditedSince { edit, .. } => edit.message(name),
        }
    }

    /// How the tool knows, a line each.
    pub fn evidence_lines(&self) -> Vec<String> {
        let mut lines = self.own_evidence();
        lines.extend(self.evidence.iter().map(|one| self.evidence_line(one)));
        lines
    }

    /// What the problem itself tells of how it is known.
    fn own_evidence(&self) -> Vec<String> {
        let name = &self.name;
        let one = match &self.problem {
            Problem::ZoneNotServing { zone, delegated_to } => {
                let state = format!("status {:?}, type {:?}", zone.status, zone.kind).to_lowercase();
                let named = format!("public DNS names these name servers: {}", list(delegated_to));
                let named = (!delegated_to.is_empty()).then_some(named);
                return std::iter::once(format!("Cloudflare's API: {state}")).chain(named).collect();
            }
            Problem::DnssecBroken { stale, signing } => {
                let refused = format!(
                    "a public resolver about the NS records of {name}: SERVFAIL, but it answers when signatures are \
                     not checked"
                );
                let own = match signing {
                    Some(tag) => format!("Cloudflare signs with key {tag}"),
                    None => "Cloudflare does not sign this zone, or does not say with which key".to_owned(),
                };
                let keys = format!("the DS record at the registrar is for key {}; {own}", tags(stale));
                let keys = (!stale.is_empty()).then_some(keys);
                return std::iter::once(refused).chain(keys).collect();
            }
            Problem::DelegatedAway { cut, heard: None } => format!("Cloudflare's API: NS at {cut}"),
            Problem::DelegatedAway { heard: Some(heard), .. }
            | Problem::Dmarc { published: Some(heard), .. } => {
                format!("authoritative server: {}", heard.describe())
            }
            Problem::ReadOnly => "Cloudflare's API: meta.read_only is true".to_owned(),
            Problem::KeptByTool(_, trace) => plain::line(&trace.words()),
            Problem::ZoneInTarget { target, .. } => format!("Cloudflare's API: CNAME {target}"),
            Problem::MisspeltLabel { found, target } => format!("Cloudflare's API: {found} CNAME {target}"),
            Problem::NamedAndNotFiled => "--record names it".to_owned(),
            Problem::PublishedNotInSet { expected, of, .. } => {
                format!("beside {of} it would be a CNAME to {expected}")
            }
            Problem::NotChecked { target, .. } => format!("it is a CNAME to {target}"),
            Problem::Flattened => "Cloudflare's API: settings.flatten_cname is true".to_owned(),
            Problem::ZoneFlattened(_) => "Cloudflare's API: flatten_all_cnames is true".to_owned(),
            Problem::Target { target, heard, .. } => {
                let heard = plain::line(&heard.describe());
                let held = format!("Cloudflare's API: CNAME {target}");
                return vec![held, format!("public DNS about {target}: {heard}")];
            }
            Problem::DkimMissing { at, host } => format!("Cloudflare's API: TXT at {at} names {host}"),
            Problem::AuditLogUnread(why) => plain::line(why),
            Problem::NoUsualNames(_) => {
                "the zone's own name servers were asked, and public DNS knows no other way to list names"
                    .to_owned()
            }
            Problem::UsualNamesNotAsked { silent, delegated } => return not_asked(*silent, delegated),
            Problem::NotAsked { heard, .. } => heard.describe(),
            Problem::NotSeenByProvider { reason, .. } => {
                return reason.iter().map(|one| plain::line(one)).collect();
            }
            Problem::EditedSince { before: Some(before), .. } => {
                format!("before the run: {}", in_words(before))
            }
            Problem::EditedSince { before: None, .. } => "before the run: no record".to_owned(),
            _ => return Vec::new(),
        };
        vec![one]
    }

    fn evidence_line(&self, one: &Evidence) -> String {
        match one {
            Evidence::Cname(target, proxy) => {
                let proxy = match proxy {
                    Some(ProxyStatus::Proxied) => ", proxied",
                    Some(ProxyStatus::DnsOnly) => ", DNS only",
                    None => "",
                };
                format!("Cloudflare's API: CNAME {target}{proxy}")
            }
            Evidence::Record(kind, content) => format!("Cloudflare's API: {kind} {}", plain::line(content)),
            Evidence::NoRecord => format!("Cloudflare's API: no record at {}", self.name),
            Evidence::Comment(comment) => format!("its comment: \"{}\"", plain::line(comment)),
            Evidence::Asked(source, kind, content) => {
                format!("{}: {kind} {}", source.words(), plain::line(content))
            }
            Evidence::Dissent(source, target) => format!("but {}: CNAME {target}", source.words()),
            Evidence::SameTargetAt(other) => {
                format!("the same target stands at {other}: most likely that name was mistyped for this one")
            }
            Evidence::Recognised(grounds) => grounds.words(self.role, self.provider.as_deref()),
            Evidence::Heard(heard) => format!("authoritative server: {}", heard.describe()),
            Evidence::FlatteningUnread => {
                "whether the zone flattens all CNAME records could not be read".to_owned()
            }
            Evidence::Server { server, heard, until } => {
                let heard = heard.as_ref().map_or_else(|| "not asked".to_owned(), Observation::describe);
                let until = until.as_ref().map(|until| format!(", {until}")).unwrap_or_default();
                format!("{} {server}: {heard}{until}", server.kind.word())
            }
            Evidence::Note(note) => note.clone(),
        }
    }

    /// What a person can do where the tool may not.
    pub fn advice(&self) -> Option<String> {
        match &self.blocker {
            Some(blocker) => Some(blocker.words()),
            None => self.problem_advice(),
        }
    }

    fn problem_advice(&self) -> Option<String> {
        let (name, whose, has_remedy) = (&self.name, self.whose(), self.remedy.is_some());
        let fixed = match &self.problem {
            Problem::ZoneNotServing { zone, delegated_to } => return Some(serve(zone, delegated_to)),
            Problem::DnssecBroken { stale, .. } => {
                let which =
                    if stale.is_empty() { String::new() } else { format!(" for key {}", tags(stale)) };
                return Some(format!(
                    "at your registrar remove the DS record{which}, or set the one that the dashboard shows under DNS \
                     > Settings > DNSSEC; no change to a record helps"
                ));
            }
            Problem::DelegatedAway { cut, .. } => {
                return Some(format!(
                    "file the record at the name servers of {cut}, or remove the NS record if nobody needs it"
                ));
            }
            Problem::ReadOnly => "change it in the settings of that product, for example Email Routing",
            Problem::KeptByTool(tool, _) => {
                return Some(format!("change it there as well: {}", tool.setting()));
            }
            Problem::CnameInsteadOfMx { instead, .. } => return Some(file_instead(whose, instead)),
            Problem::DoubledName { is_taken: true, .. } => {
                "the right name is in use already, so this record is a leftover: delete it in the dashboard"
            }
            Problem::MisspeltLabel { found, target } => {
                return Some(format!(
                    "to create it: --expect {name}={target}; then delete {found}, unless records elsewhere point to it"
                ));
            }
            Problem::TxtInsteadOfCname { zone, target } if !has_remedy => {
                return Some(format!(
                    "to replace it by a CNAME record: cf-domauth fix --zone {zone} --expect {name}={target}"
                ));
            }
            Problem::NamedAndNotFiled => {
                return Some(format!(
                    "where it should point is not known: say it with --expect {name}=TARGET"
                ));
            }
            Problem::InTheWay(_) if !has_remedy => {
                return Some(format!(
                    "a CNAME cannot share its name: find out who needs the other record; to delete it and create the \
                     CNAME in one step: --replace {name}"
                ));
            }
            Problem::Taken { .. } => {
                "never overwritten: ask your sending platform for a custom selector or return path; or, if the old \
                 sender is no longer used, delete its record in the dashboard and run fix again"
            }
            Problem::Disputed => "look up the right one, and give only that with --expect",
            Problem::Lost { zone, source, is_occupied } => {
                return restore(zone, name, source, (*is_occupied, has_remedy));
            }
            Problem::TargetChanged { before, is_in_snapshot, .. } => {
                let right = "; if it is right now, run `cf-domauth snapshot` to remember it";
                let right = if *is_in_snapshot { right } else { "" };
                return Some(format!("left alone; if it is not right, --expect {name}={before}{right}"));
            }
            Problem::NotInSet { expected, .. } => {
                return Some(format!("left alone; if it is not right, --expect {name}={expected}"));
            }
            Problem::PublishedNotInSet { .. } => return Some(format!("compare it with what {whose} shows")),
            Problem::SetLacks { target } => {
                return Some(format!(
                    "its name cannot be told from the others: look it up at {whose}, then --expect NAME={target}"
                ));
            }
            Problem::NotChecked { target, .. } => {
                return Some(format!(
                    "look up its name on {whose}'s page{}, then: cf-domauth confirm --expect NAME={target}",
                    self.place()
                ));
            }
            Problem::NotRecognised { target, is_free } => {
                let what = if *is_free { "not created unless you say yes to it" } else { "left as it is" };
                return Some(format!(
                    "{what}; if your sending platform asks for it, name it: --expect {name}={target}"
                ));
            }
            Problem::PerhapsProxiedOnPurpose(_) => {
                return Some(format!(
                    "left alone, because it may be proxied on purpose; to make it DNS only name it: --record {name}"
                ));
            }
            Problem::TrackingProxied(Treatment::Ask) => {
                return Some(format!(
                    "if your provider wants it DNS only, name it to change it: --record {name}"
                ));
            }
            Problem::TrackingProxied(_) => {
                "some providers want it proxied for HTTPS links, others not: follow your provider"
            }
            Problem::ZoneFlattened(_) => {
                "the setting holds for the whole zone, so it is yours to change: dashboard, DNS > Settings, CNAME \
                 flattening, switch off \"CNAME flattening for all CNAME records\""
            }
            Problem::SameZoneTarget if self.role == Some(Role::Dmarc) => {
                "file the policy itself here as a TXT record, which is sure to be found; or see with `dig TXT` \
                 whether a public resolver shows the policy"
            }
            Problem::SameZoneTarget => {
                "point it to the provider's own name, or file the provider's TXT record here instead"
            }
            Problem::AnswersDiffer => {
                "if the record was changed a moment ago, run the command again in a minute"
            }
            Problem::Target { .. } => {
                return Some(format!(
                    "compare the target with what {whose} shows today; if it is the same there, {whose} has to mend it"
                ));
            }
            Problem::Dmarc { published: Some(_), .. } => {
                return Some(format!("`cf-domauth explain {}` tells what to do", self.code().word()));
            }
            Problem::Dmarc { problem, .. } if !has_remedy => problem.advice(),
            Problem::DkimMissing { .. } => {
                return Some(format!(
                    "copy the records from {whose}'s page{} and give them with --expect-file -; if you left {whose}, \
                     take it out of the policy",
                    self.place()
                ));
            }
            Problem::AuditLogUnread(_) => {
                "run the command again; if the token lacks it, give it Account > Account Settings > Read"
            }
            Problem::NoUsualNames(_) => {
                "name the records that your sending platform shows, or give them with --expect-file"
            }
            Problem::UsualNamesNotAsked { .. } | Problem::NotAsked { .. } => {
                "name a server that answers with --authoritative, or ask again"
            }
            Problem::NotSeenByProvider { .. } => {
                "it may hold an old answer: run fix again in some minutes, or press its own Verify button"
            }
            Problem::NotConfirmed(published) => return Some(published.advice(name)),
            Problem::EditedSince { .. } => {
                "left alone; if it should be as it was, put it back by hand in the dashboard"
            }
            Problem::DoubledName { .. }
            | Problem::ZoneInTarget { .. }
            | Problem::TxtInsteadOfCname { .. }
            | Problem::NotFiled
            | Problem::InTheWay(_)
            | Problem::WrongTarget { .. }
            | Problem::Proxied { .. }
            | Problem::Flattened
            | Problem::Dmarc { .. } => return None,
        };
        Some(fixed.to_owned())
    }

    fn whose(&self) -> &str {
        self.provider.as_ref().map_or("your provider", |provider| &provider.name)
    }

    /// Where the provider shows its records, in brackets.
    fn place(&self) -> String {
        let place = self.provider.as_ref().and_then(|provider| provider.verify.as_deref());
        place.map(|place| format!(" ({place})")).unwrap_or_default()
    }
}

impl Blocker {
    fn words(&self) -> String {
        match self {
            Self::Finding(code) => format!("blocked by {}", code.word()),
            Self::Apex => {
                "nothing is done: a CNAME at the apex of a zone is never seen, and mail and web records live there"
                    .to_owned()
            }
            Self::OtherTarget(meant) => format!("not renamed: another target is wanted at {meant}"),
            Self::SourcesDisagree => {
                "what is known disagrees, so nothing is done: look up the right one and say it with --expect"
                    .to_owned()
            }
            Self::CnameInsteadOfMx(provider, instead) => file_instead(&provider.name, instead),
        }
    }
}

fn file_instead(provider: &str, instead: &str) -> String {
    format!(
        "nothing is done, and making it DNS only does not help: delete the CNAME record and file what {provider} asks \
         for: {instead}"
    )
}

impl Recognition {
    /// How we know, as evidence.
    pub fn evidence(&self) -> String {
        self.grounds.words(Some(self.role), self.provider.as_deref())
    }
}

impl Grounds {
    fn words(self, role: Option<Role>, provider: Option<&Provider>) -> String {
        let fixed = match (self, provider, role) {
            (Self::Target, Some(provider), _) => return format!("its target belongs to {}", provider.name),
            (Self::Target, None, _) => "its target is known",
            (Self::Named, ..) => "you named this record",
            (Self::Name, ..) => {
                "a name with an underscore label is asked for text records, never for a web site"
            }
            (Self::Content, _, Some(Role::Dkim)) => {
                "recognised by its content: public DNS shows a DKIM key at its target"
            }
            (Self::Content, _, Some(Role::Dmarc)) => {
                "recognised by its content: public DNS shows a DMARC policy at its target"
            }
            (Self::Content, ..) => {
                "recognised by its content: public DNS shows an SPF policy and a mail exchanger at its target"
            }
            (Self::Company, ..) => {
                "its target lies in the domain of a DKIM target of this zone, and an SPF policy with a mail exchanger \
                 could not be seen there"
            }
        };
        fixed.to_owned()
    }
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

fn not_serving(zone: &Zone) -> String {
    let fixed = match (&zone.kind, &zone.status) {
        (ZoneKind::Partial, _) => "it is a partial (CNAME) set-up, and another DNS host is authoritative",
        (ZoneKind::Secondary, _) => "it is a secondary zone, copied from another DNS host",
        (ZoneKind::Other(kind), _) => return format!("its type is {kind}"),
        (ZoneKind::Full, ZoneStatus::Active) => "public DNS names other name servers",
        (ZoneKind::Full, ZoneStatus::Pending | ZoneStatus::Initializing) => {
            "it is not active, because the domain is not delegated to Cloudflare yet"
        }
        (ZoneKind::Full, ZoneStatus::Moved) => "the domain was delegated away from Cloudflare",
        (ZoneKind::Full, ZoneStatus::Other(word)) => return format!("its status is {word}"),
    };
    fixed.to_owned()
}

fn serve(zone: &Zone, delegated_to: &[DomainName]) -> String {
    let servers = list(&zone.name_servers);
    let fixed = match (&zone.kind, &zone.status) {
        (ZoneKind::Partial, _) => {
            "the mail records belong at that DNS host; whatever is filed here is not asked for"
        }
        (ZoneKind::Secondary, _) => "mend the records at the primary DNS host",
        (ZoneKind::Other(_), _) => "find out in the dashboard who is authoritative",
        (ZoneKind::Full, ZoneStatus::Active) => {
            let is_cloudflares = |server: &DomainName| server.as_str().ends_with(".ns.cloudflare.com");
            let what = if delegated_to.iter().all(is_cloudflares) {
                "another Cloudflare account holds the copy of the zone that counts"
            } else {
                "the domain has moved to another DNS host"
            };
            return format!(
                "this zone's name servers are {servers}; {what}: mend the records there, or name these at the registrar"
            );
        }
        (ZoneKind::Full, ZoneStatus::Pending | ZoneStatus::Initializing) => {
            return format!(
                "until the registrar names {servers}, the records at the old DNS host are the ones that count"
            );
        }
        (ZoneKind::Full, ZoneStatus::Moved) => {
            return format!("name {servers} at the registrar, or mend the records at the new DNS host");
        }
        (ZoneKind::Full, ZoneStatus::Other(_)) => "look at the zone's overview in the dashboard",
    };
    fixed.to_owned()
}

fn list(names: &[DomainName]) -> String {
    let names: Vec<&str> = names.iter().map(DomainName::as_str).collect();
    if names.is_empty() { "the name servers shown in the dashboard".to_owned() } else { names.join(", ") }
}

fn tags(keys: &[u16]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
            Self::Pulumi => "Pulumi",
            Self::ExternalDns => "external-dns",
            Self::OctoDns => "octoDNS",
            Self::DnsControl => "DNSControl",
        }
    }

    /// What makes a repair last. Sources: the documentation of each; checked 2026-11-24.
    fn setting(self) -> &'static str {
        match self {
            Self::Terraform => "in the resource cloudflare_dns_record of this name write: proxied = false",
            Self::OpenTofu => "in the resource of this name write: proxied = false",
            Self::Pulumi => "in the resource of this name write: proxied: false",
            Self::ExternalDns => {
                "at the Service, Ingress or DNSEndpoint set the annotation \
                 external-dns.alpha.kubernetes.io/cloudflare-proxied: \"false\""
            }
            Self::OctoDns => "at the record write: octodns: {cloudflare: {proxied: false}}",
            Self::DnsControl => "give the record the modifier CF_PROXY_OFF",
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

fn unusable(name: &DomainName, target: &DomainName, problem: &TargetProblem) -> String {
    match problem {
        TargetProblem::Gone => format!("{name} points to {target}, which does not exist"),
        TargetProblem::NoKey => format!("no DKIM key stands behind {name}"),
        TargetProblem::SeveralKeys(many) => {
            format!("{many} DKIM keys stand behind {name}: receivers take either, or none")
        }
        TargetProblem::TestingKey => {
            format!("the DKIM key behind {name} says that it is only for testing (t=y)")
        }
        TargetProblem::BadKey(bad) => format!("the DKIM key behind {name} cannot be used: {bad}"),
        TargetProblem::NoDmarc => format!("no DMARC policy stands behind {name}"),
        TargetProblem::SeveralDmarc(many) => format!("{many} DMARC policies stand behind {name}"),
        TargetProblem::ReturnPath { spf: Some(many @ 2..), lacks_mx } => {
            let mx = if *lacks_mx { ", and no mail exchanger, so bounces are lost" } else { "" };
            format!("{many} SPF policies stand behind {name}; receivers treat that as none{mx}")
        }
        TargetProblem::ReturnPath { spf, lacks_mx } => {
            let lacks = match (spf, lacks_mx) {
                (Some(_), true) => "no SPF policy and no mail exchanger",
                (Some(_), false) => "no SPF policy",
                (None, _) => "no mail exchanger",
            };
            format!("{lacks} stands behind {name}, so SPF fails or bounces are lost")
        }
    }
}

fn dmarc(name: &DomainName, problem: &DmarcProblem) -> String {
    match problem {
        DmarcProblem::Missing => {
            let domain = name.parent().unwrap_or_else(|| name.clone());
            format!("{domain} has no DMARC policy: platforms and receivers ask for one")
        }
        DmarcProblem::NoPolicy => {
            format!("{name} holds a text that is no DMARC policy: {}", BadPolicy::Version)
        }
        DmarcProblem::Ignored(why) => format!("receivers ignore the DMARC policy at {name}: {why}"),
        DmarcProblem::Several(many) => {
            format!("{many} DMARC policies stand at {name}: receivers then act on none")
        }
        DmarcProblem::Weaker { held, wanted } => format!(
            "the DMARC policy at {name} asks receivers for {}, and {} is wanted",
            held.words(),
            wanted.words()
        ),
    }
}

impl DmarcProblem {
    fn advice(&self) -> &'static str {
        match self {
            Self::Missing => {
                "add the one that your sending platform shows, or v=DMARC1; p=none; with --expect-file fix creates it"
            }
            Self::NoPolicy | Self::Ignored(_) => {
                "correct the record by hand; v=DMARC1; p=none is enough for most platforms"
            }
            Self::Several(_) => {
                "keep the one you want and delete the others, by hand: which one is yours to say"
            }
            Self::Weaker { .. } => {
                "change p= by hand once the reports show that all of your own mail passes: how strict to be is yours \
                 to say"
            }
        }
    }
}

fn restore(
    zone: &DomainName,
    name: &DomainName,
    source: &Source,
    (is_occupied, has_remedy): (bool, bool),
) -> Option<String> {
    if is_occupied {
        let advice = format!("to delete those and create the CNAME again: --restore --replace {name}");
        return (!has_remedy).then_some(advice);
    }
    let gone = match source {
        Source::Snapshot { .. } => {
            format!("if it is gone for good: cf-domauth snapshot --zone … --forget {name}")
        }
        _ => "if you left that provider, leave it".to_owned(),
    };
    Some(format!("not confirmed by anybody; to restore it: cf-domauth fix --zone {zone} --restore; {gone}"))
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
    fn message(&self, name: &DomainName) -> String {
        match self {
            Self::Delegated(cut) => {
                format!("{name} is not asked for at the zone's own name servers: {cut} was handed to others")
            }
            Self::Stale(_) => format!("{name} is published, but a resolver still holds an old answer"),
            Self::Wrong => format!("{name} does not lead where it should"),
            Self::Absent => format!("{name} shows no CNAME at the zone's own name servers"),
            Self::NotValidated | Self::Silent | Self::Unknown => {
                format!("{name} could not be confirmed: no name server gave a usable answer")
            }
        }
    }

    fn advice(&self, name: &DomainName) -> String {
        let fixed = match self {
            Self::Delegated(cut) => {
                return format!(
                    "file the record at the name servers of {cut}, and name one of them with --authoritative; or \
                     remove the NS record at {cut} if nobody needs it"
                );
            }
            Self::Stale(Some(left)) => {
                return format!(
                    "run `cf-domauth confirm {name}` again in {}",
                    plain::seconds((*left).max(1))
                );
            }
            Self::Absent => {
                "if it was changed a moment ago ask again in a minute; otherwise it is proxied, flattened or not there"
            }
            Self::NotValidated => {
                "resolvers that check signatures refuse the answer: `cf-domauth explain dnssec-broken` tells what to do"
            }
            Self::Silent => {
                "check that questions to port 53 leave this network, or name a resolver that can be reached, for \
                 example --resolver https://dns.google/dns-query"
            }
            Self::Stale(None) | Self::Wrong | Self::Unknown => {
                return format!("ask again with `cf-domauth confirm {name}`");
            }
        };
        fixed.to_owned()
    }
}

impl Edit {
    fn message(&self, name: &DomainName) -> String {
        match self {
            Self::Deleted => format!("{name} was deleted since the run"),
            Self::Changed(members) => format!("{name} was changed since the run ({})", members.join(", ")),
            Self::CreatedAndChanged(members) => {
                format!("{name} was changed since the run created it ({})", members.join(", "))
            }
            Self::LaterRun(run) => {
                format!("{name} was changed by the later run {run}: put that one back first")
            }
            Self::AnotherTime => format!(
                "{name} is as the run wanted it, but no answer told that the run did it, and it was changed at \
                 another time"
            ),
            Self::Occupied(place, kind) => {
                format!("{place} now holds a {kind} record, which was not there before")
            }
            Self::NotUnderstood => format!("{name} cannot be understood"),
        }
    }
}

/// A record as a person types it into the dashboard.
fn in_words(members: &Members) -> String {
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
