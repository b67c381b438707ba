//! The API and what opens it: the credential by both verify paths, each permission by a harmless read. Effects:
//! network, clock.

use std::time::Duration;

use tokio::time::Instant;

use crate::io::cloudflare::client::Client;
use crate::io::cloudflare::{RequestError, WireToken, WireZone};
use crate::model::credential::{CredentialKind, TokenStatus};
use crate::model::dns::DomainName;
use crate::model::doctor::{self, Check, Permission, Tried};
use crate::model::failure::{Exit, Failure};
use crate::model::ids::{AccountId, ZoneId};
use crate::model::plain;

/// How long one call may take, its repeats included.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks at one API through one credential.
pub(super) async fn look(kind: CredentialKind, client: &Client, named: Option<&DomainName>) -> Vec<Check> {
    let began = Instant::now();
    let probe = tried(client, client.probe()).await;
    let took = began.elapsed();
    let heard = match &probe {
        // A credential that is refused was refused by somebody.
        Err(failure) if failure.exit == Exit::Unreachable => Err(failure.clone()),
        Ok(()) | Err(_) => Ok(took),
    };
    let reach = doctor::reach(client.base(), &heard);
    if heard.is_err() {
        return vec![reach];
    }
    let clock = doctor::clock(client.date().map(|there| here() - there.as_second()));
    let zones = tried(client, zones(client, named)).await;
    let zone = zones.as_ref().ok().and_then(|(zones, _)| zones.first());
    let account = zone.and_then(|zone| zone.account.as_ref()?.id.as_deref());
    let account = account.and_then(|id| AccountId::parse(id).ok());
    let verified = verified(client, account.as_ref()).await;
    let mut checks = vec![reach, clock, doctor::credential(kind, &verified, zone.is_some())];
    let listed = zones.as_ref().map_err(Clone::clone).and_then(|(zones, all)| listed(zones, *all, named));
    checks.push(match (named, &zones) {
        (Some(name), Ok((found, _))) if found.is_empty() => doctor::hidden_zone(name.as_str()),
        _ => doctor::permission(Permission::ZoneRead, &listed),
    });
    checks.extend(in_zone(client, zone, account.as_ref()).await);
    checks.push(doctor::rate_limit(client.remaining()));
    checks
}

/// The time of this machine, in seconds since 1970.
fn here() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The zones of that name, or the first page of all; and how many there are.
async fn zones(
    client: &Client,
    named: Option<&DomainName>,
) -> Result<(Vec<WireZone>, Option<u64>), RequestError> {
    if let Some(name) = named {
        let found = client.zones_named(name, None).await?;
        let count = found.len() as u64;
        return Ok((found, Some(count)));
    }
    let page = client.zones(1, None).await?;
    Ok((page.items, page.total_count))
}

fn listed(zones: &[WireZone], all: Option<u64>, named: Option<&DomainName>) -> Tried<Option<String>> {
    match (zones.first(), named) {
        (Some(zone), Some(_)) => Ok(Some(format!("{} is there", plain::sanitize_line(&zone.name)))),
        (Some(_), None) => Ok(Some(match all.and_then(|all| usize::try_from(all).ok()) {
            Some(all) => format!("{} can be seen", plain::count(all, "zone")),
            None => "zones can be seen".to_owned(),
        })),
        // An empty list is what a token sees that may not list, too.
        (None, _) => failed(Exit::Refused, "Cloudflare shows no zone to this token".to_owned()),
    }
}

/// What either verify path says: the user's first, the account's where that one does not know the token.
async fn verified(client: &Client, account: Option<&AccountId>) -> Tried<(TokenStatus, Option<String>)> {
    let unknown = || TokenStatus::Other("of unknown status".to_owned());
    let of = |token: WireToken| (token.status.unwrap_or_else(unknown), token.expires_on);
    let by_user = tried(client, client.verify(None)).await;
    match (by_user, account) {
        (Err(refused), Some(account)) => {
            tried(client, client.verify(Some(account))).await.map(of).map_err(|_| refused)
        }
        (by_user, _) => by_user.map(of),
    }
}

/// Each permission in one zone, by reading what needs it.
async fn in_zone(client: &Client, zone: Option<&WireZone>, account: Option<&AccountId>) -> Vec<Check> {
    let id = zone.and_then(|zone| ZoneId::parse(&zone.id).ok());
    let (Some(zone), Some(id)) = (zone, id) else {
        let all = [
            Permission::DnsRead,
            Permission::DnsEdit,
            Permission::ZoneSettings,
            Permission::AuditLog,
            Permission::AccountSettings,
        ];
        return all.into_iter().map(|which| doctor::permission(which, &Ok(None))).collect();
    };
    let name = plain::sanitize_line(&zone.name);
    let records = client.records(&id, None, 1, |_| ());
    let records = readable(client, records, &format!("the records of {name}")).await;
    let settings = client.zone_settings(&id);
    let settings = readable(client, settings, &format!("the DNS settings of {name}")).await;
    let mut checks = vec![
        doctor::permission(Permission::DnsRead, &records),
        doctor::permission(Permission::DnsEdit, &may_edit(zone)),
        doctor::permission(Permission::ZoneSettings, &settings),
    ];
    let Some(account) = account else { return checks };
    // The last day is enough to try it.
    let since = jiff::Timestamp::from_second(here() - 86_400).unwrap_or_default().to_string();
    let log = match DomainName::parse(&zone.name) {
        Ok(name) => {
            let log = client.audit_log(account, Some(name.as_str()), &since, 1);
            readable(client, log, "the audit log").await
        }
        Err(_) => Ok(None),
    };
    checks.push(doctor::permission(Permission::AuditLog, &log));
    let settings = client.account_settings(account);
    let settings = readable(client, settings, "the account's DNS settings").await;
    checks.push(doctor::permission(Permission::AccountSettings, &settings));
    checks
}

/// Whether something can be read, in the form that a permission is judged in.
async fn readable<T>(
    client: &Client,
    call: impl Future<Output = Result<T, RequestError>>,
    what: &str,
) -> Tried<Option<String>> {
    tried(client, call).await.map(|_| Some(format!("{what} can be read")))
}

/// Whether the token may change records, as the zone says. Nothing that changes nothing would prove it.
///
/// Source: recorded answers of August 2025, where `permissions` of a zone mirrored the token's; the member is
/// marked deprecated, so its absence says nothing. Checked 2026-08-22.
fn may_edit(zone: &WireZone) -> Tried<Option<String>> {
    match zone.permissions.as_deref() {
        None | Some([]) => Ok(None),
        Some(list) if list.iter().any(|word| word == "#dns_records:edit") => {
            Ok(Some("the zone says so; proven only by a change".to_owned()))
        }
        Some(_) => {
            let why = "most likely missing: the zone does not count it among this token's permissions";
            failed(Exit::Refused, why.to_owned())
        }
    }
}

fn failed<T>(exit: Exit, message: String) -> Tried<T> {
    Err(Failure { message, hints: Vec::new(), exit })
}

async fn tried<T>(client: &Client, call: impl Future<Output = Result<T, RequestError>>) -> Tried<T> {
    let Ok(result) = tokio::time::timeout(PATIENCE, call).await else {
        let why = match client.held_for() {
            Some(left) => {
                let left = plain::seconds(left.as_secs());
                format!("not found out: the API's request limit is used up for another {left}")
            }
            None => format!("no answer within {}", plain::seconds(PATIENCE.as_secs())),
        };
        return failed(Exit::Unreachable, why);
    };
    result.map_err(|error| {
        let failure = Failure::of(&error);
        // Which one it is, the check itself tells.
        if error.lacks_permission() { Failure { hints: Vec::new(), ..failure } } else { failure }
    })
}
