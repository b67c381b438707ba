//! The calls that this program makes of the API. Effects: network, clock.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use super::connection::{Connection, ConnectionError};
use super::envelope::{Envelope, Page, messages};
use super::error::{Operation, RequestError};
use super::records::{Batch, BatchReply};
use super::zones::{WireAccountSettings, WireDnssec, WireToken, WireZone, WireZoneSettings};
use crate::io::http::retry::RetryPolicy;
use crate::io::http::shell::{Dialect, Shell};
use crate::io::http::{DecodeError, Quota, Request, RequestErrorKind};
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::ids::{AccountId, RecordId, ZoneId};
use crate::model::members::RecordFields;
use crate::model::plain;
use crate::model::progress::Progress;

/// Zones per page: the documented maximum. Source: the API description, checked 2026-08-22.
pub const ZONES_PER_PAGE: u64 = 50;
/// Records per page: one page holds every zone of a self-serve plan (3,500 records at most), and a
/// body stays below some megabytes. The documented maximum is 5,000,000.
pub const RECORDS_PER_PAGE: u64 = 5_000;
/// Entries of an audit log per page: the documented maximum.
pub const AUDIT_PER_PAGE: u64 = 1_000;

/// How Cloudflare's API differs from others. Its limit is shared by all tokens and the dashboard of a user, and blocks for
/// five minutes.
///
/// Source: `developers.cloudflare.com/fundamentals/api/reference/limits`; checked 2026-08-22.
const DIALECT: Dialect = Dialect {
    name: "cloudflare",
    messages,
    retry: RetryPolicy { throttled_attempts: 12, throttled_patience: Duration::from_mins(6) },
    quota: Some(Quota { requests: 1_200, window: Duration::from_mins(5) }),
    longest_body: 64 << 20,
};

/// The API.
#[derive(Debug)]
pub struct Client {
    shell: Shell,
    /// The names of the zones that were read, so that a person is told of a name and not of an identifier.
    names: Mutex<HashMap<String, String>>,
}

impl Client {
    /// A client for one API. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ConnectionError`] when the credential cannot be sent or TLS cannot be set up.
    pub fn new(
        connection: Connection,
        trust: &Trust,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, ConnectionError> {
        let Connection { address, credential } = connection;
        let bad = ConnectionError::BadAddress(address.as_str().to_owned());
        let shell = Shell::new(address, credential.headers()?, DIALECT, trust, progress);
        Ok(Self { shell: shell.map_err(|_| bad)?, names: Mutex::default() })
    }

    /// Where the API is.
    pub fn base(&self) -> &str {
        self.shell.address.as_str()
    }

    /// Waits until the limit lets a request through, and counts no request.
    pub async fn ready(&self) {
        self.shell.ready().await;
    }

    /// How long nobody sends anything from now on, because the limit is used up.
    pub fn held_for(&self) -> Option<Duration> {
        self.shell.held_for()
    }

    /// How many requests are left, and seconds until there are more, as the last answer that told so said.
    pub fn remaining(&self) -> Option<(u64, u64)> {
        self.shell.told().remaining
    }

    /// The API's own time, as its last answer told it: what `modified_on` of a record can be compared with.
    pub fn date(&self) -> Option<Timestamp> {
        self.shell.told().date
    }

    /// How many requests have been sent, repeats included.
    pub fn calls(&self) -> usize {
        self.shell.calls.load(Ordering::Relaxed)
    }
}

/// The calls. Each may come to nothing with a [`RequestError`]; of one that writes, [`RequestError::is_unknown`] tells
/// whether it may have been carried out all the same.
impl Client {
    /// The zones of exactly this name that the credential can see: usually none or one.
    pub async fn zones_named(
        &self,
        name: &DomainName,
        account: Option<&AccountId>,
    ) -> Result<Vec<WireZone>, RequestError> {
        // A zone's name comes in Unicode. Which spellings find it is disputed: Unicode alone (cloudflare-go#347) or
        // A-labels as well (acme.sh#1351); checked 2026-11-25.
        for spelling in name.in_unicode().into_iter().chain([name.to_string()]) {
            let mut query = vec![("name", spelling)];
            query.extend(account.map(|account| ("account.id", account.to_string())));
            let operation = Operation::Zones(format!("zones named {name}"));
            let found = self.list(operation, "zones".to_owned(), query).await?.items;
            if !found.is_empty() {
                self.learn(&found);
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// One page of the zones that the credential can see. Pages count from 1.
    pub async fn zones(
        &self,
        page: u64,
        account: Option<&AccountId>,
    ) -> Result<Page<WireZone>, RequestError> {
        let mut query = vec![
            ("page", page.to_string()),
            ("per_page", ZONES_PER_PAGE.to_string()),
            ("order", "name".to_owned()),
        ];
        query.extend(account.map(|account| ("account.id", account.to_string())));
        let page = self.list(Operation::Zones("zones".to_owned()), "zones".to_owned(), query).await?;
        self.learn(&page.items);
        Ok(page)
    }

    /// One zone.
    pub async fn zone(&self, id: &ZoneId) -> Result<WireZone, RequestError> {
        let zone: WireZone = self.one(Operation::Zone(id.to_string()), format!("zones/{id}")).await?;
        self.learn(std::slice::from_ref(&zone));
        Ok(zone)
    }

    fn learn(&self, zones: &[WireZone]) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.extend(zones.iter().map(|zone| (zone.id.clone(), plain::sanitize_line(&zone.name))));
    }

    /// What a person calls a zone: its name, where that is known.
    fn shown(&self, zone: &ZoneId) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(zone.as_str()).cloned().unwrap_or_else(|| zone.to_string())
    }

    /// Hands one page of the records of a zone, or of one name in it, to `each` as they came. Pages count from 1.
    pub async fn records(
        &self,
        zone: &ZoneId,
        named: Option<&DomainName>,
        page: u64,
        mut each: impl FnMut(&RawValue),
    ) -> Result<Page<()>, RequestError> {
        let mut query = vec![("page", page.to_string()), ("per_page", RECORDS_PER_PAGE.to_string())];
        query.extend(named.map(|name| ("name", name.to_string())));
        let operation = Operation::Records(self.shown(zone));
        let request = Request::get(format!("zones/{zone}/dns_records"), query);
        self.ask(operation, &request, |body| {
            let Page { items, per_page, total_count, cursor } = Envelope::open(body)?.page::<&RawValue>()?;
            Ok(Page { items: items.into_iter().map(&mut each).collect(), per_page, total_count, cursor })
        })
        .await
    }

    /// Changes the members of one record that the patch names, and returns it as it is afterwards.
    pub async fn patch(
        &self,
        zone: &ZoneId,
        id: &RecordId,
        patch: &RecordFields,
    ) -> Result<RecordFields, RequestError> {
        self.write(zone, Method::PATCH, format!("zones/{zone}/dns_records/{id}"), patch).await
    }

    /// Creates one record and returns it.
    pub async fn create(&self, zone: &ZoneId, record: &RecordFields) -> Result<RecordFields, RequestError> {
        self.write(zone, Method::POST, format!("zones/{zone}/dns_records"), record).await
    }

    /// Makes several changes in one transaction.
    pub async fn batch(&self, zone: &ZoneId, batch: &Batch) -> Result<BatchReply, RequestError> {
        self.write(zone, Method::POST, format!("zones/{zone}/dns_records/batch"), batch).await
    }

    /// The DNS settings of a zone.
    pub async fn zone_settings(&self, zone: &ZoneId) -> Result<WireZoneSettings, RequestError> {
        self.one(Operation::ZoneSettings(self.shown(zone)), format!("zones/{zone}/dns_settings")).await
    }

    /// The DNSSEC state of a zone; which token group may read it is not established.
    pub async fn dnssec(&self, zone: &ZoneId) -> Result<WireDnssec, RequestError> {
        self.one(Operation::ZoneSettings(self.shown(zone)), format!("zones/{zone}/dnssec")).await
    }

    /// The DNS settings of an account.
    pub async fn account_settings(&self, account: &AccountId) -> Result<WireAccountSettings, RequestError> {
        self.one(Operation::AccountSettings(account.to_string()), format!("accounts/{account}/dns_settings"))
            .await
    }

    /// One page of the older audit log since `since` (RFC 3339), newest first, about one zone or the whole
    /// account. Pages count from 1; the list does not say how long it is.
    pub async fn audit_log(
        &self,
        account: &AccountId,
        zone: Option<&str>,
        since: &str,
        page: u64,
    ) -> Result<Vec<Value>, RequestError> {
        let mut query = vec![
            ("since", since.to_owned()),
            ("direction", "desc".to_owned()),
            ("page", page.to_string()),
            ("per_page", AUDIT_PER_PAGE.to_string()),
        ];
        query.extend(zone.map(|zone| ("zone.name", zone.to_owned())));
        let operation = Operation::AuditLog(account.to_string());
        Ok(self.list(operation, format!("accounts/{account}/audit_logs"), query).await?.items)
    }

    /// One page of the newer audit log about what was written in one zone, or the whole account, between two
    /// moments (RFC 3339). Pages are told by their cursor.
    pub async fn audit_log_v2(
        &self,
        account: &AccountId,
        zone: Option<&ZoneId>,
        (since, before): (&str, &str),
        cursor: Option<&str>,
    ) -> Result<Page<Value>, RequestError> {
        let mut query = vec![
            ("since", since.to_owned()),
            ("before", before.to_owned()),
            ("direction", "desc".to_owned()),
            ("limit", AUDIT_PER_PAGE.to_string()),
        ];
        query.extend(zone.map(|zone| ("zone_id", zone.to_string())));
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        let operation = Operation::AuditLog(account.to_string());
        self.list(operation, format!("accounts/{account}/logs/audit"), query).await
    }

    /// What a verify path says about the token: the one for a user's tokens, or that of an account for its own.
    /// Either refuses a good token of the other kind.
    pub async fn verify(&self, account: Option<&AccountId>) -> Result<WireToken, RequestError> {
        let owner = account.map_or_else(|| "user".to_owned(), |account| format!("accounts/{account}"));
        self.one(Operation::Token, format!("{owner}/tokens/verify")).await
    }

    /// Whether the API answers, asked with a call that needs no permission.
    pub async fn probe(&self) -> Result<(), RequestError> {
        let request = Request::bare(Method::GET, "ips".to_owned());
        self.ask(Operation::Probe, &request, |body| Envelope::open(body).map(drop)).await
    }

    /// What the API answers to a harmless read, as it came: a few of what it lists.
    pub async fn raw(&self, path: &str) -> Result<Value, RequestError> {
        let request = Request::get(path.to_owned(), vec![("per_page", "5".to_owned())]);
        self.ask(Operation::Zones(path.to_owned()), &request, |body| {
            Envelope::open(body)?;
            Ok(serde_json::from_slice(body).unwrap_or_default())
        })
        .await
    }

    async fn list<T: DeserializeOwned>(
        &self,
        operation: Operation,
        path: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<Page<T>, RequestError> {
        self.ask(operation, &Request::get(path, query), |body| Envelope::open(body)?.page()).await
    }

    async fn one<T: DeserializeOwned>(&self, operation: Operation, path: String) -> Result<T, RequestError> {
        let request = Request::bare(Method::GET, path);
        self.ask(operation, &request, |body| Envelope::open(body)?.result()).await
    }

    async fn write<T: DeserializeOwned>(
        &self,
        zone: &ZoneId,
        method: Method,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, RequestError> {
        let operation = Operation::Change(self.shown(zone));
        let body = match serde_json::to_vec(body) {
            Ok(body) => body,
            Err(error) => return Err(RequestError { operation, kind: RequestErrorKind::Unwritable(error) }),
        };
        let request = Request { method, path, query: Vec::new(), body };
        self.ask(operation, &request, |body| Envelope::open(body)?.result()).await
    }

    async fn ask<T>(
        &self,
        operation: Operation,
        request: &Request,
        read: impl FnMut(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, RequestError> {
        self.shell.send(request, read).await.map_err(|kind| RequestError { operation, kind })
    }
}
