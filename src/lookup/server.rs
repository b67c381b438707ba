//! Who is asked, and how servers are written. Pure.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// How a question travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// UDP, and TCP when the answer does not fit.
    Udp,
    /// TCP only.
    Tcp,
}

/// What a server is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Answers for the zone itself: decides whether something is published.
    Authoritative,
    /// Answers for others, from its memory: tells who still holds an old answer.
    Resolver,
}

impl Kind {
    /// The word used in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Authoritative => "authoritative",
            Self::Resolver => "resolver",
        }
    }
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// How it is asked.
    pub transport: Transport,
    /// What it is to us.
    pub kind: Kind,
    /// Its name, where it has one that people know.
    pub name: Option<String>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.transport {
            Transport::Udp => "",
            Transport::Tcp => "tcp://",
        };
        let address = match self.address.port() {
            53 => self.address.ip().to_string(),
            _ => self.address.to_string(),
        };
        match &self.name {
            Some(name) => write!(f, "{name} ({scheme}{address})"),
            None => write!(f, "{scheme}{address}"),
        }
    }
}

/// A server as the user writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSpec {
    /// An address and a transport.
    At(SocketAddr, Transport),
    /// Whatever this machine is set up to ask.
    System,
}

/// Why a text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServer {
    /// No address.
    #[error("`{0}` is not the address of a name server")]
    NoAddress(String),
    /// A transport this program does not speak.
    #[error("`{0}`: only udp:// and tcp:// are spoken so far")]
    Transport(String),
}

impl FromStr for ServerSpec {
    type Err = BadServer;

    /// Reads `1.1.1.1`, `1.1.1.1:5353`, `[::1]:53`, `udp://…`, `tcp://…` or `system`.
    fn from_str(text: &str) -> Result<Self, BadServer> {
        let shown = || crate::plain::line(text);
        if text == "system" {
            return Ok(Self::System);
        }
        let (transport, rest) = match text.split_once("://") {
            None => (Transport::Udp, text),
            Some(("udp", rest)) => (Transport::Udp, rest),
            Some(("tcp", rest)) => (Transport::Tcp, rest),
            Some(_) => return Err(BadServer::Transport(shown())),
        };
        let bare = rest.trim_start_matches('[').trim_end_matches(']');
        let address = bare
            .parse::<IpAddr>()
            .map(|ip| SocketAddr::new(ip, 53))
            .or_else(|_| rest.parse::<SocketAddr>())
            .map_err(|_| BadServer::NoAddress(shown()))?;
        if address.port() == 0 || address.ip().is_unspecified() || address.ip().is_multicast() {
            return Err(BadServer::NoAddress(shown()));
        }
        Ok(Self::At(address, transport))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_people_write_them() {
        let at = |text: &str, transport| Ok(ServerSpec::At(text.parse().unwrap(), transport));
        assert_eq!("1.1.1.1".parse(), at("1.1.1.1:53", Transport::Udp));
        assert_eq!("udp://9.9.9.9:53".parse(), at("9.9.9.9:53", Transport::Udp));
        assert_eq!("tcp://127.0.0.1:5353".parse(), at("127.0.0.1:5353", Transport::Tcp));
        assert_eq!("[2606:4700:4700::1111]".parse(), at("[2606:4700:4700::1111]:53", Transport::Udp));
        assert_eq!("::1".parse(), at("[::1]:53", Transport::Udp));
        assert_eq!("system".parse(), Ok(ServerSpec::System));
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for bad in ["", "1.1.1", "resolver.example", "1.1.1.1:0", "0.0.0.0", "1.1.1.1:99999"] {
            assert!(matches!(bad.parse::<ServerSpec>(), Err(BadServer::NoAddress(_))), "{bad}");
        }
        assert!(matches!("tls://1.1.1.1".parse::<ServerSpec>(), Err(BadServer::Transport(_))));
    }
}
