//! What a sending provider itself wants and says about a domain. Pure.

use crate::model::dns::DomainName;

/// A domain that is set up at a sending provider, and the records that it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingDomain {
    /// What the provider calls it in requests.
    pub handle: String,
    /// The domain whose mail is authenticated.
    pub domain: DomainName,
    /// The aliases it wants, in the provider's order.
    pub records: Vec<WantedAlias>,
    /// What else it wants, in words: text records, mail exchangers, what cannot be read.
    pub aside: Vec<String>,
}

/// An alias that a provider wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedAlias {
    pub name: DomainName,
    pub target: DomainName,
}

/// What a provider says about one of its records.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Said {
    /// The name of the record, or the provider's word for it.
    pub what: String,
    /// Whether the provider is content with it.
    #[serde(rename = "valid")]
    pub is_valid: bool,
    /// Why the provider is not content, in its own words.
    pub reason: Option<String>,
}
