//! Questions over UDP to servers on this machine, on sockets that are used again and again: nobody outside can forge an
//! answer from there, and the making of sockets is half of the time of many questions. Effects: network.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::proto::op::DnsResponse;
use tokio::net::UdpSocket;

use super::message::Question;

/// Octets of an answer that are read: more than any server was told to send.
const ROOM: usize = 4_096;
/// How often a question is sent, and how long each time is waited for its answer.
const TRIES: (usize, Duration) = (3, Duration::from_millis(667));

/// A socket that hears nobody but the server that it is connected to, and room for what the server says.
struct Kept {
    socket: UdpSocket,
    room: Vec<u8>,
}

/// Sockets that nobody uses, by server.
#[derive(Default)]
pub(super) struct KeptSockets(Mutex<HashMap<SocketAddr, Vec<Kept>>>);

impl KeptSockets {
    /// One server's answer to one question. Only a socket with which all went well is kept.
    pub(super) async fn exchange(
        &self,
        to: SocketAddr,
        question: &Question,
    ) -> Result<DnsResponse, NetError> {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().get_mut(&to).and_then(Vec::pop);
        let mut kept = match kept {
            Some(kept) => kept,
            None => Kept::new(to).await?,
        };
        let answer = kept.exchange(question).await?;
        idle().entry(to).or_default().push(kept);
        Ok(answer)
    }
}

impl Kept {
    async fn new(to: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0; 16], 0).into() };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(to).await?;
        Ok(Self { socket, room: vec![0; ROOM] })
    }

    async fn exchange(&mut self, question: &Question) -> Result<DnsResponse, NetError> {
        let message = question.message();
        let (asked, number) = (message.to_vec()?, message.metadata.id.to_be_bytes());
        let (tries, each) = TRIES;
        for _ in 0..tries {
            // Where nobody listens the system says so: a server that starts again is asked once more.
            self.socket.send(&asked).await.ok();
            if let Ok(answer) = tokio::time::timeout(each, self.answer(number, question)).await {
                return answer;
            }
        }
        Err(NetError::Timeout)
    }

    /// The answer with this number to this question. Others came too late for the question that they answer.
    async fn answer(&mut self, number: [u8; 2], question: &Question) -> Result<DnsResponse, NetError> {
        loop {
            let Ok(length) = self.socket.recv(&mut self.room).await else {
                tokio::time::sleep(TRIES.1).await;
                continue;
            };
            let heard = self.room.get(..length).filter(|heard| heard.starts_with(&number));
            let Some(heard) = heard else { continue };
            let answer = DnsResponse::from_buffer(heard.to_vec())?;
            if question.is_answered_by(&answer) {
                return Ok(answer);
            }
        }
    }
}
