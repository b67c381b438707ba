//! Who is asked, how the question travels, and how servers are written. Pure.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// Where a server is and how a question travels there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// UDP, and TCP when the answer does not fit.
    Udp(SocketAddr),
    /// TCP only.
    Tcp(SocketAddr),
    /// DNS over TLS. Source: RFC 7858.
    Tls {
        /// Where it listens.
        address: SocketAddr,
        /// The name that its certificate must carry; without one the address itself.
        name: Option<String>,
    },
    /// DNS over HTTPS. Source: RFC 8484.
    Https {
        /// The address of its page, scheme and all.
        url: String,
        /// Where its host is, if that must not be looked up.
        address: Option<SocketAddr>,
    },
}

impl Endpoint {
    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Udp(address)
            | Self::Tcp(address)
            | Self::Tls { address, .. }
            | Self::Https { address: Some(address), .. } => address.ip().is_loopback(),
            Self::Https { url, address: None } => {
                let host = host(url);
                let bare = host.trim_start_matches('[').trim_end_matches(']');
                bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
        }
    }

    /// The words for its kind of transport.
    pub fn transport(&self) -> &'static str {
        match self {
            Self::Udp(_) => "UDP",
            Self::Tcp(_) => "TCP",
            Self::Tls { .. } => "TLS",
            Self::Https { .. } => "HTTPS",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(address) => f.write_str(&at_port(*address, DNS)),
            Self::Tcp(address) => write!(f, "tcp://{}", at_port(*address, DNS)),
            Self::Tls { address, name: None } => write!(f, "tls://{}", at_port(*address, DNS_OVER_TLS)),
            Self::Tls { address, name: Some(name) } => {
                write!(f, "tls://{}#{name}", at_port(*address, DNS_OVER_TLS))
            }
            Self::Https { url, .. } => f.write_str(url),
        }
    }
}

/// An address as people write it: without the port that goes without saying.
fn at_port(address: SocketAddr, usual: u16) -> String {
    if address.port() == usual { address.ip().to_string() } else { address.to_string() }
}

/// The host of a URL, IPv6 addresses in brackets. Empty if there is none.
pub(crate) fn host(url: &str) -> String {
    let url = reqwest::Url::parse(url).ok();
    url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default().to_owned()
}

crate::model::words::words! {
    /// What a server is to us.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Kind {
        /// Answers for the zone itself: decides whether something is published.
        Authoritative = "authoritative",
        /// Answers for others, from its memory: tells who still holds an old answer.
        Resolver = "resolver",
    }
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Where it is and how it is asked.
    pub endpoint: Endpoint,
    /// What it is to us.
    pub kind: Kind,
    /// Its name, where it has one that people know.
    pub name: Option<String>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.endpoint),
            None => self.endpoint.fmt(f),
        }
    }
}

/// A public resolver that is asked unless others are named, and how it is reached where questions to port
/// 53 get no answer.
#[derive(Debug, Clone, Copy)]
pub struct WellKnown {
    pub address: &'static str,
    pub tls: &'static str,
    /// Its page, with its address, so that nothing has to be looked up.
    pub https: &'static str,
}

/// The public resolvers. Their pages and addresses are as the operators publish them, from general knowledge:
/// none could be asked from where this was written.
pub const WELL_KNOWN: [WellKnown; 4] = [
    ways("1.1.1.1", "tls://1.1.1.1#cloudflare-dns.com", "https://cloudflare-dns.com/dns-query#1.1.1.1"),
    ways("8.8.8.8", "tls://8.8.8.8#dns.google", "https://dns.google/dns-query#8.8.8.8"),
    ways("9.9.9.9", "tls://9.9.9.9#dns.quad9.net", "https://dns.quad9.net/dns-query#9.9.9.9"),
    ways(
        "208.67.222.222",
        "tls://208.67.222.222#dns.opendns.com",
        "https://doh.opendns.com/dns-query#146.112.41.2",
    ),
];

const fn ways(address: &'static str, tls: &'static str, https: &'static str) -> WellKnown {
    WellKnown { address, tls, https }
}

/// The public resolvers as they are asked first.
pub fn well_known() -> Vec<Server> {
    servers(WELL_KNOWN.iter().map(|one| one.address))
}

/// The same resolvers over HTTPS.
pub fn well_known_over_https() -> Vec<Server> {
    servers(WELL_KNOWN.iter().map(|one| one.https))
}

fn servers(specs: impl Iterator<Item = &'static str>) -> Vec<Server> {
    let at = specs.filter_map(|spec| spec.parse().ok());
    at.map(|endpoint| Server { endpoint, kind: Kind::Resolver, name: None }).collect()
}

/// A server as the user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSpec {
    /// A place and a transport.
    At(Endpoint),
    /// Whatever this machine is set up to ask.
    System,
}

/// Why a text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`{why}")]
pub struct BadServer {
    text: String,
    why: &'static str,
}

impl BadServer {
    fn new(text: &str, why: &'static str) -> Self {
        Self { text: crate::model::plain::address(text), why }
    }
}

const DNS: u16 = 53;
const DNS_OVER_TLS: u16 = 853;
const HTTPS: u16 = 443;
/// Longest URL that is accepted, in octets.
const LONGEST_URL: usize = 512;

impl FromStr for ServerSpec {
    type Err = BadServer;

    /// Reads `system`, or what an [`Endpoint`] reads.
    fn from_str(text: &str) -> Result<Self, BadServer> {
        if text == "system" { Ok(Self::System) } else { text.parse().map(Self::At) }
    }
}

impl FromStr for Endpoint {
    type Err = BadServer;

    /// Reads `1.1.1.1`, `1.1.1.1:5353`, `[::1]:53`, `udp://…`, `tcp://…`, `tls://1.1.1.1#name`,
    /// `https://host/dns-query`, the same with `#1.1.1.1` for where the host is.
    fn from_str(text: &str) -> Result<Self, BadServer> {
        match text.split_once("://") {
            None => address(text, text, DNS).map(Self::Udp),
            Some(("udp", rest)) => address(text, rest, DNS).map(Self::Udp),
            Some(("tcp", rest)) => address(text, rest, DNS).map(Self::Tcp),
            Some(("tls", rest)) => over_tls(text, rest),
            Some(("https", _)) => over_https(text),
            Some(_) => Err(BadServer::new(text, ": only udp://, tcp://, tls:// and https:// are spoken")),
        }
    }
}

/// Reads an address with or without a port; `text` is what the user wrote.
fn address(text: &str, rest: &str, port: u16) -> Result<SocketAddr, BadServer> {
    let bracketed = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let bare = match bracketed {
        Some(inner) => inner.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => rest.parse::<IpAddr>(),
    };
    let address = bare.map(|ip| SocketAddr::new(ip, port)).or_else(|_| rest.parse::<SocketAddr>());
    let is_usable = |at: &SocketAddr| at.port() != 0 && !at.ip().is_unspecified() && !at.ip().is_multicast();
    address.ok().filter(is_usable).ok_or_else(|| BadServer::new(text, " is not the address of a name server"))
}

fn over_tls(text: &str, rest: &str) -> Result<Endpoint, BadServer> {
    let (place, name) = rest.split_once('#').map_or((rest, None), |(place, name)| (place, Some(name)));
    let address = address(text, place, DNS_OVER_TLS)?;
    let is_name = |name: &str| rustls::pki_types::ServerName::try_from(name).is_ok();
    match name {
        Some(name) if !is_name(name) => {
            Err(BadServer::new(text, ": what follows the # must be the name in the server's certificate"))
        }
        _ => Ok(Endpoint::Tls { address, name: name.map(str::to_owned) }),
    }
}

fn over_https(text: &str) -> Result<Endpoint, BadServer> {
    let bad = || BadServer::new(text, " is not the address of a page for DNS over HTTPS");
    let (url, pinned) = text.split_once('#').map_or((text, None), |(url, at)| (url, Some(at)));
    let parsed = reqwest::Url::parse(url).map_err(|_| bad())?;
    let has_secret = !parsed.username().is_empty() || parsed.password().is_some();
    let port = parsed.port().unwrap_or(HTTPS);
    if url.len() > LONGEST_URL || parsed.host_str().is_none() || has_secret || port == 0 {
        return Err(bad());
    }
    let address = pinned.map(|at| address(text, at, port)).transpose()?;
    // Without a path the usual one is meant. Source: RFC 8484 section 4.1.1.
    let url = if parsed.path() == "/" { format!("{}dns-query", parsed.as_str()) } else { parsed.to_string() };
    Ok(Endpoint::Https { url, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn endpoint(text: &str) -> Endpoint {
        match text.parse() {
            Ok(ServerSpec::At(endpoint)) => endpoint,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn servers_are_read_as_people_write_them() {
        assert_eq!(endpoint("1.1.1.1"), Endpoint::Udp(at("1.1.1.1:53")));
        assert_eq!(endpoint("udp://9.9.9.9:53"), Endpoint::Udp(at("9.9.9.9:53")));
        assert_eq!(endpoint("tcp://127.0.0.1:5353"), Endpoint::Tcp(at("127.0.0.1:5353")));
        assert_eq!(endpoint("[2606:4700:4700::1111]"), Endpoint::Udp(at("[2606:4700:4700::1111]:53")));
        assert_eq!(endpoint("::1"), Endpoint::Udp(at("[::1]:53")));
        assert_eq!(endpoint("[::1]:5353"), Endpoint::Udp(at("[::1]:5353")));
        assert_eq!("system".parse(), Ok(ServerSpec::System));
        let (address, name) = (at("1.1.1.1:853"), None);
        assert_eq!(endpoint("tls://1.1.1.1"), Endpoint::Tls { address, name });
        let (address, name) = (at("1.1.1.1:8853"), Some("cloudflare-dns.com".to_owned()));
        assert_eq!(endpoint("tls://1.1.1.1:8853#cloudflare-dns.com"), Endpoint::Tls { address, name });
    }

    #[test]
    fn a_page_may_say_where_its_host_is() {
        let https = |url: &str, address: Option<&str>| Endpoint::Https {
            url: url.to_owned(),
            address: address.map(at),
        };
        assert_eq!(endpoint("https://dns.google/dns-query"), https("https://dns.google/dns-query", None));
        assert_eq!(endpoint("https://dns.google"), https("https://dns.google/dns-query", None));
        assert_eq!(
            endpoint("https://dns.test:4443/q#127.0.0.1"),
            https("https://dns.test:4443/q", Some("127.0.0.1:4443"))
        );
        assert!(endpoint("https://dns.test/q#127.0.0.1").is_loopback());
        assert!(endpoint("https://[::1]:4443/q").is_loopback());
        assert!(!endpoint("https://dns.google").is_loopback());
    }

    #[test]
    fn what_is_shown_can_be_given_back() {
        for text in [
            "1.1.1.1",
            "127.0.0.1:5301",
            "[::1]:5301",
            "tcp://9.9.9.9",
            "tls://1.1.1.1",
            "tls://[2606:4700:4700::1111]:8853#cloudflare-dns.com",
            "https://dns.google/dns-query",
        ] {
            assert_eq!(endpoint(text).to_string(), text);
        }
    }

    #[test]
    fn what_names_no_server_is_refused() {
        let why = |text: &str| text.parse::<ServerSpec>().unwrap_err().why;
        for bad in ["", "1.1.1", "resolver.example", "1.1.1.1:0", "0.0.0.0", "1.1.1.1:99999", "[1.1.1.1"] {
            assert!(why(bad).contains("name server"), "{bad}");
        }
        for bad in ["quic://1.1.1.1", "http://dns.google/dns-query", "dns://1.1.1.1"] {
            assert!(why(bad).contains("are spoken"), "{bad}");
        }
        for bad in ["tls://1.1.1.1#", "tls://1.1.1.1#a b"] {
            assert!(why(bad).contains("certificate"), "{bad}");
        }
        for bad in ["https://", "https://user:word@dns.google/dns-query", "https://dns.google:0/"] {
            assert!(why(bad).contains("page"), "{bad}");
        }
        assert!(why("tls://dns.google").contains("name server"));
        assert!(why("https://dns.test/q#nowhere").contains("name server"));
    }

    #[test]
    fn every_default_resolver_is_known_over_https_with_its_address() {
        let servers = well_known_over_https();
        assert_eq!(servers.len(), WELL_KNOWN.len());
        for server in servers {
            assert!(matches!(server.endpoint, Endpoint::Https { address: Some(_), .. }), "{server}");
        }
    }
}
