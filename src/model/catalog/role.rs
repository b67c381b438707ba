//! What records are for, what may be done to them, and how well that is established. Pure.

use serde::Deserialize;

use crate::model::dns::DomainName;

crate::model::words::words! {
    /// What a record is for.
    #[derive(PartialOrd, Ord, Hash, Deserialize)]
    pub enum Role {
        /// Leads to a DKIM key.
        Dkim = "dkim",
        /// Takes bounces and carries the SPF policy of the envelope sender.
        ReturnPath = "return-path",
        /// Leads to a DMARC policy.
        Dmarc = "dmarc",
        /// Proves to a provider that the domain is its customer's.
        Verification = "verification",
        /// Another text record reached through an alias, such as `_mta-sts`.
        TextByAlias = "text-by-alias",
        /// Counts clicks or opens; HTTP, not authentication.
        Tracking = "tracking",
        /// A web site.
        WebHost = "web-host",
        /// Helps mail programs set themselves up; HTTP, not authentication.
        ClientSetup = "client-setup",
        /// Proves to an issuer of certificates who runs the domain; never for mail.
        Certificate = "certificate",
        /// Named by the user; nothing else is known about it.
        Named = "named",
    }
}

impl Role {
    /// What it is for, for people: `a DKIM key`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Dkim => "a DKIM key",
            Self::ReturnPath => "the return path",
            Self::Dmarc => "a DMARC policy",
            Self::Verification => "verification",
            Self::TextByAlias => "a text record",
            Self::Tracking => "click and open tracking",
            Self::WebHost => "a web site",
            Self::ClientSetup => "setting up mail programs",
            Self::Certificate => "a certificate",
            Self::Named => "a record you named",
        }
    }

    /// Whether mail needs it: servers ask for it over DNS, never over HTTP.
    pub fn is_for_mail(self) -> bool {
        match self {
            Self::Dkim
            | Self::ReturnPath
            | Self::Dmarc
            | Self::Verification
            | Self::TextByAlias
            | Self::Named => true,
            Self::Tracking | Self::WebHost | Self::ClientSetup | Self::Certificate => false,
        }
    }
}

/// What a name is for whatever it points to: labels with an underscore belong to text records, never to
/// web hosts.
///
/// `mta-sts` without an underscore is a web host and may be proxied on purpose (RFC 8461 section 3.3).
pub fn role_of_name(name: &DomainName) -> Option<Role> {
    let has = |wanted: &str| name.labels().any(|label| label == wanted);
    if is_never_mail(name) {
        None
    } else if has("_domainkey") {
        Some(Role::Dkim)
    } else if has("_dmarc") {
        Some(Role::Dmarc)
    } else {
        name.labels().any(|label| label.starts_with('_')).then_some(Role::TextByAlias)
    }
}

/// Whether a name with an underscore label is asked for by others than mail servers: issuers of certificates
/// (`_acme-challenge`, and an underscore with 32 hexadecimal digits) or Domain Connect (`_domainconnect`).
///
/// Source: RFC 8555 section 8.4; docs.aws.amazon.com/acm (DNS validation); www.sectigo.com, DCV by CNAME;
/// draft-ietf-dconn-domainconnect; checked 2026-11-26.
pub fn is_never_mail(name: &DomainName) -> bool {
    let is_digest = |label: &str| {
        let digits = label.strip_prefix('_');
        digits.is_some_and(|text| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    name.labels().any(|label| matches!(label, "_acme-challenge" | "_domainconnect") || is_digest(label))
}

crate::model::words::words! {
    /// What may be done to a record.
    #[derive(Deserialize)]
    pub enum Treatment {
        /// It may be fixed: proxying breaks it, and nobody proxies it on purpose.
        Fix = "mend",
        /// It is reported, and fixed only when the user names it.
        Confirm = "ask",
        /// It is left alone: there are good reasons to proxy it.
        Leave = "keep",
    }
}

impl Treatment {
    /// What may be done to a record by its role, unless the provider's file says otherwise.
    pub fn by_role(role: Role) -> Self {
        match role {
            Role::ClientSetup => Self::Confirm,
            role if role.is_for_mail() => Self::Fix,
            _ => Self::Leave,
        }
    }
}

/// Something that must be found behind a target for mail to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publishes {
    /// A DKIM key.
    DkimKey,
    /// An SPF policy.
    Spf,
    /// A mail exchanger.
    Mx,
    /// A DMARC policy.
    Dmarc,
}

impl Publishes {
    /// What a role needs behind it unless the provider's file says otherwise.
    pub fn by_role(role: Role) -> Vec<Self> {
        match role {
            Role::Dkim => vec![Self::DkimKey],
            Role::ReturnPath => vec![Self::Spf, Self::Mx],
            Role::Dmarc => vec![Self::Dmarc],
            _ => Vec::new(),
        }
    }
}

/// How well a fact is established: A by the provider itself, B by several independent zone files,
/// C by one, D by inference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Evidence {
    /// The provider's own word.
    A,
    /// Several independent zone files.
    B,
    /// One file, or somebody else's catalog.
    C,
    /// Inference.
    D,
}

impl Evidence {
    /// The words used in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::A => "the provider says so",
            Self::B => "several independent zones agree",
            Self::C => "one zone or catalog shows it",
            Self::D => "inferred",
        }
    }
}
