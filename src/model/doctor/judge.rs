//! From what was seen to what it means. Pure.

use std::time::Duration;

use super::{Area, Check, State};
use crate::model::credential::{CredentialKind, TokenStatus};
use crate::model::failure::{Exit, Failure};
use crate::model::lookup::{Distrust, Observation};
use crate::model::plain;
use crate::model::token_form::Purpose;

/// A clock that is off by less disturbs nothing.
const TOLERATED_SKEW: u64 = 60;

/// What opens the API, in a few words.
fn words(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::UserToken => "a user's token",
        CredentialKind::AccountToken => "an account's token",
        CredentialKind::Token => "a token",
        CredentialKind::GlobalKey => "the legacy global key",
    }
}

/// What came of a try: what was found, or why it failed.
pub type Tried<T> = Result<T, Failure>;

fn cloudflare(name: impl Into<String>, state: State, says: impl Into<String>) -> Check {
    Check::new(Area::Cloudflare, name, state, says)
}

/// No credential was given.
pub fn without_credential() -> Check {
    cloudflare("token", State::Weak, "none is set: audit and fix need a token; confirm works without")
        .costs("audit, fix, snapshot and undo; confirm, providers, expect and explain need none")
        .remedy(format!("run `cf-domauth init`; it takes a token from this form: {}", Purpose::Repair.link()))
}

/// Whether the API answers at all, and how fast.
pub fn reach(base: &str, tried: &Tried<Duration>) -> Check {
    match tried {
        Ok(took) => {
            let says = format!("{} answers in {} ms", plain::sanitize_line(base), took.as_millis());
            cloudflare("API", State::Good, says)
        }
        Err(failure) => cloudflare("API", State::Bad, &failure.message)
            .costs("everything but confirm, providers and explain")
            .remedy("check the network, the proxy and --api-url, then try again")
            .ends_with(Exit::Unreachable),
    }
}

/// How far this clock is from the API's. `None` if the API did not tell the time.
pub fn clock(ahead: Option<i64>) -> Check {
    let Some(ahead) = ahead else {
        return cloudflare("clock", State::Unknown, "the API did not tell the time");
    };
    let by = plain::seconds(ahead.unsigned_abs());
    let says = match ahead {
        -2..=2 => "agrees with Cloudflare's".to_owned(),
        3.. => format!("{by} ahead of Cloudflare's"),
        _ => format!("{by} behind Cloudflare's"),
    };
    if ahead.unsigned_abs() <= TOLERATED_SKEW {
        return cloudflare("clock", State::Good, says);
    }
    cloudflare("clock", State::Weak, says)
        .costs(
            "times in reports and journals; what the audit log is asked for; certificates, if it is far off",
        )
        .remedy("set this machine's clock, for example with NTP")
}

/// What is left of the request limit: requests, and seconds until it is renewed.
pub fn rate_limit(told: Option<(u64, u64)>) -> Check {
    let name = "request limit";
    let Some((left, reset)) = told else {
        return cloudflare(name, State::Note, "the API does not tell what is left of it");
    };
    let requests = plain::count(usize::try_from(left).unwrap_or(usize::MAX), "request");
    let says = format!("{requests} left, renewed in {}", plain::seconds(reset));
    if left < 100 {
        cloudflare(name, State::Weak, says).costs("a run over many zones would have to pause")
    } else {
        cloudflare(name, State::Good, says)
    }
}

/// Whether what opens the API is valid: both verify paths are asked, and neither is trusted alone, because a good
/// account's token is "invalid" on the user's path, and a verified token may see nothing.
///
/// `verified` is the status and the end of validity as either path told it; `sees_zones` whether
/// any zone was shown: an empty list proves nothing.
pub fn credential(
    kind: CredentialKind,
    verified: &Tried<(TokenStatus, Option<String>)>,
    sees_zones: bool,
) -> Check {
    let what = words(kind);
    let of = |state, says: String| cloudflare("token", state, says);
    let refused = |says| {
        of(State::Bad, says)
            .costs("audit, fix, snapshot and undo")
            .remedy(format!("make a token; this link fills the form: {}", Purpose::Repair.link()))
            .ends_with(Exit::Refused)
    };
    match verified {
        Ok((TokenStatus::Active, until)) => {
            let until = until.as_ref().map(|until| format!(" until {}", plain::sanitize_line(until)));
            of(State::Good, format!("{what}, active{}", until.unwrap_or_default()))
        }
        Ok((TokenStatus::Disabled, _)) => refused(format!("{what}, disabled")),
        Ok((TokenStatus::Expired, _)) => refused(format!("{what}, expired")),
        // It is no refusal.
        Ok((TokenStatus::Other(status), _)) => {
            of(State::Unknown, format!("{what}, {}", plain::sanitize_line(status)))
        }
        Err(_) if kind == CredentialKind::GlobalKey && sees_zones => {
            of(State::Weak, format!("{what}: it works, and may do everything the user may"))
                .costs("whoever gets hold of it has the whole account")
                .remedy("use a token with Zone > Zone > Read and Zone > DNS > Edit instead")
        }
        Err(_) if sees_zones => {
            of(State::Good, format!("{what}: it works, though neither verify path knows it"))
        }
        Err(failure) if failure.exit == Exit::Refused => {
            let check = refused(format!("{what}: {}", failure.message));
            // Cloudflare may refuse a good token, for example from another address.
            if failure.hints.is_empty() { check } else { check.remedy(failure.hints.join("; ")) }
        }
        Err(failure) => of(State::Unknown, format!("{what}: {}", failure.message)),
    }
}

/// A permission, as the dashboard names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    ZoneRead,
    DnsRead,
    DnsEdit,
    ZoneSettings,
    AuditLog,
    AccountSettings,
}

impl Permission {
    /// As the dashboard names it.
    pub fn name(self) -> &'static str {
        self.about().0
    }

    /// As the dashboard names it, and what does not work without it.
    fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::ZoneRead => ("Zone > Zone > Read", "zones cannot be found by name: give --zone-id"),
            Self::DnsRead => ("Zone > DNS > Read", "audit, fix and snapshot"),
            Self::DnsEdit => ("Zone > DNS > Edit", "fix and undo; audit works"),
            Self::ZoneSettings => (
                "Zone > DNS > Read (settings)",
                "whether a whole zone is flattened or serves DNS only cannot be read",
            ),
            Self::AuditLog => (
                "Account > Account Settings > Read (audit log)",
                "--deleted and --restore do not learn from the audit log what was deleted",
            ),
            Self::AccountSettings => (
                "Account > Account Settings > Read (DNS)",
                "whether the account forbids proxying cannot be read",
            ),
        }
    }

    /// Whether the main work needs it.
    fn is_needed(self) -> bool {
        matches!(self, Self::DnsRead | Self::DnsEdit)
    }
}

/// What a harmless read says about a permission. `Ok(None)`: there was nothing to try it on.
pub fn permission(which: Permission, tried: &Tried<Option<String>>) -> Check {
    let (name, costs) = which.about();
    let of = |state, says: &str| cloudflare(name, state, says);
    match tried {
        Ok(Some(says)) => of(State::Good, says),
        Ok(None) => of(State::Unknown, "could not be tried: there is no zone to try it on"),
        Err(failure) if failure.exit == Exit::Refused => {
            let state = if which.is_needed() { State::Bad } else { State::Weak };
            let exit = if which.is_needed() { Exit::Refused } else { Exit::Findings };
            let plain = name.split(" (").next().unwrap_or_default();
            let remedy = match failure.hints.as_slice() {
                [] => format!("edit the token and add {plain}"),
                hints => hints.join("; "),
            };
            of(state, &failure.message).costs(costs).remedy(remedy).ends_with(exit)
        }
        Err(failure) => of(State::Unknown, &failure.message).costs(costs),
    }
}

/// The zone that was named is not shown to the token.
pub fn hidden_zone(name: &str) -> Check {
    cloudflare("zone", State::Bad, format!("Cloudflare does not show {name} to this token"))
        .costs("nothing can be done in that zone")
        .remedy("check the name, and that the token's resources include the zone; or give --zone-id to the other commands")
        .ends_with(Exit::Refused)
}

/// One way to ask a resolver, and what came of it.
#[derive(Debug, Clone)]
pub struct Address {
    /// `UDP`, `TCP`, `TLS` or `HTTPS`.
    pub transport: &'static str,
    pub heard: Observation,
    pub took: Duration,
}

impl Address {
    fn words(&self) -> String {
        match &self.heard {
            heard if heard.is_definite() => format!("{} {} ms", self.transport, self.took.as_millis()),
            heard => format!("{} {}", self.transport, heard.describe()),
        }
    }
}

/// How one resolver can be asked. The first way is the one that runs use.
pub fn resolver(name: &str, ways: &[Address]) -> Check {
    let says = ways.iter().map(Address::words).collect::<Vec<_>>().join(", ");
    let is_heard = |way: &Address| way.heard.is_definite();
    if let Some(words) = ways.iter().find_map(|way| intercepted(name, &way.heard)) {
        let exit = if ways.iter().any(is_heard) { Exit::Findings } else { Exit::Unreachable };
        return Check::of_resolver(name, State::Weak, format!("{words} ({says})"))
            .costs("what is heard over UDP and TCP here may be made up as well")
            .remedy("try another network, or name resolvers that can be reached with --resolver")
            .ends_with(exit);
    }
    if ways.first().is_some_and(is_heard) {
        return Check::of_resolver(name, State::Good, says);
    }
    let check = Check::of_resolver(name, State::Weak, says).ends_with(Exit::Unreachable);
    match ways.iter().find(|way| is_heard(way)) {
        Some(way) => check
            .costs("it is not heard the way it is asked")
            .remedy(format!("name it with {} to --resolver", way.transport)),
        None => check
            .costs("its word is missing when a change is confirmed")
            .remedy("check that questions to it leave this network, or name others with --resolver"),
    }
}

/// That somebody answers in a resolver's place, if the certificate it shows tells so.
fn intercepted(resolver: &str, heard: &Observation) -> Option<String> {
    match heard {
        Observation::Unproven(Distrust::OtherName(shown)) => {
            Some(format!("DNS is being intercepted: the certificate is for {shown}, not {resolver}"))
        }
        Observation::Unproven(Distrust::Otherwise(_)) => Some(format!("{resolver} does not prove who it is")),
        _ => None,
    }
}

/// Whether questions leave over IPv6.
pub fn ipv6(way: &Address) -> Check {
    let check = |state, says: String| Check::new(Area::PublicDns, "IPv6", state, says);
    if way.heard.is_definite() {
        return check(State::Good, format!("{} ms", way.took.as_millis()));
    }
    check(State::Note, "no answer over IPv6; name servers are asked over IPv4".to_owned())
}

/// A resolver that has an answer for a name that cannot exist: its word on missing records is worthless.
pub fn liar(name: &str, answer: &Observation) -> Check {
    let says = format!("{name} has an answer for a name that does not exist: {}", answer.describe());
    Check::new(Area::PublicDns, "honesty", State::Weak, says)
        .costs("what it says about missing names cannot be believed")
        .remedy("name another with --resolver, or ask it over HTTPS")
}

/// Whether journals can be written.
pub fn state_folder(path: &str, tried: Result<(), String>) -> Check {
    let path = plain::sanitize_line(path);
    let check = |state, says: String| Check::new(Area::Here, "state folder", state, says);
    match tried {
        Ok(()) => check(State::Good, format!("{path} can be written")),
        Err(why) => check(State::Bad, format!("{path}: {}", plain::sanitize_line(&why)))
            .costs("fix, undo and snapshot: nothing is changed without a journal")
            .remedy("name a folder with --state-dir or CF_DOMAUTH_STATE_DIR"),
    }
}

/// Something that others on this machine could read or change.
pub fn exposed(what: String) -> Check {
    Check::new(Area::Here, "permissions", State::Weak, what)
        .costs("who else uses this machine can take the token, or have undo write records of their own")
}

/// The proxies that the environment names, without what opens them.
pub fn proxies(named: &[(String, String)]) -> Check {
    if named.is_empty() {
        return Check::new(Area::Here, "proxies", State::Good, "none in the environment");
    }
    let all = named.iter().map(|(name, value)| format!("{name} is {}", plain::sanitize_line(value)));
    Check::new(Area::Here, "proxies", State::Note, all.collect::<Vec<_>>().join(", "))
        .costs("the API and DNS over HTTPS go through them; questions over UDP, TCP and TLS do not")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Failure {
        Failure { message: "refused (code 1000)".into(), hints: Vec::new(), exit: Exit::Refused }
    }

    #[test]
    fn a_token_that_no_path_knows_and_that_lists_zones_is_good() {
        let check = credential(CredentialKind::Token, &Err(refused()), true);
        assert_eq!((check.state, check.exit), (State::Good, Exit::Done));
        let check = credential(CredentialKind::Token, &Err(refused()), false);
        assert_eq!((check.state, check.exit), (State::Bad, Exit::Refused));
    }

    #[test]
    fn a_token_that_could_not_be_verified_is_not_called_refused() {
        let late =
            Failure { message: "no answer within 15 s".into(), hints: Vec::new(), exit: Exit::Unreachable };
        assert_eq!(credential(CredentialKind::Token, &Err(late), false).state, State::Unknown);
        let odd = Ok((TokenStatus::Other("odd".to_owned()), None));
        assert_eq!(credential(CredentialKind::Token, &odd, true).state, State::Unknown);
    }

    #[test]
    fn a_global_key_that_lists_zones_works_and_may_do_too_much() {
        assert_eq!(credential(CredentialKind::GlobalKey, &Err(refused()), true).state, State::Weak);
    }

    #[test]
    fn a_clock_agrees_within_two_seconds_and_is_told_on_which_side_it_is_off() {
        let says = |ahead| clock(Some(ahead)).says;
        assert_eq!((says(2), says(-2)), (says(0), says(0)));
        assert_eq!(says(3), "3 s ahead of Cloudflare's");
        assert_eq!(says(-3), "3 s behind Cloudflare's");
    }

    #[test]
    fn fewer_than_a_hundred_requests_are_few() {
        let state = |left| rate_limit(Some((left, 60))).state;
        assert_eq!((state(99), state(100), state(101)), (State::Weak, State::Good, State::Good));
    }

    #[test]
    fn a_token_that_is_not_active_is_refused() {
        for status in [TokenStatus::Disabled, TokenStatus::Expired] {
            let check = credential(CredentialKind::UserToken, &Ok((status, None)), false);
            assert_eq!(check.exit, Exit::Refused, "{check:?}");
        }
        let check = credential(
            CredentialKind::UserToken,
            &Ok((TokenStatus::Active, Some("2027-01-01T00:00:00Z".into()))),
            true,
        );
        assert_eq!(check.says, "a user's token, active until 2027-01-01T00:00:00Z");
    }

    #[test]
    fn only_what_the_main_work_needs_ends_with_refused() {
        let exit = |which| permission(which, &Err(refused())).exit;
        assert_eq!(exit(Permission::DnsEdit), Exit::Refused);
        assert_eq!(exit(Permission::ZoneRead), Exit::Findings);
        assert_eq!(exit(Permission::AuditLog), Exit::Findings);
        assert_eq!(permission(Permission::DnsRead, &Ok(None)).state, State::Unknown);
    }

    #[test]
    fn a_clock_far_off_is_told_with_its_direction() {
        assert_eq!(clock(Some(1)).state, State::Good);
        assert_eq!(clock(Some(-30)).says, "30 s behind Cloudflare's");
        assert_eq!(clock(Some(3_600)).state, State::Weak);
        assert_eq!(clock(None).state, State::Unknown);
    }

    #[test]
    fn a_resolver_that_is_silent_the_way_it_is_asked_is_told_with_the_way_it_is_heard() {
        let way = |transport, heard| Address { transport, heard, took: Duration::from_millis(12) };
        let heard = || Observation::NoData { negative_ttl: None };
        let check = resolver("1.1.1.1", &[way("UDP", Observation::Silent), way("HTTPS", heard())]);
        assert_eq!(check.says, "UDP silent, HTTPS 12 ms");
        assert_eq!(check.state, State::Weak);
        assert_eq!(
            resolver("1.1.1.1", &[way("UDP", heard()), way("TLS", Observation::Silent)]).state,
            State::Good
        );
    }

    #[test]
    fn a_resolver_with_the_certificate_of_another_is_being_intercepted() {
        let way = |transport, heard| Address { transport, heard, took: Duration::ZERO };
        let wrong = Observation::Unproven(Distrust::OtherName("router.example".to_owned()));
        let ways = [way("UDP", Observation::NoData { negative_ttl: None }), way("TLS", wrong)];
        let check = resolver("1.1.1.1", &ways);
        assert_eq!((check.state, check.exit), (State::Weak, Exit::Findings));
        let says = "DNS is being intercepted: the certificate is for router.example, not 1.1.1.1";
        assert!(check.says.starts_with(says), "{}", check.says);
        let doubtful = Observation::Unproven(Distrust::Otherwise("its certificate has expired".to_owned()));
        let ways = [way("UDP", Observation::NoData { negative_ttl: None }), way("TLS", doubtful)];
        assert_eq!(resolver("1.1.1.1", &ways).state, State::Weak);
    }
}
