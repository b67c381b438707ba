//! What two mail providers know about their customers' domains. Pure.

/// One record that SendGrid wants, and what its last look said.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Part {
    /// The member of `dns`.
    pub(in crate::sandbox) key: &'static str,
    /// In lower case.
    pub(in crate::sandbox) kind: &'static str,
    pub(in crate::sandbox) host: String,
    pub(in crate::sandbox) data: String,
    pub(in crate::sandbox) valid: bool,
}

/// A domain at SendGrid.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct SendGrid {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) user_id: u64,
    pub(in crate::sandbox) domain: String,
    pub(in crate::sandbox) subdomain: String,
    pub(in crate::sandbox) automatic_security: bool,
    /// At the top of the object. Once true it stays so: the description's own examples show `true` above
    /// a record that is not.
    pub(in crate::sandbox) valid: bool,
    pub(in crate::sandbox) parts: Vec<Part>,
}

impl SendGrid {
    /// A domain that was found in order when it was set up. `account` is the host behind which SendGrid
    /// publishes, without `.sendgrid.net`.
    ///
    /// Source: `twilio/sendgrid-oai`, `tsg_domain_authentication_v3.json`, checked 2026-08-22. Its examples
    /// disagree on the targets (`s1.domainkey.…`, `s1._domainkey.…`); the form seen in zones is used.
    pub(in crate::sandbox) fn new(id: u64, domain: &str, subdomain: &str, account: &str) -> Self {
        let target = format!("{account}.sendgrid.net");
        let digits: String = account.chars().skip(1).take_while(char::is_ascii_digit).collect();
        let part = |key, host: String, data| Part { key, kind: "cname", host, data, valid: true };
        Self {
            id,
            user_id: digits.parse().unwrap_or_default(),
            domain: domain.to_owned(),
            subdomain: subdomain.to_owned(),
            automatic_security: true,
            valid: true,
            parts: vec![
                part("mail_cname", format!("{subdomain}.{domain}"), target.clone()),
                part("dkim1", format!("s1._domainkey.{domain}"), format!("s1.domainkey.{target}")),
                part("dkim2", format!("s2._domainkey.{domain}"), format!("s2.domainkey.{target}")),
            ],
        }
    }

    /// The same without automatic security: the customer publishes MX and TXT records, no aliases.
    pub(in crate::sandbox) fn manual(mut self, key: &str) -> Self {
        let host = format!("{}.{}", self.subdomain, self.domain);
        let dkim = format!("m1._domainkey.{}", self.domain);
        let part = |key, kind, host: &str, data: &str| Part {
            key,
            kind,
            host: host.to_owned(),
            data: data.to_owned(),
            valid: true,
        };
        self.automatic_security = false;
        self.parts = vec![
            part("mail_server", "mx", &host, "mx.sendgrid.net"),
            part("subdomain_spf", "txt", &host, "v=spf1 include:sendgrid.net ~all"),
            part("dkim", "txt", &dkim, key),
        ];
        self
    }
}

/// A domain at Postmark.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct Postmark {
    pub(in crate::sandbox) id: u64,
    pub(in crate::sandbox) domain: String,
    pub(in crate::sandbox) return_path: String,
    pub(in crate::sandbox) return_path_verified: bool,
    /// A TXT record: Postmark has no alias for its key.
    pub(in crate::sandbox) dkim_host: String,
    pub(in crate::sandbox) dkim_text: String,
    /// Until the key has been seen it is called pending, and the other members for it are empty.
    pub(in crate::sandbox) dkim_verified: bool,
}

impl Postmark {
    /// Where every return path of Postmark leads.
    pub(in crate::sandbox) const TARGET: &str = "pm.mtasv.net";
}
