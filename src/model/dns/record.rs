//! Record types and lifetimes as far as this program tells them apart. Pure.

use std::fmt;

/// The type of a record. What this program has no rule about stays a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// An IPv4 address.
    A,
    /// An IPv6 address.
    Aaaa,
    /// An alias: the only type this program ever writes.
    Cname,
    /// A mail exchanger.
    Mx,
    /// A delegation to other name servers.
    Ns,
    /// Text: SPF, DKIM and DMARC live here.
    Txt,
    /// Any other type, by its name.
    Other(Box<str>),
}

impl RecordType {
    /// Reads a type by the name that the API and zone files use.
    pub fn from_name(name: &str) -> Self {
        match name {
            "A" => Self::A,
            "AAAA" => Self::Aaaa,
            "CNAME" => Self::Cname,
            "MX" => Self::Mx,
            "NS" => Self::Ns,
            "TXT" => Self::Txt,
            other => Self::Other(other.into()),
        }
    }

    /// The name that the API and zone files use.
    pub fn as_str(&self) -> &str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Txt => "TXT",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ttl {
    /// Cloudflare chooses (300 s today); the API writes this as `1`.
    Automatic,
    /// A number of seconds. Cloudflare takes 60 to 86,400, Enterprise zones 30.
    Seconds(u32),
}

impl Ttl {
    /// Reads the number that the API uses.
    pub fn from_api(number: u32) -> Self {
        if number == 1 { Self::Automatic } else { Self::Seconds(number) }
    }

    /// The number that the API uses.
    pub fn to_api(self) -> u32 {
        match self {
            Self::Automatic => 1,
            Self::Seconds(seconds) => seconds,
        }
    }
}
