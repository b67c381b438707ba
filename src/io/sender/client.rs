//! Asks a sending provider. Effects: network, clock.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use tokio::time::Instant;

use super::error::words;
use super::setback::{self, Asked};
use super::{Call, Doing, Method, Odd, SenderError, Service, Trouble, postmark, sendgrid};
use crate::io::http::{self, Broken};
use crate::io::secret::{self, Address};
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::sending::{Said, SendingDomain};

/// Longest body that is read.
const LONGEST_BODY: usize = 8 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence in the middle of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest time for one answer: providers that validate ask DNS in the meantime.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(90);

/// A sending provider, reached with a key.
pub struct Sender {
    service: Service,
    address: Address,
    http: reqwest::Client,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("service", &self.service).finish_non_exhaustive()
    }
}

struct Answer {
    status: u16,
    asked: Option<Duration>,
    body: Vec<u8>,
}

impl Sender {
    /// A provider at `base`, or where its API usually is. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`SenderError`] when the address may not be given a key or the key cannot be sent.
    #[expect(clippy::needless_pass_by_value, reason = "the key is spent here: its owner must not keep it")]
    pub fn new(
        service: Service,
        base: Option<&str>,
        key: SecretString,
        trust: &Trust,
    ) -> Result<Self, SenderError> {
        let failed = |trouble| SenderError { service, doing: Doing::Connect, trouble };
        let address = Address::parse(base.unwrap_or(service.default_base()))
            .map_err(|bad| failed(Trouble::Address(bad)))?;
        let (name, prefix) = service.key_header();
        let key = secret::header(prefix, &key).map_err(|bad| failed(Trouble::Key(bad)))?;
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), key);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(trust.for_http())
            .default_headers(headers)
            .user_agent(concat!("cf-domauth/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(WHOLE_TIMEOUT)
            // The key must not follow a redirect to another host.
            .redirect(reqwest::redirect::Policy::none());
        if address.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| failed(Trouble::NoAnswer(error)))?;
        Ok(Self { service, address, http })
    }

    /// The domains that are set up there and lie in `zones`, with the records they want.
    ///
    /// # Errors
    ///
    /// [`SenderError`].
    pub async fn domains(&self, zones: &[DomainName]) -> Result<Vec<SendingDomain>, SenderError> {
        match self.service {
            Service::SendGrid | Service::SendGridEu => self.sendgrid_domains(zones).await,
            Service::Postmark => self.postmark_domains(zones).await,
        }
    }

    /// Has the provider look again at the records of `domain`, and tells what it sees. Sent once: a
    /// validation that gets no answer may have been carried out.
    ///
    /// # Errors
    ///
    /// [`SenderError`].
    pub async fn validate(&self, domain: &SendingDomain) -> Result<Vec<Said>, SenderError> {
        match self.service {
            Service::SendGrid | Service::SendGridEu => {
                let call = sendgrid::validate(domain);
                self.ask(&call, |body| sendgrid::read_validation(body, domain)).await
            }
            Service::Postmark => {
                let mut said = Vec::new();
                for (part, call) in postmark::validate(domain) {
                    said.extend(self.ask(&call, |body| postmark::read_validation(body, part, domain)).await?);
                }
                Ok(said)
            }
        }
    }

    async fn sendgrid_domains(&self, zones: &[DomainName]) -> Result<Vec<SendingDomain>, SenderError> {
        let mut domains = Vec::new();
        for offset in (0..sendgrid::MOST).step_by(sendgrid::PER_PAGE) {
            let (count, mut page) =
                self.ask(&sendgrid::page(offset), |body| sendgrid::read_page(body, zones)).await?;
            domains.append(&mut page);
            if count < sendgrid::PER_PAGE {
                break;
            }
        }
        Ok(domains)
    }

    async fn postmark_domains(&self, zones: &[DomainName]) -> Result<Vec<SendingDomain>, SenderError> {
        let mut domains = Vec::new();
        for offset in (0..postmark::MOST).step_by(postmark::PER_PAGE) {
            let (count, page) =
                self.ask(&postmark::page(offset), |body| postmark::read_page(body, zones)).await?;
            for listed in page {
                let call = postmark::domain(&listed);
                domains.push(self.ask(&call, |body| postmark::read_domain(body, &listed)).await?);
            }
            if count < postmark::PER_PAGE {
                break;
            }
        }
        Ok(domains)
    }

    /// Sends a request, again if it is a read that met a passing setback, and reads its answer.
    async fn ask<T>(&self, call: &Call, read: impl Fn(&[u8]) -> Result<T, Odd>) -> Result<T, SenderError> {
        let failed = |trouble| SenderError { service: self.service, doing: call.doing.clone(), trouble };
        let (mut attempts, began) = (0, Instant::now());
        loop {
            let (trouble, asked) = match self.attempt(call).await {
                Ok(answer) => match judge(&answer) {
                    None => {
                        let odd = |Odd(what)| failed(Trouble::Unreadable { status: answer.status, what });
                        return read(&answer.body).map_err(odd);
                    }
                    Some(trouble) => (trouble, answer.asked),
                },
                Err(trouble) => (trouble, None),
            };
            attempts += 1;
            let pause = if may_repeat(call, &trouble) {
                setback::pause((attempts, began.elapsed()), asked)
            } else {
                None
            };
            let Some(pause) = pause else { return Err(failed(trouble)) };
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Trouble> {
        let broken = |why| match why {
            Broken::Connection(error) => Trouble::NoAnswer(error.without_url()),
            Broken::TooSlow => Trouble::Endless { what: "it came too slowly" },
            Broken::TooLong => Trouble::Endless { what: "it is far too long" },
        };
        let address = self.address.join(&call.path);
        let builder = match call.method {
            Method::Get => self.http.get(address),
            Method::Post => self.http.post(address).header(CONTENT_LENGTH, 0),
            Method::Put => self.http.put(address).header(CONTENT_LENGTH, 0),
        };
        let sent = builder.query(&call.query).send().await;
        let response = sent.map_err(|error| broken(Broken::Connection(error)))?;
        let status = response.status().as_u16();
        tracing::debug!(service = self.service.word(), path = %call.path, status, "answered");
        let number = |name: &str| response.headers().get(name)?.to_str().ok()?.trim().parse().ok();
        let reset = if status == 429 { number("x-ratelimit-reset") } else { None };
        let now = jiff::Timestamp::now().as_second();
        let asked = Asked { retry_after: http::retry_after(response.headers(), now), reset };
        let asked = asked.pause(u64::try_from(now).unwrap_or_default());
        let body = http::body(response, LONGEST_BODY).await.map_err(broken)?;
        Ok(Answer { status, asked, body })
    }
}

/// What stands in the way of using an answer.
fn judge(answer: &Answer) -> Option<Trouble> {
    let Answer { status, asked, ref body } = *answer;
    match status {
        200..=299 => None,
        401 | 403 => Some(Trouble::Refused { status, words: words(body) }),
        429 => Some(Trouble::Throttled { asked }),
        500..=599 => Some(Trouble::Down { status, words: words(body) }),
        300..=399 => Some(Trouble::Unreadable { status, what: "a redirect, which the key does not follow" }),
        _ => Some(Trouble::Rejected { status, words: words(body) }),
    }
}

fn may_repeat(call: &Call, trouble: &Trouble) -> bool {
    let passes = match trouble {
        Trouble::Throttled { .. } | Trouble::Down { .. } | Trouble::NoAnswer(_) => true,
        Trouble::Address(_)
        | Trouble::Key(_)
        | Trouble::Refused { .. }
        | Trouble::Rejected { .. }
        | Trouble::Endless { .. }
        | Trouble::Unreadable { .. } => false,
    };
    passes && call.method == Method::Get
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::{Advice as _, Exit};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    /// Answers one request after the other with these, and hands back what was asked.
    async fn stub(answers: Vec<String>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                asked.push(head(&mut stream).await);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        (base, asked)
    }

    /// A request up to its body, which these requests do not have.
    async fn head(stream: &mut TcpStream) -> String {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(request).unwrap()
    }

    fn answer(status: u16, header: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status} x\r\nconnection: close\r\n{header}content-length: {length}\r\n\r\n{body}")
    }

    fn sender(service: Service, base: &str) -> Sender {
        Sender::new(service, Some(base), SecretString::from("SG.secret".to_owned()), &Trust::default())
            .unwrap()
    }

    fn zones() -> [DomainName; 1] {
        [DomainName::parse("example.com").unwrap()]
    }

    fn first_lines(asked: &[String]) -> Vec<&str> {
        asked.iter().filter_map(|request| request.lines().next()).collect()
    }

    #[tokio::test]
    async fn pages_are_read_until_a_short_one_and_a_busy_server_is_asked_again() {
        let full: Vec<_> =
            (0..50).map(|id| format!(r#"{{"id":{id},"domain":"d{id}.example.com"}}"#)).collect();
        let (base, asked) = stub(vec![
            answer(429, "retry-after: 0\r\n", ""),
            answer(200, "", &format!("[{}]", full.join(","))),
            answer(200, "", r#"[{"id":50,"domain":"example.com"},{"id":51,"domain":"example.org"}]"#),
        ])
        .await;
        let domains = sender(Service::SendGrid, &base).domains(&zones()).await.unwrap();
        assert_eq!(domains.len(), 51);
        let asked = asked.await.unwrap();
        assert_eq!(
            first_lines(&asked),
            [
                "GET /v3/whitelabel/domains?limit=50&offset=0 HTTP/1.1",
                "GET /v3/whitelabel/domains?limit=50&offset=0 HTTP/1.1",
                "GET /v3/whitelabel/domains?limit=50&offset=50 HTTP/1.1"
            ]
        );
        assert!(asked[0].contains("authorization: Bearer SG.secret"));
    }

    #[tokio::test]
    async fn a_validation_is_sent_once() {
        let (base, asked) =
            stub(vec![answer(500, "", r#"{"errors":[{"message":"internal error getting TXT"}]}"#)]).await;
        let domain = SendingDomain {
            handle: "7".to_owned(),
            domain: zones()[0].clone(),
            records: Vec::new(),
            aside: Vec::new(),
        };
        let error = sender(Service::SendGrid, &base).validate(&domain).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Unreachable);
        assert!(error.trouble.to_string().contains("internal error getting TXT"), "{}", error.trouble);
        assert_eq!(first_lines(&asked.await.unwrap()), ["POST /v3/whitelabel/domains/7/validate HTTP/1.1"]);
    }

    #[tokio::test]
    async fn each_domain_of_postmark_is_read_by_itself() {
        let record =
            r#"{"ReturnPathDomain":"pm-bounces.example.com","ReturnPathDomainCNAMEValue":"pm.mtasv.net"}"#;
        let (base, asked) = stub(vec![
            answer(200, "", r#"{"TotalCount":1,"Domains":[{"ID":3,"Name":"example.com"}]}"#),
            answer(200, "", record),
        ])
        .await;
        let domains = sender(Service::Postmark, &base).domains(&zones()).await.unwrap();
        assert_eq!(domains[0].records[0].target.as_str(), "pm.mtasv.net");
        let asked = asked.await.unwrap();
        assert_eq!(
            first_lines(&asked),
            ["GET /domains?count=500&offset=0 HTTP/1.1", "GET /domains/3 HTTP/1.1"]
        );
        assert!(asked[1].contains("x-postmark-account-token: SG.secret"));
    }

    #[tokio::test]
    async fn a_refused_key_and_a_redirect_end_it() {
        for (status, exit) in [(401, Exit::Refused), (404, Exit::Refused), (302, Exit::Unreachable)] {
            let (base, asked) = stub(vec![answer(status, "location: http://127.0.0.1:1/\r\n", "{}")]).await;
            let error = sender(Service::SendGrid, &base).domains(&zones()).await.unwrap_err();
            assert_eq!(error.exit(), exit, "{status}");
            assert_eq!(asked.await.unwrap().len(), 1);
        }
    }

    #[test]
    fn the_key_goes_over_tls_and_shows_nowhere() {
        let of = |base: &str, key: &str| {
            Sender::new(Service::SendGrid, Some(base), SecretString::from(key.to_owned()), &Trust::default())
        };
        let clear = of("http://api.sendgrid.com", "SG.secret").unwrap_err();
        assert_eq!(clear.exit(), Exit::Usage);
        assert!(clear.hints()[0].contains("SENDGRID_BASE_URL"));
        assert!(matches!(of("https://a.test", "two\nlines").unwrap_err().trouble, Trouble::Key(_)));
        let shown = format!("{:?}", of("https://a.test", "SG.secret").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
