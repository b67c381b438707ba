//! Sockets for questions to servers on this machine, used again and again: nobody outside can forge an answer from there,
//! and half of the time of many questions is the making of sockets. Effects: network.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioRuntimeProvider};
use tokio::net::UdpSocket;

type Later<T> = Pin<Box<dyn Send + Future<Output = io::Result<T>>>>;
type Idle = Arc<Mutex<Vec<UdpSocket>>>;

/// Hands out a socket that nobody uses, or a new one. All of them are for one family of addresses each.
#[derive(Clone, Default)]
pub(super) struct KeptSockets {
    tokio: TokioRuntimeProvider,
    idle: [Idle; 2],
}

/// A socket that goes back when it is dropped. An answer that comes too late has the number of another question.
pub(super) struct KeptSocket {
    socket: Option<UdpSocket>,
    idle: Idle,
}

impl KeptSocket {
    fn socket(&self) -> io::Result<&UdpSocket> {
        self.socket.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for KeptSocket {
    fn drop(&mut self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.socket.take());
    }
}

impl DnsUdpSocket for KeptSocket {
    type Time = <UdpSocket as DnsUdpSocket>::Time;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        DnsUdpSocket::poll_recv_from(self.socket()?, cx, buf)
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], to: SocketAddr) -> Poll<io::Result<usize>> {
        DnsUdpSocket::poll_send_to(self.socket()?, cx, buf, to)
    }
}

impl RuntimeProvider for KeptSockets {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = KeptSocket;
    type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Later<Self::Tcp> {
        self.tokio.connect_tcp(server, bind, timeout)
    }

    fn bind_udp(&self, local: SocketAddr, _server: SocketAddr) -> Later<Self::Udp> {
        let idle = Arc::clone(if local.is_ipv4() { &self.idle[0] } else { &self.idle[1] });
        Box::pin(async move {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let socket = match kept {
                Some(socket) => socket,
                None => UdpSocket::bind(local).await?,
            };
            Ok(KeptSocket { socket: Some(socket), idle })
        })
    }
}
