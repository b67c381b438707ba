//! Asks a sending provider. Effects: network, clock.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName};
use secrecy::SecretString;

use super::error::messages;
use super::{Doing, ProviderError, Service, postmark, sendgrid};
use crate::io::http::retry::RetryPolicy;
use crate::io::http::shell::{Dialect, Shell};
use crate::io::http::{DecodeError, Request, RequestErrorKind};
use crate::io::secret::{self, Address};
use crate::io::tls::Trust;
use crate::model::dns::DomainName;
use crate::model::progress::Quiet;
use crate::model::sending::{Said, SendingDomain};

/// Longest body that is read.
const LONGEST_BODY: usize = 8 << 20;

/// A sending provider, reached with a key. Whatever it is asked may come to nothing with a [`ProviderError`].
#[derive(Debug)]
pub struct ProviderClient {
    service: Service,
    shell: Shell,
}

impl ProviderClient {
    /// A provider at `base`, or where its API usually is. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when the address may not be given a key or the key cannot be sent.
    #[expect(clippy::needless_pass_by_value, reason = "the key is spent here: its owner must not keep it")]
    pub fn new(
        service: Service,
        base: Option<&str>,
        key: SecretString,
        trust: &Trust,
    ) -> Result<Self, ProviderError> {
        let failed = |kind| ProviderError { service, doing: Doing::Connect, kind };
        let address = Address::parse(base.unwrap_or(service.default_base()));
        let address = address.map_err(|bad| failed(bad.into()))?;
        let (name, prefix) = service.key_header();
        let key = secret::header(prefix, &key).map_err(|bad| failed(bad.into()))?;
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), key)]);
        let (name, retry, longest_body) = (service.word(), RetryPolicy::default(), LONGEST_BODY);
        let dialect = Dialect { name, messages, retry, quota: None, longest_body };
        let shell = Shell::new(address, headers, dialect, trust, Arc::new(Quiet));
        let shell = shell.map_err(|error| failed(RequestErrorKind::NoAnswer(error).into()))?;
        Ok(Self { service, shell })
    }

    /// The domains that are set up there and lie in `zones`, with the records they want.
    pub async fn domains(&self, zones: &[DomainName]) -> Result<Vec<SendingDomain>, ProviderError> {
        match self.service {
            Service::SendGrid | Service::SendGridEu => {
                let read = |body: &[u8]| sendgrid::read_page(body, zones);
                self.list((sendgrid::PER_PAGE, sendgrid::MOST), sendgrid::page, read).await
            }
            Service::Postmark => {
                let read = |body: &[u8]| postmark::read_page(body, zones);
                let mut all = self.list((postmark::PER_PAGE, postmark::MOST), postmark::page, read).await?;
                for domain in &mut all {
                    let doing = Doing::Read(domain.domain.to_string());
                    let read = |body: &[u8]| postmark::read_domain(body, domain);
                    *domain = self.ask(&doing, &postmark::domain(domain), read).await?;
                }
                Ok(all)
            }
        }
    }

    /// Has the provider look again at the records of `domain`, and tells what it sees. Not sent
    /// again if it may have been carried out.
    pub async fn validate(&self, domain: &SendingDomain) -> Result<Vec<Said>, ProviderError> {
        let doing = Doing::Validate(domain.domain.to_string());
        match self.service {
            Service::SendGrid | Service::SendGridEu => {
                let read = |body: &[u8]| sendgrid::read_validation(body, domain);
                self.ask(&doing, &sendgrid::validate(domain), read).await
            }
            Service::Postmark => {
                let mut said = Vec::new();
                for (part, request) in postmark::validate(domain) {
                    let read = |body: &[u8]| postmark::read_validation(body, part, domain);
                    said.extend(self.ask(&doing, &request, read).await?);
                }
                Ok(said)
            }
        }
    }

    /// Reads page after page until one is not full.
    async fn list(
        &self,
        (per_page, most): (usize, usize),
        page: fn(usize) -> Request,
        read: impl Fn(&[u8]) -> Result<(usize, Vec<SendingDomain>), DecodeError>,
    ) -> Result<Vec<SendingDomain>, ProviderError> {
        let mut all = Vec::new();
        for offset in (0..most).step_by(per_page) {
            let (count, domains) = self.ask(&Doing::List, &page(offset), &read).await?;
            all.extend(domains);
            if count < per_page {
                break;
            }
        }
        Ok(all)
    }

    async fn ask<T>(
        &self,
        doing: &Doing,
        request: &Request,
        read: impl Fn(&[u8]) -> Result<T, DecodeError>,
    ) -> Result<T, ProviderError> {
        let sent = self.shell.send(request, read).await;
        sent.map_err(|kind| ProviderError { service: self.service, doing: doing.clone(), kind: kind.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ProviderErrorKind;
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

    fn sender(service: Service, base: &str) -> ProviderClient {
        ProviderClient::new(
            service,
            Some(base),
            SecretString::from("SG.secret".to_owned()),
            &Trust::default(),
        )
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
        assert!(error.kind.to_string().contains("internal error getting TXT"), "{}", error.kind);
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
            ProviderClient::new(
                Service::SendGrid,
                Some(base),
                SecretString::from(key.to_owned()),
                &Trust::default(),
            )
        };
        let clear = of("http://api.sendgrid.com", "SG.secret").unwrap_err();
        assert_eq!(clear.exit(), Exit::Usage);
        assert!(clear.hints()[0].contains("SENDGRID_BASE_URL"));
        assert!(matches!(of("https://a.test", "two\nlines").unwrap_err().kind, ProviderErrorKind::Key(_)));
        let shown = format!("{:?}", of("https://a.test", "SG.secret").unwrap());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
