//! Which records the sending providers want, as data. Pure.
//!
//! One TOML file per provider stands in `providers/`; adding a provider adds a file and a line in
//! [`FILES`]. Records are recognised by their *target*, on label boundaries, the most specific
//! pattern first, because selectors belong to nobody: `s1`, `k1` and `mail` are used by many. Records that
//! a provider asks for together form a *set*: from those that are left the missing ones follow.

mod pattern;
mod schema;
mod set;
mod sibling;
mod template;

use std::collections::HashMap;
use std::sync::Arc;

pub use pattern::{BadPattern, Pattern};
pub use schema::{BadProvider, Publishes, Role, role_of_name};
pub use sibling::Sibling;
pub use template::BadTemplate;

use crate::dns::DomainName;
use set::Set;

/// The provider files that come with the program: file name without its ending, text.
pub const FILES: &[(&str, &str)] = &[
    ("activecampaign", include_str!("providers/activecampaign.toml")),
    ("amazon-ses", include_str!("providers/amazon-ses.toml")),
    ("aweber", include_str!("providers/aweber.toml")),
    ("brevo", include_str!("providers/brevo.toml")),
    ("constant-contact", include_str!("providers/constant-contact.toml")),
    ("customer-io", include_str!("providers/customer-io.toml")),
    ("fastmail", include_str!("providers/fastmail.toml")),
    ("godaddy", include_str!("providers/godaddy.toml")),
    ("help-scout", include_str!("providers/help-scout.toml")),
    ("hubspot", include_str!("providers/hubspot.toml")),
    ("improvmx", include_str!("providers/improvmx.toml")),
    ("intercom", include_str!("providers/intercom.toml")),
    ("kit", include_str!("providers/kit.toml")),
    ("klaviyo", include_str!("providers/klaviyo.toml")),
    ("mailchimp", include_str!("providers/mailchimp.toml")),
    ("mailersend", include_str!("providers/mailersend.toml")),
    ("mailgun", include_str!("providers/mailgun.toml")),
    ("mandrill", include_str!("providers/mandrill.toml")),
    ("microsoft-365", include_str!("providers/microsoft-365.toml")),
    ("postmark", include_str!("providers/postmark.toml")),
    ("proton", include_str!("providers/proton.toml")),
    ("purelymail", include_str!("providers/purelymail.toml")),
    ("sendgrid", include_str!("providers/sendgrid.toml")),
    ("shopify", include_str!("providers/shopify.toml")),
    ("simplelogin", include_str!("providers/simplelogin.toml")),
    ("sparkpost", include_str!("providers/sparkpost.toml")),
    ("zendesk", include_str!("providers/zendesk.toml")),
];

/// A sending provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Short name, equal to the name of its file.
    pub id: Box<str>,
    /// The name people know.
    pub name: Box<str>,
}

/// What the catalogue knows about one kind of target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose target it is.
    pub provider: Arc<Provider>,
    /// What a record with this target is for.
    pub role: Role,
    /// What must be published behind the target for mail to work.
    pub publishes: Vec<Publishes>,
    /// The targets this entry is about.
    pub pattern: Pattern,
    /// Which label, counted from the right and from 0, names the customer's account.
    account: Option<usize>,
}

impl Entry {
    /// The label of `target` that tells one customer of the provider from another.
    pub fn account<'target>(&self, target: &'target DomainName) -> Option<&'target str> {
        target.labels().rev().nth(self.account?)
    }
}

/// All provider files, compiled once.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Entries by the last label of their pattern, the most specific first.
    by_last_label: HashMap<Box<str>, Vec<Entry>>,
    /// Records that belong together, by the provider that asks for them, in the order of its file.
    sets: HashMap<Box<str>, Vec<Set>>,
}

impl Catalogue {
    /// The catalogue that comes with the program.
    ///
    /// # Errors
    ///
    /// [`BadProvider`] when a file is damaged, which a test rules out.
    pub fn embedded() -> Result<Self, BadProvider> {
        Self::compile(FILES)
    }

    fn compile(files: &[(&str, &str)]) -> Result<Self, BadProvider> {
        let mut by_last_label: HashMap<Box<str>, Vec<Entry>> = HashMap::new();
        let mut sets = HashMap::new();
        for (file, text) in files {
            let known = schema::read(file, text)?;
            sets.insert((*file).into(), known.sets);
            for entry in known.entries {
                by_last_label.entry(entry.pattern.last_label().into()).or_default().push(entry);
            }
        }
        for entries in by_last_label.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.pattern.specificity()));
        }
        Ok(Self { by_last_label, sets })
    }

    /// What is known about `target`; `None` when no provider claims it.
    pub fn find(&self, target: &DomainName) -> Option<&Entry> {
        let last = target.labels().next_back()?;
        self.by_last_label.get(last)?.iter().find(|entry| entry.pattern.matches(target))
    }

    /// What the aliases of a zone imply and the zone lacks, sorted by name. `held` are the names and
    /// targets of all its aliases. Names that cannot be told come last; no name comes twice.
    ///
    /// A name that is held with another target is among them, and so may be a name outside the zone,
    /// when an alias at its apex is read as a record of the domain above: both are for the caller to see.
    pub fn missing_siblings(&self, held: &[(&DomainName, &DomainName)]) -> Vec<Sibling> {
        sibling::missing(self, held)
    }

    fn sets_of(&self, target: &DomainName) -> &[Set] {
        let of = |entry: &Entry| self.sets.get(&entry.provider.id);
        self.find(target).and_then(of).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(target: &str) -> Option<(String, Role)> {
        let catalogue = Catalogue::embedded().unwrap();
        let entry = catalogue.find(&DomainName::parse(target).unwrap())?;
        Some((entry.provider.id.to_string(), entry.role))
    }

    fn is(target: &str, provider: &str, role: Role) {
        assert_eq!(found(target), Some((provider.to_owned(), role)), "{target}");
    }

    #[test]
    fn one_provider_can_have_mail_and_tracking_under_one_suffix() {
        is("u1446226.wl123.sendgrid.net", "sendgrid", Role::ReturnPath);
        is("u1446226.wl.sendgrid.net", "sendgrid", Role::ReturnPath);
        is("rly.domainkey.u9.wl9.sendgrid.net", "sendgrid", Role::Dkim);
        is("sendgrid.net", "sendgrid", Role::Tracking);
        is("eu.sendgrid.net", "sendgrid", Role::Tracking);
        is("12.klaviyodns.com", "klaviyo", Role::ReturnPath);
        is("dct.klaviyodns.com", "klaviyo", Role::Tracking);
        is("mail1.zendesk.com", "zendesk", Role::ReturnPath);
        is("zendesk1._domainkey.zendesk.com", "zendesk", Role::Dkim);
        is("acme.zendesk.com", "zendesk", Role::WebHost);
        is("0a1b.p12.email.myshopify.com", "shopify", Role::ReturnPath);
        is("dkim2.0a1b.p12.email.myshopify.com", "shopify", Role::Dkim);
        is("shops.myshopify.com", "shopify", Role::WebHost);
        is("return.acems1.com", "activecampaign", Role::ReturnPath);
        is("track.customer.io", "customer-io", Role::Tracking);
    }

    #[test]
    fn both_formats_of_microsoft_365_are_known() {
        is("selector1-example-com._domainkey.contoso.onmicrosoft.com", "microsoft-365", Role::Dkim);
        is("selector1-example-com._domainkey.contoso.n-v1.dkim.mail.microsoft", "microsoft-365", Role::Dkim);
        is("autodiscover.outlook.com", "microsoft-365", Role::ClientSetup);
    }

    #[test]
    fn a_name_that_only_ends_alike_belongs_to_nobody() {
        for stranger in [
            "evilsendgrid.net",
            "u1.wl1.sendgrid.net.attacker.example",
            "evilmcsv.net",
            "dkim2.mcsv.net.example.com",
        ] {
            assert_eq!(found(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn the_account_behind_a_target_is_told() {
        let catalogue = Catalogue::embedded().unwrap();
        let account = |text: &str| {
            let target = DomainName::parse(text).unwrap();
            catalogue.find(&target).and_then(|entry| entry.account(&target).map(str::to_owned))
        };
        assert_eq!(account("s1.domainkey.u77.wl5.sendgrid.net").as_deref(), Some("u77"));
        assert_eq!(account("u77.wl9.sendgrid.net").as_deref(), Some("u77"));
        assert_eq!(account("12.klaviyodns.com").as_deref(), Some("12"));
        assert_eq!(account("pm.mtasv.net"), None);
    }
}
