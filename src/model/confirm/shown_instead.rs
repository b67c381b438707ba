//! What stands in the place of an alias that cannot be seen. Pure.

use std::net::IpAddr;

use crate::model::dns::DomainName;
use crate::model::lookup::{Observation, SeenData, is_cloudflare};

/// What a name shows instead of its alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownInstead {
    /// An address of Cloudflare's.
    Proxied(IpAddr),
    /// An address that the target has.
    Flattened(IpAddr),
    /// Another address.
    Address(IpAddr),
}

impl ShownInstead {
    /// As evidence, with how sure it is.
    pub fn words(self) -> String {
        match self {
            Self::Proxied(address) => {
                format!("it answers with {address}, an address of Cloudflare's: most likely it is proxied")
            }
            Self::Flattened(address) => format!(
                "it answers with {address}, an address of its target: the CNAME is flattened, by its own setting or by \
                 that of the zone"
            ),
            Self::Address(address) => format!(
                "it answers with {address}, which is not Cloudflare's: an address record stands there, or a flattened \
                 CNAME"
            ),
        }
    }
}

/// What the addresses at `name` tell, beside those at its target if that is known.
pub fn shown_instead(
    name: &DomainName,
    at_name: &Observation,
    at_target: &Observation,
) -> Option<ShownInstead> {
    if at_name.alias_at(name).is_some() {
        return None;
    }
    let here: Vec<IpAddr> = addresses(at_name).collect();
    let first = *here.first()?;
    if let Some(proxied) = here.iter().copied().find(|address| is_cloudflare(*address)) {
        return Some(ShownInstead::Proxied(proxied));
    }
    let shared = addresses(at_target).find(|address| here.contains(address));
    Some(shared.map_or(ShownInstead::Address(first), ShownInstead::Flattened))
}

fn addresses(heard: &Observation) -> impl Iterator<Item = IpAddr> {
    heard.records().iter().filter_map(|seen| match seen.data {
        SeenData::Address(address) => Some(address),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lookup::Seen;
    use crate::testing::name;

    fn shows(addresses: &[&str]) -> Observation {
        let seen = |address: &&str| Seen {
            name: name("em1.example.com"),
            ttl: 60,
            data: SeenData::Address(address.parse().unwrap()),
        };
        Observation::Answer(addresses.iter().map(seen).collect())
    }

    fn told(here: &[&str], there: &[&str]) -> Option<ShownInstead> {
        shown_instead(&name("em1.example.com"), &shows(here), &shows(there))
    }

    #[test]
    fn proxied_flattened_and_other_addresses_are_told_apart() {
        let address = |text: &str| text.parse().unwrap();
        assert_eq!(told(&["104.16.1.1"], &[]), Some(ShownInstead::Proxied(address("104.16.1.1"))));
        let flattened = told(&["192.0.2.1", "192.0.2.2"], &["192.0.2.2"]);
        assert_eq!(flattened, Some(ShownInstead::Flattened(address("192.0.2.2"))));
        assert_eq!(told(&["192.0.2.1"], &["192.0.2.9"]), Some(ShownInstead::Address(address("192.0.2.1"))));
        assert_eq!(told(&[], &["192.0.2.9"]), None);
    }

    #[test]
    fn an_alias_that_is_seen_is_no_disguise() {
        let alias = Observation::Answer(vec![Seen {
            name: name("em1.example.com"),
            ttl: 60,
            data: SeenData::Alias(name("u1.wl1.sendgrid.net")),
        }]);
        assert_eq!(shown_instead(&name("em1.example.com"), &alias, &Observation::Silent), None);
    }
}
