//! DMARC policies: whether receivers act on one, and if not, why. Pure.
//!
//! Source: RFC 7489 section 6.3; checked 2026-08-22.

crate::model::words::words! {
    /// What a domain asks receivers to do with mail that fails, as a policy writes it.
    #[derive(PartialOrd, Ord)]
    pub enum Request {
        /// Nothing: reports only.
        None = "p=none",
        /// Treat it as suspicious.
        Quarantine = "p=quarantine",
        /// Refuse it.
        Reject = "p=reject",
    }
}

/// Why receivers do not act on a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// The first tag is another.
    #[error("a DMARC policy begins with v=DMARC1")]
    Version,
    /// A character that does not belong there, such as a typographic quote.
    #[error("a DMARC policy holds plain ASCII characters only")]
    NotPlain,
    /// There is no `p=`.
    #[error("the policy lacks p=none, p=quarantine or p=reject")]
    NoRequest,
    /// `p=` asks for something else.
    #[error("p={0} is none of p=none, p=quarantine and p=reject")]
    Request(String),
}

/// Reads the logical text of a TXT record as a DMARC policy.
pub fn dmarc(text: &str) -> Result<Request, BadPolicy> {
    if super::policy(text) != super::Policy::Dmarc {
        return Err(BadPolicy::Version);
    }
    if !text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Err(BadPolicy::NotPlain);
    }
    let tags = super::tags(text);
    let request = tags.iter().find(|(tag, _)| tag == "p").ok_or(BadPolicy::NoRequest)?.1;
    let written = format!("p={}", request.to_ascii_lowercase());
    let known = Request::ALL.into_iter().find(|known| known.word() == written);
    known.ok_or_else(|| BadPolicy::Request(crate::model::plain::sanitize_line(request)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_or_refused_with_the_reason() {
        assert_eq!(dmarc("v=DMARC1; p=none; rua=mailto:a@b.test"), Ok(Request::None));
        assert_eq!(dmarc("v=DMARC1;P=Reject"), Ok(Request::Reject));
        assert_eq!(dmarc("v=DMARC1; p=quarantine;"), Ok(Request::Quarantine));
        assert_eq!(dmarc("DMARC1 p=none"), Err(BadPolicy::Version));
        assert_eq!(dmarc("v=dmarc1; p=none"), Err(BadPolicy::Version), "receivers compare it precisely");
        assert_eq!(dmarc("v=DMARC1; rua=mailto:a@b.test"), Err(BadPolicy::NoRequest));
        assert_eq!(dmarc("v=DMARC1; p=maybe"), Err(BadPolicy::Request("maybe".to_owned())));
        assert_eq!(dmarc("v=DMARC1; p=none; rua=mailto:ä@b.test"), Err(BadPolicy::NotPlain));
    }
}
