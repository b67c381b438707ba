//! Sends requests: one way for all, with pauses, repeats and the secret. Effects: network, clock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::connection::{Connection, ConnectionError};
use super::envelope::{Envelope, Page};
use super::error::{RequestError, Subject, Trouble};
use super::records::{Batch, BatchReply};
use super::throttle::{self, Kind, Setback, Spent};
use super::zones::{Pulse, WireAccountSettings, WireDnssec, WireToken, WireZone, WireZoneSettings};
use crate::io::http::{self, Broken};
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::ids::{AccountId, RecordId, ZoneId};
use crate::model::inventory::WireRecord;
use crate::model::members::Members;
use crate::model::plain;
use crate::model::progress::{Event, Progress};

/// Zones per page: the documented maximum. Source: the API description, checked 2026-08-22.
pub const ZONES_PER_PAGE: u64 = 50;
/// Records per page: one page holds every zone of a self-serve plan (3,500 records at most), and a
/// body stays below some megabytes. The documented maximum is 5,000,000.
pub const RECORDS_PER_PAGE: u64 = 5_000;
/// Entries of an audit log per page: the documented maximum.
pub const AUDIT_PER_PAGE: u64 = 1_000;

/// Longest body that is read.
const LONGEST_BODY: usize = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence before an answer, or in the middle of it.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The API, reached over one shared pool of connections.
pub struct Client {
    http: reqwest::Client,
    connection: Connection,
    calls: AtomicUsize,
    /// Nobody sends anything before this moment: the limit is shared by all requests.
    not_before: Mutex<Option<Instant>>,
    /// What is left of the request limit.
    remaining: Mutex<Option<(u64, u64)>>,
    /// The API's own time, as its last answer told it.
    date: Mutex<Option<Timestamp>>,
    /// The names of the zones that were read, so that a person is told of a name and not of an identifier.
    names: Mutex<HashMap<String, String>>,
    progress: Arc<dyn Progress>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("connection", &self.connection).finish_non_exhaustive()
    }
}

struct Request<'a> {
    subject: Subject,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<&'a (dyn erased::Body + Sync)>,
}

/// A body that knows how to write itself as JSON.
mod erased {
    pub(super) trait Body {
        fn json(&self) -> Result<Vec<u8>, serde_json::Error>;
    }

    impl<T: serde::Serialize> Body for T {
        fn json(&self) -> Result<Vec<u8>, serde_json::Error> {
            serde_json::to_vec(self)
        }
    }
}

impl Request<'_> {
    fn kind(&self) -> Kind {
        if self.method == Method::GET { Kind::Read } else { Kind::Write }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
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
        let bad = |_| ConnectionError::BadAddress(connection.address.as_str().to_owned());
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(trust.for_http())
            .default_headers(connection.credential.headers()?)
            .user_agent(concat!("cf-domauth/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            // The secret must not follow a redirect to another host.
            .redirect(reqwest::redirect::Policy::none());
        if connection.address.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(bad)?;
        let calls = AtomicUsize::new(0);
        let (not_before, remaining, date, names) = Default::default();
        Ok(Self { http, connection, calls, not_before, remaining, date, names, progress })
    }

    /// Where the API is.
    pub fn base(&self) -> &str {
        self.connection.address.as_str()
    }

    /// How many requests are left, and seconds until there are more, as the last answer that told so said.
    pub fn remaining(&self) -> Option<(u64, u64)> {
        *self.remaining.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API's own time, as its last answer told it: what `modified_on` of a record can be compared with.
    pub fn date(&self) -> Option<Timestamp> {
        *self.date.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests have been sent, repeats included.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// The zones of exactly this name that the credential can see: usually none or one.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
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
            let subject = Subject::Zones(format!("zones named {name}"));
            let found = self.list(subject, "zones".to_owned(), query).await?.items;
            if !found.is_empty() {
                self.learn(&found);
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// One page of the zones that the credential can see. Pages count from 1.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
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
        let page = self.list(Subject::Zones("zones".to_owned()), "zones".to_owned(), query).await?;
        self.learn(&page.items);
        Ok(page)
    }

    /// One zone.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn zone(&self, id: &ZoneId) -> Result<WireZone, RequestError> {
        let zone: WireZone = self.one(Subject::Zone(id.to_string()), format!("zones/{id}")).await?;
        self.learn(std::slice::from_ref(&zone));
        Ok(zone)
    }

    fn learn(&self, zones: &[WireZone]) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.extend(zones.iter().map(|zone| (zone.id.clone(), plain::line(&zone.name))));
    }

    /// What a person calls a zone: its name, where that is known.
    fn shown(&self, zone: &ZoneId) -> String {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(zone.as_str()).cloned().unwrap_or_else(|| zone.to_string())
    }

    /// One page of the records of a zone, or of one name in it. Pages count from 1. Records whose
    /// shape is beyond us come back as the text they came in, so that they can be counted.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn records(
        &self,
        zone: &ZoneId,
        named: Option<&DomainName>,
        page: u64,
    ) -> Result<Page<Result<WireRecord, Box<RawValue>>>, RequestError> {
        let mut query = vec![("page", page.to_string()), ("per_page", RECORDS_PER_PAGE.to_string())];
        query.extend(named.map(|name| ("name", name.to_string())));
        let request = Request {
            subject: Subject::Records(self.shown(zone)),
            method: Method::GET,
            path: format!("zones/{zone}/dns_records"),
            query,
            body: None,
        };
        let answer = self.send(&request).await?;
        let envelope = expect_envelope(&answer, &request)?;
        let raw: Vec<&RawValue> = result(&envelope, &answer, &request)?;
        let read = |raw: &RawValue| WireRecord::read(raw).ok_or_else(|| raw.to_owned());
        Ok(page_of(raw.into_iter().map(read).collect(), &envelope))
    }

    /// One record.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn record(&self, zone: &ZoneId, id: &RecordId) -> Result<WireRecord, RequestError> {
        let raw: Box<RawValue> =
            self.one(Subject::Records(self.shown(zone)), format!("zones/{zone}/dns_records/{id}")).await?;
        WireRecord::read(&raw).ok_or_else(|| RequestError {
            subject: Subject::Records(self.shown(zone)),
            trouble: Trouble::Unreadable { status: 200, what: "not a record", start: plain::line(raw.get()) },
        })
    }

    /// Changes the members of one record that the patch names, and returns it as it is afterwards.
    ///
    /// # Errors
    ///
    /// [`RequestError`]; [`RequestError::is_unknown`] tells whether it may have been carried out.
    pub async fn patch(
        &self,
        zone: &ZoneId,
        id: &RecordId,
        patch: &Members,
    ) -> Result<Members, RequestError> {
        self.write(zone, Method::PATCH, format!("zones/{zone}/dns_records/{id}"), patch).await
    }

    /// Creates one record and returns it.
    ///
    /// # Errors
    ///
    /// [`RequestError`]; [`RequestError::is_unknown`] tells whether it may have been carried out.
    pub async fn create(&self, zone: &ZoneId, record: &Members) -> Result<Members, RequestError> {
        self.write(zone, Method::POST, format!("zones/{zone}/dns_records"), record).await
    }

    /// Makes several changes in one transaction.
    ///
    /// # Errors
    ///
    /// [`RequestError`]; [`RequestError::is_unknown`] tells whether it may have been carried out.
    pub async fn batch(&self, zone: &ZoneId, batch: &Batch) -> Result<BatchReply, RequestError> {
        self.write(zone, Method::POST, format!("zones/{zone}/dns_records/batch"), batch).await
    }

    /// The DNS settings of a zone.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn zone_settings(&self, zone: &ZoneId) -> Result<WireZoneSettings, RequestError> {
        self.one(Subject::ZoneSettings(self.shown(zone)), format!("zones/{zone}/dns_settings")).await
    }

    /// The DNSSEC state of a zone.
    ///
    /// # Errors
    ///
    /// [`RequestError`]; which token group may read it is not established.
    pub async fn dnssec(&self, zone: &ZoneId) -> Result<WireDnssec, RequestError> {
        self.one(Subject::ZoneSettings(self.shown(zone)), format!("zones/{zone}/dnssec")).await
    }

    /// The DNS settings of an account.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn account_settings(&self, account: &AccountId) -> Result<WireAccountSettings, RequestError> {
        self.one(Subject::AccountSettings(account.to_string()), format!("accounts/{account}/dns_settings"))
            .await
    }

    /// One page of the older audit log since `since` (RFC 3339), newest first, about one zone or the whole
    /// account. Pages count from 1; the list does not say how long it is.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
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
        let subject = Subject::AuditLog(account.to_string());
        Ok(self.list(subject, format!("accounts/{account}/audit_logs"), query).await?.items)
    }

    /// One page of the newer audit log about what was written in one zone, or the whole account, between two
    /// moments (RFC 3339), and where the next page begins.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn audit_log_v2(
        &self,
        account: &AccountId,
        zone: Option<&ZoneId>,
        (since, before): (&str, &str),
        cursor: Option<&str>,
    ) -> Result<(Vec<Value>, Option<String>), RequestError> {
        let mut query = vec![
            ("since", since.to_owned()),
            ("before", before.to_owned()),
            ("direction", "desc".to_owned()),
            ("limit", AUDIT_PER_PAGE.to_string()),
        ];
        query.extend(zone.map(|zone| ("zone_id", zone.to_string())));
        query.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        let request = Request {
            subject: Subject::AuditLog(account.to_string()),
            method: Method::GET,
            path: format!("accounts/{account}/logs/audit"),
            query,
            body: None,
        };
        let answer = self.send(&request).await?;
        let envelope = expect_envelope(&answer, &request)?;
        let entries: Vec<Value> = result(&envelope, &answer, &request)?;
        let cursor = envelope.info().cursor.filter(|cursor| !cursor.is_empty());
        Ok((entries, cursor))
    }

    /// What a verify path says about the token: the one for a user's tokens, or that of an account for its own.
    /// Either refuses a good token of the other kind.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn verify(&self, account: Option<&AccountId>) -> Result<WireToken, RequestError> {
        let owner = account.map_or_else(|| "user".to_owned(), |account| format!("accounts/{account}"));
        self.one(Subject::Token, format!("{owner}/tokens/verify")).await
    }

    /// Whether the API answers, asked with a call that needs no permission.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn pulse(&self) -> Result<Pulse, RequestError> {
        let (method, path) = (Method::GET, "ips".to_owned());
        let request = Request { subject: Subject::Pulse, method, path, query: Vec::new(), body: None };
        let answer = self.send(&request).await?;
        expect_envelope(&answer, &request)?;
        Ok(Pulse { date: header(&answer.headers, "date").map(str::to_owned) })
    }

    /// What the API answers to a harmless read, as it came: a few of what it lists.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn raw(&self, path: &str) -> Result<Value, RequestError> {
        let query = vec![("per_page", "5".to_owned())];
        let (subject, method) = (Subject::Zones(path.to_owned()), Method::GET);
        let request = Request { subject, method, path: path.to_owned(), query, body: None };
        let answer = self.send(&request).await?;
        expect_envelope(&answer, &request)?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn list<T: DeserializeOwned>(
        &self,
        subject: Subject,
        path: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<Page<T>, RequestError> {
        let request = Request { subject, method: Method::GET, path, query, body: None };
        let answer = self.send(&request).await?;
        let envelope = expect_envelope(&answer, &request)?;
        let items: Vec<T> = result(&envelope, &answer, &request)?;
        Ok(page_of(items, &envelope))
    }

    async fn one<T: DeserializeOwned>(&self, subject: Subject, path: String) -> Result<T, RequestError> {
        let request = Request { subject, method: Method::GET, path, query: Vec::new(), body: None };
        let answer = self.send(&request).await?;
        let envelope = expect_envelope(&answer, &request)?;
        result(&envelope, &answer, &request)
    }

    async fn write<T: DeserializeOwned, B: serde::Serialize + Sync>(
        &self,
        zone: &ZoneId,
        method: Method,
        path: String,
        body: &B,
    ) -> Result<T, RequestError> {
        let request = Request {
            subject: Subject::Change(self.shown(zone)),
            method,
            path,
            query: Vec::new(),
            body: Some(body),
        };
        let answer = self.send(&request).await?;
        let envelope = expect_envelope(&answer, &request)?;
        result(&envelope, &answer, &request)
    }

    /// Sends a request until there is an answer that can be used, or no point in trying again.
    async fn send(&self, request: &Request<'_>) -> Result<Answer, RequestError> {
        let mut spent = Spent::default();
        loop {
            self.wait_for_the_limit().await;
            let began = Instant::now();
            let (setback, trouble) = match self.attempt(request).await {
                Ok(answer) => match judge(&answer) {
                    None => return Ok(answer),
                    Some(pair) => pair,
                },
                Err(Broken::Connection(error)) if error.is_connect() => {
                    (Setback::NotSent, Trouble::NoAnswer(error.without_url()))
                }
                Err(Broken::Connection(error)) => (Setback::Broken, Trouble::NoAnswer(error.without_url())),
                Err(Broken::TooSlow) => (Setback::Endless, Trouble::Endless { what: "it came too slowly" }),
                Err(Broken::TooLong) => (Setback::Endless, Trouble::Endless { what: "it is far too long" }),
            };
            spent.attempts += 1;
            spent.time += began.elapsed();
            let Some(delay) = throttle::pause(setback, request.kind(), spent, fastrand::f64()) else {
                return Err(RequestError { subject: request.subject.clone(), trouble });
            };
            spent.time += delay;
            self.progress.on(Event::Pausing { why: trouble.to_string(), delay });
            if matches!(setback, Setback::Throttled { .. }) {
                self.hold_everybody(delay);
            } else {
                tokio::time::sleep(delay).await;
            }
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Answer, Broken> {
        let address = self.connection.address.join(&request.path);
        let mut builder = self.http.request(request.method.clone(), address).query(&request.query);
        if let Some(json) = request.body.and_then(|body| body.json().ok()) {
            builder = builder.header(CONTENT_TYPE, "application/json").body(json);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut response = builder.send().await.map_err(Broken::Connection)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        tracing::debug!(
            method = %request.method, path = %request.path, status = status.as_u16(),
            ray = headers.get("cf-ray").and_then(|ray| ray.to_str().ok()), "answered"
        );
        if let Some(date) = header(&headers, "date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            *self.date.lock().unwrap_or_else(PoisonError::into_inner) = Some(date.timestamp());
        }
        let limit = header(&headers, "ratelimit");
        if let Some(told) = limit.and_then(throttle::remaining) {
            *self.remaining.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        }
        if let Some(delay) = limit.and_then(throttle::used_up) {
            let why = "Cloudflare's request limit is used up".to_owned();
            self.progress.on(Event::Pausing { why, delay });
            self.hold_everybody(delay);
        }
        let body = http::body(response, LONGEST_BODY).await?;
        Ok(Answer { status, headers, body })
    }

    async fn wait_for_the_limit(&self) {
        loop {
            let moment = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
            match moment {
                Some(moment) if moment > Instant::now() => tokio::time::sleep_until(moment).await,
                _ => return,
            }
        }
    }

    fn hold_everybody(&self, delay: Duration) {
        let moment = Instant::now() + delay;
        let mut gate = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *gate = Some(gate.map_or(moment, |already| already.max(moment)));
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Whether an answer can be used as it is; if not, what kind of setback it is.
fn judge(answer: &Answer) -> Option<(Setback, Trouble)> {
    let status = answer.status.as_u16();
    let retry_after = http::retry_after(&answer.headers, Timestamp::now().as_second());
    let envelope = Envelope::read(&answer.body);
    match status {
        429 => Some((Setback::Throttled { retry_after }, Trouble::Throttled { asked: retry_after })),
        408 | 500..=599 => {
            let errors = envelope.map(|envelope| envelope.errors()).unwrap_or_default();
            Some((Setback::Server { retry_after }, Trouble::Down { status, errors, asked: retry_after }))
        }
        200..=299 if envelope.is_none() => {
            Some((Setback::Server { retry_after: None }, unreadable(answer, "not the JSON of this API")))
        }
        _ => None,
    }
}

fn unreadable(answer: &Answer, what: &'static str) -> Trouble {
    let begins = answer.body.get(..4_096).unwrap_or(&answer.body);
    let start: String = plain::line(&String::from_utf8_lossy(begins)).chars().take(80).collect();
    Trouble::Unreadable { status: answer.status.as_u16(), what, start }
}

fn expect_envelope<'a>(answer: &'a Answer, request: &Request<'_>) -> Result<Envelope<'a>, RequestError> {
    let failed = |trouble| Err(RequestError { subject: request.subject.clone(), trouble });
    let status = answer.status.as_u16();
    let Some(envelope) = Envelope::read(&answer.body) else {
        return match status {
            401 | 403 => failed(Trouble::Blocked { status }),
            _ => failed(unreadable(answer, "not the JSON of this API")),
        };
    };
    if answer.status.is_success() && !envelope.says_failure() {
        return Ok(envelope);
    }
    let errors = envelope.errors();
    match status {
        401 | 403 => failed(Trouble::Refused { status, errors }),
        _ => failed(Trouble::Rejected { status, errors }),
    }
}

fn result<'a, T: serde::Deserialize<'a>>(
    envelope: &Envelope<'a>,
    answer: &Answer,
    request: &Request<'_>,
) -> Result<T, RequestError> {
    let raw = envelope.result.map_or("null", RawValue::get);
    serde_json::from_str(raw).map_err(|_| RequestError {
        subject: request.subject.clone(),
        trouble: unreadable(answer, "a result of another shape"),
    })
}

fn page_of<T>(items: Vec<T>, envelope: &Envelope<'_>) -> Page<T> {
    let info = envelope.info();
    Page { items, per_page: info.per_page, total_count: info.total_count }
}
