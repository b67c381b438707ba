//! Sends requests: with the secret, the pauses and the repeats that every API gets. Effects: network, clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{ClientBuilder, Method};
use tokio::time::Instant;

use super::Request;
use super::body::{self, Broken};
use super::error::{ApiMessage, DecodeError, RequestErrorKind};
use super::headers;
use super::limit::{self, Limit, Quota};
use super::retry::{self, Reading, RetryBudget, RetryCause, RetryPolicy};
use crate::io::secret::Address;
use crate::io::tls::Trust;
use crate::model::progress::{Event, Progress};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence before an answer, or in the middle of it.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What every connection over HTTP has in common, whoever is at the other end.
pub fn client(trust: &Trust, is_loopback: bool) -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(trust.for_http())
        .user_agent(concat!("cf-domauth/", env!("CARGO_PKG_VERSION")))
        // A secret must not follow a redirect to another host.
        .redirect(reqwest::redirect::Policy::none());
    if is_loopback { builder.no_proxy() } else { builder }
}

/// What is peculiar to one API.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// For the log.
    pub name: &'static str,
    /// What a body says went wrong; `None` when it is not in the API's language.
    pub messages: fn(&[u8]) -> Option<Vec<ApiMessage>>,
    /// How long its limit is sat out.
    pub retry: RetryPolicy,
    /// Its limit as it is documented, for where no header tells.
    pub quota: Option<Quota>,
    /// Longest body that is read, in octets.
    pub longest_body: usize,
}

/// What the answers so far have told about the API.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    /// Shared by all requests.
    limit: Limit,
    pub(crate) remaining: Option<(u64, u64)>,
    pub(crate) date: Option<Timestamp>,
}

/// One API, reached over one shared pool of connections.
pub struct Shell {
    http: reqwest::Client,
    pub(crate) address: Address,
    dialect: Dialect,
    pub(crate) calls: AtomicUsize,
    told: Mutex<Told>,
    began: Instant,
    progress: Arc<dyn Progress>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shell").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Shell {
    /// An API at `address`. `headers` hold the secret. Nothing is sent yet; an error says that TLS cannot be set up.
    pub fn new(
        address: Address,
        mut headers: HeaderMap,
        dialect: Dialect,
        trust: &Trust,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, reqwest::Error> {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let builder = client(trust, address.is_loopback())
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT);
        let told = Mutex::new(Told { limit: Limit::new(dialect.quota), ..Told::default() });
        let (calls, began) = (AtomicUsize::default(), Instant::now());
        Ok(Self { http: builder.build()?, address, dialect, calls, told, began, progress })
    }

    pub fn held_for(&self) -> Option<Duration> {
        self.told().limit.not_before.checked_sub(self.began.elapsed()).filter(|left| !left.is_zero())
    }

    pub(crate) fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request until `read` makes something of the body of a successful answer, or there is no point in trying
    /// again.
    pub async fn send<T>(
        &self,
        request: &Request,
        mut read: impl FnMut(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, RequestErrorKind> {
        let mut spent = RetryBudget::default();
        loop {
            self.wait_until(Limit::take).await;
            if let Some(in_vain) = self.told().limit.given_up() {
                return Err(RequestErrorKind::GivenUp { in_vain });
            }
            let began = Instant::now();
            let failed = match self.attempt(request, &mut read).await {
                Ok(read) => {
                    self.count(None);
                    return Ok(read);
                }
                Err(failed) => failed,
            };
            spent.attempts += 1;
            spent.time += began.elapsed();
            let ended = (failed.attempt(), failed.asked());
            let delay = retry::pause(ended, &request.method, spent, self.dialect.retry, fastrand::f64());
            let Some(delay) = delay else {
                self.count(Some(&failed).filter(|_| ended.0.cause().is_some()));
                return Err(failed);
            };
            spent.time += delay;
            if ended.0.cause() == Some(RetryCause::Throttled) {
                self.tell_of_limit(delay);
                self.told().limit.hold(self.began.elapsed() + delay);
            } else {
                self.progress.on(Event::Pausing { why: failed.to_string(), delay });
                tokio::time::sleep(delay).await;
            }
        }
    }

    async fn attempt<T>(
        &self,
        request: &Request,
        read: &mut impl FnMut(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, RequestErrorKind> {
        let address = self.address.join(&request.path);
        let builder = self.http.request(request.method.clone(), address).query(&request.query);
        let builder = match request.body.as_slice() {
            [] if request.method == Method::GET => builder,
            [] => builder.header(CONTENT_LENGTH, 0),
            json => builder.header(CONTENT_TYPE, "application/json").body(json.to_vec()),
        };
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut response = builder.send().await.map_err(|error| broken(Broken::Connection(error)))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let (path, ray) = (&request.path, headers::text(&headers, "cf-ray"));
        tracing::debug!(api = self.dialect.name, method = %request.method, %path, status, ray, "answered");
        self.listen(&headers);
        let body = body::whole(response, self.dialect.longest_body).await.map_err(broken)?;
        self.judge(status, &headers, &body, read)
    }

    /// Takes in what the headers of any answer tell.
    fn listen(&self, headers: &HeaderMap) {
        let (quota, left) = (headers::quota(headers), headers::remaining(headers));
        let time = (self.began.elapsed(), self.dialect.retry.throttled_patience);
        let pause = {
            let mut told = self.told();
            told.date = headers::date(headers).or(told.date);
            told.remaining = left.or(told.remaining);
            told.limit.listen(quota, left, time)
        };
        if let Some(pause) = pause {
            self.tell_of_limit(pause);
        }
    }

    /// What a request came to that was answered.
    fn judge<T>(
        &self,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        read: &mut impl FnMut(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, RequestErrorKind> {
        let messages = || (self.dialect.messages)(body);
        let asked = || headers::asked(status, headers, Timestamp::now().as_second());
        let unreadable = |what, reading| RequestErrorKind::unreadable(status, what, reading, body);
        let foreign = || unreadable("not the JSON of this API", Reading::Foreign);
        Err(match status {
            200..=299 => match read(body) {
                Ok(read) => return Ok(read),
                Err(DecodeError::Failure(messages)) => RequestErrorKind::Rejected { status, messages },
                Err(DecodeError::Shape(_)) if messages().is_none() => foreign(),
                Err(DecodeError::Shape(what)) => unreadable(what, Reading::Odd),
            },
            300..=399 => unreadable("a redirect, which the secret does not follow", Reading::Odd),
            408 | 500..=599 => {
                RequestErrorKind::Down { status, messages: messages().unwrap_or_default(), asked: asked() }
            }
            429 => RequestErrorKind::Throttled { asked: asked() },
            401 | 403 => messages().map_or(RequestErrorKind::Blocked { status }, |messages| {
                RequestErrorKind::Refused { status, messages }
            }),
            _ => messages().map_or_else(foreign, |messages| RequestErrorKind::Rejected { status, messages }),
        })
    }

    /// Waits until the limit lets a request through, and counts no request.
    pub async fn ready(&self) {
        self.wait_until(Limit::ready).await;
    }

    async fn wait_until(&self, allowed: fn(&mut Limit, Duration) -> limit::Allowed) {
        loop {
            let allowed = allowed(&mut self.told().limit, self.began.elapsed());
            let Err((until, is_new)) = allowed else { return };
            let until = self.began + until;
            if is_new {
                self.tell_of_limit(until.saturating_duration_since(Instant::now()));
            }
            tokio::time::sleep_until(until).await;
        }
    }

    fn tell_of_limit(&self, pause: Duration) {
        let until = Timestamp::now().saturating_add(pause).unwrap_or_default();
        self.progress.on(Event::Limited { until });
    }

    /// Counts what a request came to, `in_vain` where the API or the network does not work.
    fn count(&self, in_vain: Option<&RequestErrorKind>) {
        let pause = self.told().limit.count(in_vain.is_some(), self.began.elapsed());
        if let (Some(delay), Some(why)) = (pause, in_vain) {
            self.progress.on(Event::Pausing { why: why.to_string(), delay });
        }
    }
}

fn broken(why: Broken) -> RequestErrorKind {
    match why {
        Broken::Connection(error) => RequestErrorKind::NoAnswer(error.without_url()),
        Broken::TooSlow => RequestErrorKind::Endless { what: "it came too slowly" },
        Broken::TooLong => RequestErrorKind::Endless { what: "it is far too long" },
    }
}
