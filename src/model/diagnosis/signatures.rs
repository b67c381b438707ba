//! Whether resolvers that check signatures refuse the zone. Pure.

use super::{Case, Code, Finding, Severity, about_name};

/// The old host's DS record was left at the registrar, or the keys changed without it.
///
/// Source: `developers.cloudflare.com/dns/dnssec/troubleshooting`; checked 2026-11-24.
pub(super) fn finding(case: &Case<'_>) -> Option<Finding> {
    let zone = &case.held.zone.name;
    if !case.outside.fails_validation {
        return None;
    }
    let message = format!(
        "resolvers that check signatures refuse every answer about {zone}: its DNSSEC does not match the DS record \
         at the registrar"
    );
    let mut finding = about_name(zone, Code::DnssecBroken, Severity::Error, message);
    finding.evidence.push(format!(
        "a public resolver about the NS records of {zone}: SERVFAIL, but it answers when signatures are not checked"
    ));
    let signing = case.outside.signing_key;
    let stale: Vec<String> = case
        .outside
        .vouched_keys
        .iter()
        .filter(|tag| Some(**tag) != signing)
        .map(ToString::to_string)
        .collect();
    if !stale.is_empty() {
        let own = match signing {
            Some(tag) => format!("Cloudflare signs with key {tag}"),
            None => "Cloudflare does not sign this zone, or does not say with which key".to_owned(),
        };
        finding
            .evidence
            .push(format!("the DS record at the registrar is for key {}; {own}", stale.join(" and ")));
    }
    let which = if stale.is_empty() { String::new() } else { format!(" for key {}", stale.join(" and ")) };
    finding.advice = Some(format!(
        "at your registrar remove the DS record{which}, or set the one that the dashboard shows under DNS > Settings > \
         DNSSEC; no change to a record helps"
    ));
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::super::{Outside, Scope, diagnose};
    use crate::testing::{catalogue, cname, inventory};

    #[test]
    fn refused_signatures_are_told_where_there_is_mail() {
        let refused = Outside { fails_validation: true, ..Outside::default() };
        let held = inventory(vec![cname("s1._domainkey", "x.test")]);
        assert_eq!(found(&held, &Scope::default(), &refused), ["dnssec-broken example.com -"]);
        assert!(found(&inventory(vec![]), &Scope::default(), &refused).is_empty());
    }

    #[test]
    fn a_ds_record_that_matches_no_key_is_named_by_its_tag() {
        let evidence = |vouched_keys: Vec<u16>, signing_key| {
            let refused = Outside { fails_validation: true, vouched_keys, signing_key, ..Outside::default() };
            let held = inventory(vec![cname("s1._domainkey", "x.test")]);
            diagnose(&held, &Scope::default(), &refused, &catalogue()).findings[0].evidence.join("; ")
        };
        assert!(evidence(vec![4711, 42], Some(42)).contains("is for key 4711; Cloudflare signs with key 42"));
        assert!(evidence(vec![4711], None).contains("Cloudflare does not sign this zone"));
        assert!(!evidence(vec![42], Some(42)).contains("registrar"), "the DS record is not what is wrong");
    }
}
