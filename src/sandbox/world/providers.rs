//! What two mail providers know about their customers' domains. Pure.

use super::super::vendor::DKIM_KEY;

/// One record that SendGrid wants, and what its last look said.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The member of `dns`.
    pub(crate) key: &'static str,
    /// In lower case.
    pub(crate) kind: &'static str,
    pub(crate) host: String,
    pub(crate) data: String,
    pub(crate) valid: bool,
}

/// A domain at SendGrid.
#[derive(Debug, Clone)]
pub(crate) struct SendGrid {
    pub(crate) id: u64,
    pub(crate) user_id: u64,
    pub(crate) domain: String,
    pub(crate) subdomain: String,
    pub(crate) automatic_security: bool,
    /// At the top of the object. Once true it stays so: the description's own examples show `true` above
    /// a record that is not.
    pub(crate) valid: bool,
    pub(crate) parts: Vec<Part>,
}

impl SendGrid {
    /// A domain that was found in order when it was set up. `account` is the host behind which SendGrid
    /// publishes, without `.sendgrid.net`. Without automatic security the customer publishes MX and TXT records,
    /// no aliases.
    ///
    /// Source: `twilio/sendgrid-oai`, `tsg_domain_authentication_v3.json`, checked 2026-08-22. Its examples
    /// disagree on the targets (`s1.domainkey.…`, `s1._domainkey.…`); the form seen in zones is used.
    pub(crate) fn new(
        id: u64,
        domain: &str,
        subdomain: &str,
        account: &str,
        automatic_security: bool,
    ) -> Self {
        let target = format!("{account}.sendgrid.net");
        let digits: String = account.chars().skip(1).take_while(char::is_ascii_digit).collect();
        let host = format!("{subdomain}.{domain}");
        let key_at = |selector: &str| format!("{selector}._domainkey.{domain}");
        let part = |key, kind, host, data: &str| Part { key, kind, host, data: data.to_owned(), valid: true };
        let parts = if automatic_security {
            vec![
                part("mail_cname", "cname", host, &target),
                part("dkim1", "cname", key_at("s1"), &format!("s1.domainkey.{target}")),
                part("dkim2", "cname", key_at("s2"), &format!("s2.domainkey.{target}")),
            ]
        } else {
            vec![
                part("mail_server", "mx", host.clone(), "mx.sendgrid.net"),
                part("subdomain_spf", "txt", host, "v=spf1 include:sendgrid.net ~all"),
                part("dkim", "txt", key_at("m1"), DKIM_KEY),
            ]
        };
        Self {
            id,
            user_id: digits.parse().unwrap_or_default(),
            domain: domain.to_owned(),
            subdomain: subdomain.to_owned(),
            automatic_security,
            valid: true,
            parts,
        }
    }
}

/// A domain at Postmark.
#[derive(Debug, Clone)]
pub(crate) struct Postmark {
    pub(crate) id: u64,
    pub(crate) domain: String,
    pub(crate) return_path: String,
    pub(crate) return_path_verified: bool,
    /// Where its key is a TXT record: Postmark has no alias for it.
    pub(crate) dkim_host: String,
    /// Until the key has been seen it is called pending, and the other members for it are empty.
    pub(crate) dkim_verified: bool,
}

impl Postmark {
    /// Where every return path of Postmark leads.
    pub(crate) const TARGET: &str = "pm.mtasv.net";
}
