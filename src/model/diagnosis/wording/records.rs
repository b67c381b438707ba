//! The words of what Cloudflare holds, and does not hold. Pure.

use super::super::{Finding, Grounds, Hidden, Malformed, Masking, Owner, Presence, Proposed};
use super::{Words, file_instead, says};
use crate::model::catalog::{Role, Treatment};
use crate::model::dns::{DomainName, RecordType};
use crate::model::expectation::Source;

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
            format!("if it is gone for good: cf-domauth snapshot --zone {zone} --forget {name}")
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
