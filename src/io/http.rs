//! What the clients of both kinds of API share: the pause that an answer asks for, and bodies that are bounded in
//! size and in time. Effects: network, clock.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::{Instant, timeout_at};

/// How long the body of a small answer may take: a command asks several things after one another, and ought not to
/// wait for minutes. How long the headers may take is the client's affair.
const WHOLE: Duration = Duration::from_secs(20);
/// What a slow line brings in a second: a large listing may take a second longer for each so many octets. A page of
/// 5,000 records is 3 to 5 MB.
const OCTETS_A_SECOND: u64 = 16 << 10;
/// Longest time for any answer.
const LONGEST: Duration = Duration::from_mins(5);

/// Why a body was not read to its end.
#[derive(Debug)]
pub enum Broken {
    /// The connection broke, or there was none.
    Connection(reqwest::Error),
    /// It came so slowly that it was not waited for.
    TooSlow,
    /// It is longer than anything that makes sense.
    TooLong,
}

/// The whole body of an answer, of at most `longest` octets, if it is there in time.
///
/// # Errors
///
/// [`Broken`].
pub async fn body(response: Response, longest: usize) -> Result<Vec<u8>, Broken> {
    read(response, longest, WHOLE).await
}

async fn read(mut response: Response, longest: usize, whole: Duration) -> Result<Vec<u8>, Broken> {
    let (mut body, began) = (Vec::new(), Instant::now());
    loop {
        let deadline = began + patience(whole, body.len());
        let chunk = timeout_at(deadline, response.chunk()).await.map_err(|_| Broken::TooSlow)?;
        let Some(chunk) = chunk.map_err(Broken::Connection)? else { return Ok(body) };
        if body.len() + chunk.len() > longest {
            return Err(Broken::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
}

/// How long an answer may take of which so many octets have come.
fn patience(whole: Duration, octets: usize) -> Duration {
    let more = Duration::from_secs(octets as u64 / OCTETS_A_SECOND);
    whole.saturating_add(more).min(LONGEST)
}

/// The pause that an answer asks for. A moment counts from the server's own time if it tells that, else from `now`,
/// in seconds since 1970.
pub fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let there = text(DATE).and_then(moment).unwrap_or(now);
    pause(text(RETRY_AFTER)?, there)
}

/// Seconds, whole or not, or a moment as HTTP writes it. Anything else asks for nothing. Source: RFC 9110 section
/// 10.2.3; fractions are not in it and are sent all the same.
fn pause(text: &str, now: i64) -> Option<Duration> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    if is_number {
        let seconds: f64 = text.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let ahead = moment(text)?.saturating_sub(now);
    Some(Duration::from_secs(u64::try_from(ahead).unwrap_or_default()))
}

fn moment(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text).ok().map(|moment| moment.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_of_any_size_sign_and_form_is_read_without_a_panic() {
        let now = 1_445_412_000;
        let seconds = |text: &str| pause(text, now).map(|pause| pause.as_secs_f64());
        assert_eq!(seconds("120"), Some(120.0));
        assert_eq!(seconds("0.5"), Some(0.5));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT"), Some(480.0));
        assert_eq!(seconds("Sat, 21 Oct 2000 07:28:00 GMT"), Some(0.0));
        for huge in ["18446744073709551615", "99999999999999999999999", &"9".repeat(400)] {
            assert!(pause(huge, now).is_some_and(|pause| pause > Duration::from_hours(1_000_000)), "{huge}");
        }
        for nothing in ["", "-5", "+5", "inf", "NaN", "1e400", "1.2.3", "soon", "0x10", "Wed, 99 Foo 2015"] {
            assert_eq!(pause(nothing, now), None, "{nothing}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_trickles_or_never_ends_is_not_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let accept = async || trickle(listener.accept().await.unwrap().0).await;
        let trickles = async { tokio::join!(accept(), accept()) };
        let get = || client().get(&url).send();
        let short = Duration::from_millis(100);
        let looked = async {
            assert!(matches!(read(get().await.unwrap(), 1 << 20, short).await, Err(Broken::TooSlow)));
            assert!(matches!(read(get().await.unwrap(), 20, WHOLE).await, Err(Broken::TooLong)));
        };
        tokio::join!(trickles, looked);
    }

    async fn trickle(mut stream: tokio::net::TcpStream) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
        while stream.write_all(b"        ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn client() -> reqwest::Client {
        let builder = reqwest::Client::builder().no_proxy();
        builder.tls_backend_preconfigured(crate::io::tls::Trust::default().for_http()).build().unwrap()
    }

    #[test]
    fn a_large_answer_may_take_longer_and_none_may_take_for_ever() {
        assert_eq!(patience(WHOLE, 100), WHOLE);
        assert_eq!(patience(WHOLE, 1 << 20), WHOLE + Duration::from_secs(64));
        assert_eq!(patience(WHOLE, usize::MAX), LONGEST);
    }
}
