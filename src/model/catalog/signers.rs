//! Who signs the mail of a zone, told by the targets of its DKIM aliases. Pure.

use std::collections::BTreeSet;

use super::Catalog;
use crate::model::dns::DomainName;

/// The registrable domains in which the DKIM keys of one zone stand, without the zone's own. A shared host is
/// nobody's domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers<'d>(BTreeSet<&'d str>);

impl<'d> Signers<'d> {
    /// Told by the records of a zone, or by what is expected there: name, target. Only DKIM aliases count.
    pub fn of(
        zone: &DomainName,
        aliases: impl IntoIterator<Item = (&'d DomainName, &'d DomainName)>,
    ) -> Self {
        let is_key = |name: &DomainName| name.labels().any(|label| label == "_domainkey");
        let keys = aliases.into_iter().filter(|(name, _)| is_key(name));
        let owners = keys.filter_map(|(_, target)| target.registrable());
        Self(owners.filter(|owner| Some(*owner) != zone.registrable()).collect())
    }
}

impl Catalog {
    /// Whether `target` lies in the domain of one of the signers and is no known tracking or web host: then an
    /// alias to it is likely a return path, and what the target publishes decides.
    pub fn keeps_company(&self, target: &DomainName, signers: &Signers<'_>) -> bool {
        target.registrable().is_some_and(|owner| signers.0.contains(owner))
            && self.find(target).is_none_or(|entry| entry.role.is_for_mail())
    }

    /// The same for what a list asks for, where no known provider signs in that domain: of those the catalog knows
    /// all that is asked for, and an unknown target is a mistake.
    pub fn keeps_new_company(&self, target: &DomainName, signers: &Signers<'_>) -> bool {
        self.keeps_company(target, signers) && self.signer_at(target).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{catalog, name};

    #[test]
    fn a_target_in_the_domain_of_a_dkim_target_keeps_company() {
        let zone = name("mail.example.com");
        let keep = |key: &str, target: &str| {
            let (key_name, key) = (name("k1._domainkey.mail.example.com"), name(key));
            let signers = Signers::of(&zone, [(&key_name, &key)]);
            catalog().keeps_company(&name(target), &signers)
        };
        assert!(keep("k1.keys.mailer.example", "bounces.mailer.example"));
        assert!(!keep("k1.keys.mailer.example", "bounces.other.example"));
        assert!(!keep("k1.mailer.co.uk", "bounces.other.co.uk"));
        assert!(!keep("ours.azurewebsites.net", "theirs.azurewebsites.net"), "another tenant");
        assert!(!keep("azurewebsites.net", "azurewebsites.net"), "a shared host is nobody's");
        assert!(!keep("keys.example.com", "www.example.com"), "the zone's own domain");
        assert!(!keep("s1.domainkey.u1.wl1.sendgrid.net", "click.sendgrid.net"), "known for tracking");
        assert!(!keep("zendesk1._domainkey.zendesk.com", "acme.zendesk.com"), "known as a web site");
    }

    #[test]
    fn only_dkim_aliases_tell_who_signs() {
        let (www, target) = (name("www.example.com"), name("web.mailer.example"));
        assert_eq!(Signers::of(&name("example.com"), [(&www, &target)]), Signers::default());
    }
}
