//! Carries one question to one server and brings the answer back. Effects: network.
//!
//! UDP takes a fresh socket on a random port for every question, but for servers on this machine; an answer counts only from the address that was
//! asked, with the right number, question and spelling (hickory checks all four). TCP and TLS keep one connection
//! for each server, HTTPS one pool.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::tls::tls_exchange;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::net::xfer::{DnsExchange, DnsHandle as _, FirstAnswer as _};
use hickory_resolver::proto::op::DnsResponse;
use rustls::pki_types::ServerName;
use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::time::Instant;

use super::kept_sockets::KeptSockets;
use super::message::{Question, could_not_say};
use crate::io::http::body::{self, Broken};
use crate::io::http::shell;
use crate::io::tls::Trust;
use crate::model::lookup::{Distrust, Endpoint, Observation, host};
use crate::model::plain;

/// How long one question may take, its own repeats included.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The same with a connection and a certificate to be exchanged first.
const SECURED_TIMEOUT: Duration = Duration::from_secs(4);
/// Questions under way over UDP: each holds a socket, and some systems allow no more than 256.
const SOCKETS: usize = 160;
/// Questions under way on one connection. hickory refuses more than 32.
const ON_ONE_CONNECTION: usize = 32;
/// How long a server that could not be reached is left alone, so that many questions do not queue up for it.
const REST: Duration = Duration::from_secs(1);
/// Largest answer that HTTPS may bring, in octets: the largest message there is.
const LARGEST_MESSAGE: usize = 65_535;
/// What every message for DNS over HTTPS says it is. Source: RFC 8484 section 6.
const MESSAGE_TYPE: &str = "application/dns-message";

type Exchange = DnsExchange<TokioRuntimeProvider>;

/// One connection to one server, made when it is needed and again after it broke.
struct Line {
    state: Turn<State>,
    room: Semaphore,
}

impl Default for Line {
    fn default() -> Self {
        Self { state: Turn::new(State::New), room: Semaphore::new(ON_ONE_CONNECTION) }
    }
}

enum State {
    New,
    /// Connected for the so-manieth time.
    Open(Exchange, u64),
    /// It could not be made, and when that was.
    Down(NetError, Instant),
}

/// A client for one page of DNS over HTTPS.
struct Page {
    http: reqwest::Client,
    room: Semaphore,
}

/// The ways to every server. Connections are kept.
pub(super) struct Transport {
    /// Owns the tasks of every connection: it must outlive them.
    provider: TokioRuntimeProvider,
    /// The same for servers on this machine.
    kept: KeptSockets,
    trust: Trust,
    sockets: Semaphore,
    lines: Mutex<HashMap<Endpoint, Arc<Line>>>,
    pages: Mutex<HashMap<Endpoint, Arc<Page>>>,
}

impl Transport {
    pub(super) fn new(trust: Trust) -> Self {
        Self {
            provider: TokioRuntimeProvider::default(),
            kept: KeptSockets::default(),
            trust,
            sockets: Semaphore::new(SOCKETS),
            lines: Mutex::default(),
            pages: Mutex::default(),
        }
    }

    /// One server's answer to one question, or what was heard in its place. What only some need is on the heap: of
    /// packets there are many, each with a future as large as the largest of its ways.
    pub(super) async fn exchange(
        &self,
        to: &Endpoint,
        question: &Question,
    ) -> Result<DnsResponse, Observation> {
        match to {
            Endpoint::Udp(address) => match self.by_packet(*address, question).await {
                Ok(answer) if !answer.metadata.truncation => Ok(answer),
                // Too long for a packet, or a server that does not repeat the spelling: a connection cannot
                // be forged as easily.
                Ok(_) | Err(NetError::QueryCaseMismatch) => {
                    Box::pin(self.by_line(&Endpoint::Tcp(*address), question)).await
                }
                Err(error) => Err(unanswered(&error)),
            },
            Endpoint::Tcp(_) | Endpoint::Tls { .. } => Box::pin(self.by_line(to, question)).await,
            Endpoint::Https { url, address } => {
                let page = self.page(to, url, *address)?;
                Box::pin(self.by_page(&page, url, question)).await
            }
        }
    }

    async fn by_packet(&self, address: SocketAddr, question: &Question) -> Result<DnsResponse, NetError> {
        let _socket = self.sockets.acquire().await.map_err(|_| NetError::Busy)?;
        if address.ip().is_loopback() {
            return self.kept.exchange(address, question).await;
        }
        let exchange = UdpClientStream::builder(address, self.provider.clone())
            .with_timeout(Some(TIMEOUT))
            .with_max_retries(2)
            .exchange();
        exchange.send(question.request(true)).first_answer().await
    }

    async fn by_line(&self, to: &Endpoint, question: &Question) -> Result<DnsResponse, Observation> {
        let line = {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lines.entry(to.clone()).or_default())
        };
        let _room = line.room.acquire().await.map_err(|_| Observation::Silent)?;
        let (exchange, number) = self.open(&line, to, 0).await.map_err(|error| unanswered(&error))?;
        let answer = match ask(exchange, question).await {
            // What a connection looks like that the server has closed: it is made anew, once.
            Err(NetError::Busy | NetError::Io(_)) => match self.open(&line, to, number).await {
                Ok((exchange, _)) => ask(exchange, question).await,
                Err(error) => Err(error),
            },
            answer => answer,
        };
        if matches!(answer, Err(NetError::Timeout)) {
            // Whoever is gone without a word will not come back on the same connection.
            *line.state.lock().await = State::New;
        }
        checked(question, answer.map_err(|error| unanswered(&error))?)
    }

    /// The connection to a server and its number, made if there is none or only one that is `worn` out.
    async fn open(&self, line: &Line, to: &Endpoint, worn: u64) -> Result<(Exchange, u64), NetError> {
        let mut kept = line.state.lock().await;
        match &*kept {
            State::Open(exchange, number) if *number != worn => return Ok((exchange.clone(), *number)),
            State::Down(error, since) if since.elapsed() < REST => return Err(error.clone()),
            State::Open(..) | State::Down(..) | State::New => {}
        }
        match self.connect(to).await {
            Ok(exchange) => {
                *kept = State::Open(exchange.clone(), worn + 1);
                Ok((exchange, worn + 1))
            }
            Err(error) => {
                *kept = State::Down(error.clone(), Instant::now());
                Err(error)
            }
        }
    }

    async fn connect(&self, to: &Endpoint) -> Result<Exchange, NetError> {
        let provider = self.provider.clone();
        let connected = async {
            match to {
                Endpoint::Tls { address, name } => {
                    let name = certificate_name(*address, name.as_deref())?;
                    tls_exchange(*address, name, self.trust.plain(), TIMEOUT, None, provider).await
                }
                Endpoint::Udp(address) | Endpoint::Tcp(address) => {
                    TcpClientStream::exchange(*address, None, TIMEOUT, None, provider).await
                }
                Endpoint::Https { .. } => Err(NetError::NoConnections),
            }
        };
        tokio::time::timeout(SECURED_TIMEOUT, connected).await.map_err(|_| NetError::Timeout)?
    }

    fn page(&self, to: &Endpoint, url: &str, at: Option<SocketAddr>) -> Result<Arc<Page>, Observation> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(to) {
            return Ok(Arc::clone(page));
        }
        let mut builder = shell::client(&self.trust, to.is_loopback()).timeout(SECURED_TIMEOUT);
        if let Some(address) = at {
            builder = builder.resolve(&host(url), address);
        }
        let http = builder.build().map_err(|error| could_not_say(&error.to_string()))?;
        let page = Arc::new(Page { http, room: Semaphore::new(ON_ONE_CONNECTION) });
        pages.insert(to.clone(), Arc::clone(&page));
        Ok(page)
    }

    async fn by_page(&self, page: &Page, url: &str, question: &Question) -> Result<DnsResponse, Observation> {
        let _room = page.room.acquire().await.map_err(|_| Observation::Silent)?;
        let mut message = question.message();
        // So that caches on the way can tell that two questions are the same. Source: RFC 8484 section 4.1.
        message.metadata.id = 0;
        let question_bytes = message.to_vec().map_err(|_| could_not_say("not a question"))?;
        let request = page.http.post(url).header("content-type", MESSAGE_TYPE).header("accept", MESSAGE_TYPE);
        let response = request.body(question_bytes).send().await.map_err(|error| unsent(&error))?;
        if !response.status().is_success() {
            return Err(could_not_say(&format!("HTTP status {}", response.status().as_u16())));
        }
        let bytes = body::whole(response, LARGEST_MESSAGE).await.map_err(|broken| match broken {
            Broken::Connection(error) => unsent(&error),
            Broken::TooSlow => Observation::Silent,
            Broken::TooLong => nonsense(),
        })?;
        let answer = DnsResponse::from_buffer(bytes).map_err(|_| nonsense())?;
        checked(question, answer)
    }
}

async fn ask(exchange: Exchange, question: &Question) -> Result<DnsResponse, NetError> {
    let answer = exchange.send(question.request(false)).first_answer();
    tokio::time::timeout(TIMEOUT, answer).await.map_err(|_| NetError::Timeout)?
}

fn checked(question: &Question, answer: DnsResponse) -> Result<DnsResponse, Observation> {
    if question.is_answered_by(&answer) { Ok(answer) } else { Err(nonsense()) }
}

fn nonsense() -> Observation {
    could_not_say("an answer that makes no sense")
}

fn certificate_name(address: SocketAddr, name: Option<&str>) -> Result<ServerName<'static>, NetError> {
    match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| NetError::NoConnections),
        None => Ok(ServerName::from(address.ip())),
    }
}

fn unanswered(error: &NetError) -> Observation {
    match error {
        NetError::Io(cause) => mistrust(cause.as_ref()).unwrap_or(Observation::Silent),
        NetError::Timeout | NetError::NoConnections | NetError::Busy => Observation::Silent,
        _ => nonsense(),
    }
}

fn unsent(error: &reqwest::Error) -> Observation {
    mistrust(error).unwrap_or(Observation::Silent)
}

/// Says so if a connection failed because the server could not prove who it is.
fn mistrust(error: &(dyn std::error::Error + 'static)) -> Option<Observation> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(tls_words(error));
    }
    // An I/O error does not name what it wraps as its source.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => mistrust(inner),
        None => mistrust(error.source()?),
    }
}

/// The name within `DnsName("a.test")`, as rustls writes it.
fn bare(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

fn tls_words(error: &rustls::Error) -> Observation {
    use rustls::CertificateError as Bad;
    let otherwise = |why: &str| Distrust::Otherwise(why.to_owned());
    let rustls::Error::InvalidCertificate(bad) = error else {
        let why = plain::sanitize_line(&error.to_string());
        return could_not_say(&format!("no secure connection: {why}"));
    };
    Observation::Unproven(match bad {
        Bad::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<&str> = presented.iter().take(2).map(|name| bare(name)).collect();
            Distrust::OtherName(plain::sanitize_line(&names.join(" and ")))
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            Distrust::OtherName("another name".to_owned())
        }
        Bad::UnknownIssuer => otherwise("its certificate is from an issuer that is not trusted"),
        Bad::Expired | Bad::ExpiredContext { .. } => otherwise("its certificate has expired"),
        other => otherwise(&plain::sanitize_line(&other.to_string())),
    })
}
