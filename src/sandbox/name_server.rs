//! The DNS faces: one authoritative server and several caching resolvers. Effects: network.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER_PERMISSIVE;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Edns, Header, HeaderCounts, Metadata, OpCode, ResponseCode};
use hickory_server::proto::rr::rdata::{CNAME, MX, NS, NULL, SRV, TXT};
use hickory_server::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

use super::fault::Fault;
use super::state::State;
use super::world::answer::{Answer, Rcode, View};
use super::world::plain::Plain;
use super::world::structured;

/// Largest answer over UDP, whatever the asker can take.
const UDP_PAYLOAD: u16 = 1_232;
/// Octets in one character-string. Source: RFC 1035 section 3.3.
const STRING_OCTETS: usize = 255;
const TCP_TIMEOUT: Duration = Duration::from_secs(5);

/// What one server plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Authority,
    /// By its place among the resolvers.
    Resolver(usize),
}

/// Opens a server on a free loopback port, UDP and TCP alike.
pub(super) async fn open(state: Arc<State>, part: Part) -> std::io::Result<(Server<Face>, SocketAddr)> {
    let mut last = None;
    for _ in 0..20 {
        let tcp = TcpListener::bind("127.0.0.1:0").await?;
        let address = tcp.local_addr()?;
        match UdpSocket::bind(address).await {
            Ok(udp) => {
                let mut server = Server::new(Face { state, part });
                server.register_socket(udp);
                server.register_listener(tcp, TCP_TIMEOUT, 64);
                return Ok((server, address));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("no port is free for UDP and TCP")))
}

/// One server.
#[derive(Debug)]
pub(super) struct Face {
    state: Arc<State>,
    part: Part,
}

impl Face {
    /// `None`: stay silent.
    fn answer(&self, name: &str, kind: &str, is_unchecked: bool) -> Option<Answer> {
        self.state.with(|inner| {
            let has = |fault| inner.faults.contains(&fault);
            if has(Fault::SilentDns) {
                return None;
            }
            let Part::Resolver(place) = self.part else {
                return Some(inner.world.answer(View::Source, name, kind));
            };
            if has(Fault::SilentResolver(place + 1)) {
                return None;
            }
            if has(Fault::LyingResolver(place + 1)) {
                return Some(advertisement(name, kind));
            }
            // The parent's word is signed by the parent.
            let at_registrar = inner.world.left_at_the_registrar(name).filter(|_| kind == "DS");
            if let Some(record) = at_registrar {
                return Some(Answer { answers: vec![record], ..Answer::default() });
            }
            if !is_unchecked && inner.world.fails_validation(name) {
                return Some(Answer { rcode: Rcode::ServFail, ..Answer::default() });
            }
            let now = inner.now();
            Some(inner.resolvers.get_mut(place)?.resolve(&inner.world, now, name, kind))
        })
    }
}

fn advertisement(name: &str, kind: &str) -> Answer {
    let answer = match kind {
        "CNAME" => Plain::new(name, "CNAME", "search.advertising.example", 2),
        _ => Plain::new(name, "A", "198.51.100.7", 2),
    };
    Answer { answers: vec![answer], ..Answer::default() }
}

#[async_trait::async_trait]
impl RequestHandler for Face {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut out: R,
    ) -> ResponseInfo {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.recursion_available = self.part != Part::Authority;
        let mut builder = MessageResponseBuilder::from_message_request(request);
        let edns = request.edns.as_ref().map(|asked| {
            let mut edns = Edns::new();
            edns.set_max_payload(asked.max_payload().clamp(512, UDP_PAYLOAD));
            edns
        });
        if let Some(edns) = edns.as_ref() {
            builder.edns(edns);
        }
        let is_newer = request.edns.as_ref().is_some_and(|edns| edns.version() > 0);
        let mut records = (Vec::new(), Vec::new());
        metadata.response_code = match request.request_info().ok() {
            _ if metadata.op_code != OpCode::Query => ResponseCode::NotImp,
            _ if is_newer => ResponseCode::BADVERS,
            None => ResponseCode::FormErr,
            Some(info) if info.query.query_class() != DNSClass::IN => ResponseCode::Refused,
            Some(info) => {
                let asked = info.query.original().name();
                let name = asked.to_ascii().trim_end_matches('.').to_lowercase();
                let kind = info.query.query_type().to_string();
                let Some(answer) = self.answer(&name, &kind, request.metadata.checking_disabled) else {
                    return unsent(metadata);
                };
                metadata.authoritative = answer.authoritative && self.part == Part::Authority;
                records = (rendered(&answer.answers, asked), rendered(&answer.authority, asked));
                ResponseCode::from_low(answer.rcode as u8)
            }
        };
        let none = std::iter::empty;
        let response = builder.build(metadata, records.0.iter(), records.1.iter(), none(), none());
        match out.send_response(response).await {
            Ok(info) => info,
            Err(_) => unsent(metadata),
        }
    }
}

fn unsent(metadata: Metadata) -> ResponseInfo {
    ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() })
}

/// Records of an answer; the asker's own spelling of the name is kept (0x20).
fn rendered(records: &[Plain], asked: &Name) -> Vec<Record> {
    let one = |record: &Plain| {
        let owner = host(&record.name)?;
        let owner = if owner == *asked { asked.clone() } else { owner };
        Some(Record::from_rdata(owner, record.ttl, data(record)?))
    };
    records.iter().filter_map(one).collect()
}

/// The octets of a DS record: key tag, algorithm, digest type, digest. Source: RFC 4034 section 5.
fn ds(content: &str) -> Option<Vec<u8>> {
    let mut words = content.split(' ');
    let mut octets = words.next()?.parse::<u16>().ok()?.to_be_bytes().to_vec();
    octets.push(words.next()?.parse().ok()?);
    octets.push(words.next()?.parse().ok()?);
    octets.extend(HEXLOWER_PERMISSIVE.decode(words.next()?.as_bytes()).ok()?);
    Some(octets)
}

/// The octets of a CAA record: flags, length of the tag, tag, value. Source: RFC 8659 section 4.1.
fn caa(content: &str) -> Option<Vec<u8>> {
    let mut words = content.splitn(3, ' ');
    let (flags, tag, value) = (words.next()?, words.next()?, words.next()?.trim_matches('"'));
    let mut octets = vec![flags.parse().ok()?, u8::try_from(tag.len()).ok()?];
    octets.extend(tag.bytes().chain(value.bytes()));
    Some(octets)
}

fn host(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{name}.")).ok()
}

fn data(record: &Plain) -> Option<RData> {
    let content = record.content.as_str();
    Some(match record.kind.as_str() {
        "A" | "AAAA" | "SOA" => RData::try_from_str(record.kind.parse().ok()?, content).ok()?,
        "CNAME" => RData::CNAME(CNAME(host(content)?)),
        "NS" => RData::NS(NS(host(content)?)),
        "MX" => RData::MX(MX::new(record.priority, host(content)?)),
        "DS" => RData::Unknown { code: RecordType::DS, rdata: NULL::with(ds(content)?) },
        "TXT" => {
            let strings = structured::strings(content);
            let octets = strings.iter().flat_map(|string| string.as_bytes().chunks(STRING_OCTETS));
            let parts = octets.map(|part| String::from_utf8_lossy(part).into_owned());
            RData::TXT(TXT::new(parts.collect()))
        }
        "SRV" => {
            let words: Vec<&str> = content.split(' ').collect();
            let [weight, port, target] = words.as_slice() else { return None };
            RData::SRV(SRV::new(record.priority, weight.parse().ok()?, port.parse().ok()?, host(target)?))
        }
        "CAA" => RData::Unknown { code: RecordType::CAA, rdata: NULL::with(caa(content)?) },
        _ => return None,
    })
}
