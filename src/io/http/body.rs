//! Bodies that are bounded in size and in time. Effects: network, clock.

use std::time::Duration;

use reqwest::Response;
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
pub async fn whole(response: Response, longest: usize) -> Result<Vec<u8>, Broken> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
        crate::io::http::shell::client(&crate::io::tls::Trust::default(), true).build().unwrap()
    }

    #[test]
    fn a_large_answer_may_take_longer_and_none_may_take_for_ever() {
        assert_eq!(patience(WHOLE, 100), WHOLE);
        assert_eq!(patience(WHOLE, 1 << 20), WHOLE + Duration::from_secs(64));
        assert_eq!(patience(WHOLE, usize::MAX), LONGEST);
    }
}
