//! Cloudflare's own IPv4 addresses: what a proxied name answers with. Pure.

use std::net::{IpAddr, Ipv4Addr};

/// Published ranges: first address, bits. Source: `cloudflare.com/ips-v4`; checked 2026-08-22.
const RANGES: [([u8; 4], u32); 15] = [
    ([173, 245, 48, 0], 20),
    ([103, 21, 244, 0], 22),
    ([103, 22, 200, 0], 22),
    ([103, 31, 4, 0], 22),
    ([141, 101, 64, 0], 18),
    ([108, 162, 192, 0], 18),
    ([190, 93, 240, 0], 20),
    ([188, 114, 96, 0], 20),
    ([197, 234, 240, 0], 22),
    ([198, 41, 128, 0], 17),
    ([162, 158, 0, 0], 15),
    ([104, 16, 0, 0], 13),
    ([104, 24, 0, 0], 14),
    ([172, 64, 0, 0], 13),
    ([131, 0, 72, 0], 22),
];

/// Whether an address is in a published range. A hit alone proves nothing: a provider's target may sit
/// at Cloudflare itself. IPv6 is not looked at, because a proxied name answers both.
pub fn is_cloudflare(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return false };
    RANGES.iter().any(|(first, bits)| {
        let mask = u32::MAX << (32 - bits);
        u32::from(address) & mask == u32::from(Ipv4Addr::from(*first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_at_the_edges_of_a_range_are_told() {
        let is = |text: &str| is_cloudflare(text.parse().unwrap());
        assert!(is("104.16.0.0") && is("104.23.255.255") && is("131.0.75.255"));
        assert!(!is("104.15.255.255") && !is("104.28.0.0") && !is("192.0.2.1"));
    }
}
