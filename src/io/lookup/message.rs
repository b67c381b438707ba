//! Questions and answers as messages of the DNS. Pure.

use std::net::IpAddr;

use hickory_resolver::proto::op::{
    DnsRequest, DnsRequestOptions, DnsResponse, Edns, Message, Metadata, Query, ResponseCode,
};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use crate::model::dns::DomainName;
use crate::model::lookup::{Kind, Observation, QuestionType, Seen, SeenData};

/// Largest answer that fits a UDP packet nearly everywhere. Source: DNS flag day 2020.
const EDNS_PAYLOAD: u16 = 1_232;

/// What is heard of a server that says nothing about a name.
pub(super) fn could_not_say(reason: &str) -> Observation {
    Observation::CouldNotSay { reason: reason.to_owned(), answers_unchecked: false }
}

/// One question as it is put to a server.
#[derive(Debug, Clone)]
pub(super) struct Question {
    name: Name,
    kind: RecordType,
    server: Kind,
    /// Ask a resolver not to check signatures.
    pub(super) checking_disabled: bool,
}

impl Question {
    /// A question for `server` to answer; `None` if the name cannot be written in a message.
    pub(super) fn new(name: &DomainName, kind: QuestionType, server: Kind) -> Option<Self> {
        let name = Name::from_ascii(format!("{name}.")).ok()?;
        Some(Self { name, kind: record_type(kind), server, checking_disabled: false })
    }

    /// The question as a request. With `mixed_case` the letters of the name are upper or lower case at
    /// random, and only an answer that repeats them is one. Source: draft-vixie-dnsext-dns0x20-00.
    pub(super) fn request(&self, mixed_case: bool) -> DnsRequest {
        let mut options = DnsRequestOptions::default();
        options.case_randomization = mixed_case;
        DnsRequest::new(self.message(), options)
    }

    pub(super) fn message(&self) -> Message {
        let mut message = Message::query();
        // A resolver refuses questions that do not ask it to do the work.
        message.metadata.recursion_desired = self.server == Kind::Resolver;
        message.metadata.checking_disabled = self.checking_disabled;
        message.add_query(Query::query(self.name.clone(), self.kind));
        let mut edns = Edns::new();
        edns.set_max_payload(EDNS_PAYLOAD).set_version(0);
        message.set_edns(edns);
        message
    }

    /// Whether a message is an answer to this question and to no other. One that refuses may leave the question
    /// out.
    pub(super) fn is_answered_by(&self, message: &Message) -> bool {
        let claims = matches!(message.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
        if message.queries.is_empty() && !claims {
            return true;
        }
        let [asked] = message.queries.as_slice() else { return false };
        asked.query_type() == self.kind && *asked.name() == self.name
    }

    /// What a server says that hands the name on to others: name servers at or above it.
    fn delegated(&self, response: &DnsResponse) -> Option<Observation> {
        let name = domain(&self.name)?;
        let cut = response.authorities.iter().find_map(|record| match record.data {
            RData::NS(_) => domain(&record.name).filter(|cut| name.is_within(cut)),
            _ => None,
        })?;
        let to = response.authorities.iter().filter_map(|record| match &record.data {
            RData::NS(host) => domain(&host.0),
            _ => None,
        });
        Some(Observation::Delegated { to: to.take(MOST_SERVERS).collect(), cut })
    }

    pub(super) fn read(&self, response: &DnsResponse) -> Observation {
        let Metadata { response_code: code, authoritative, truncation, .. } = response.metadata;
        let negative_ttl = response.negative_ttl();
        let claims = matches!(code, ResponseCode::NoError | ResponseCode::NXDomain);
        // What does not fit a packet is asked for again over a connection, where everything fits.
        if claims && truncation {
            return could_not_say("an answer that was cut short");
        }
        // A forwarder, or whoever intercepts port 53, has no say about what is published.
        if claims && self.server == Kind::Authoritative && !authoritative {
            return self.delegated(response).unwrap_or_else(|| could_not_say("not authoritative"));
        }
        match code {
            ResponseCode::NXDomain if response.answers.is_empty() => Observation::NoName { negative_ttl },
            // An alias to a name that does not exist: the alias is what we want to know about.
            ResponseCode::NoError | ResponseCode::NXDomain if !response.answers.is_empty() => {
                let records: Vec<Seen> = response.answers.iter().filter_map(seen).collect();
                match domain(&self.name).map(|name| along(&name, &records)) {
                    Some(Ok(records)) if records.is_empty() => could_not_say("an answer about other names"),
                    Some(Ok(records)) => Observation::Answer(records),
                    Some(Err(why)) => could_not_say(why),
                    None => could_not_say("not a name"),
                }
            }
            // Somebody who does no recursion says whom else to ask.
            ResponseCode::NoError
                if self.server == Kind::Resolver && negative_ttl.is_none() && hands_on(response) =>
            {
                could_not_say("a referral to other servers")
            }
            ResponseCode::NoError => Observation::NoData { negative_ttl },
            ResponseCode::ServFail => could_not_say("SERVFAIL"),
            ResponseCode::Refused => could_not_say("REFUSED"),
            code => could_not_say(&format!("response code {}", u16::from(code))),
        }
    }
}

/// Whether a server names others instead of an answer.
fn hands_on(response: &DnsResponse) -> bool {
    !response.metadata.authoritative
        && response.authorities.iter().any(|record| matches!(record.data, RData::NS(_)))
}

/// Most name servers of a delegation that are told.
const MOST_SERVERS: usize = 8;
/// Longest chain of aliases that is followed. Resolvers give up earlier: BIND and unbound after 11 or 16.
const LONGEST_CHAIN: usize = 16;

/// The records at `name` and along the aliases from there, in that order; what else an answer holds does not belong
/// to it.
fn along(name: &DomainName, records: &[Seen]) -> Result<Vec<Seen>, &'static str> {
    let mut found = Vec::new();
    let mut visited = vec![name];
    let mut at = Some(name);
    while let Some(name) = at {
        let here = records.iter().filter(|seen| seen.name == *name);
        let mut aliases = here.clone().filter_map(|seen| match &seen.data {
            SeenData::Alias(target) => Some(target),
            _ => None,
        });
        at = aliases.next();
        // Each receiver takes another one. Source: RFC 2181 section 10.1.
        if aliases.any(|other| at != Some(other)) {
            return Err("two CNAME records at one name");
        }
        found.extend(here.cloned());
        match at {
            Some(next) if visited.contains(&next) => return Err("its aliases lead in a circle"),
            Some(_) if visited.len() > LONGEST_CHAIN => return Err("a chain of more than 16 aliases"),
            Some(next) => visited.push(next),
            None => {}
        }
    }
    Ok(found)
}

fn record_type(kind: QuestionType) -> RecordType {
    match kind {
        QuestionType::Cname => RecordType::CNAME,
        QuestionType::Txt => RecordType::TXT,
        QuestionType::Mx => RecordType::MX,
        QuestionType::A => RecordType::A,
        QuestionType::Aaaa => RecordType::AAAA,
        QuestionType::Ns => RecordType::NS,
        QuestionType::Ds => RecordType::DS,
    }
}

fn seen(record: &Record) -> Option<Seen> {
    let data = match &record.data {
        RData::CNAME(target) => domain(&target.0).map_or(SeenData::Other, SeenData::Alias),
        RData::TXT(text) => {
            let bytes: Vec<u8> = text.txt_data.iter().flat_map(|part| part.iter().copied()).collect();
            SeenData::Text(String::from_utf8_lossy(&bytes).into_owned())
        }
        RData::MX(exchange) => SeenData::Exchanger(exchange.exchange.to_ascii()),
        RData::A(address) => SeenData::Address(IpAddr::V4(address.0)),
        RData::AAAA(address) => SeenData::Address(IpAddr::V6(address.0)),
        RData::NS(host) => domain(&host.0).map_or(SeenData::Other, SeenData::NameServer),
        // The first two octets are the key tag. Source: RFC 4034 section 5.1.
        RData::Unknown { code: RecordType::DS, rdata } => match rdata.anything.first_chunk() {
            Some(tag) => SeenData::KeyTag(u16::from_be_bytes(*tag)),
            None => SeenData::Other,
        },
        _ => SeenData::Other,
    };
    Some(Seen { name: domain(&record.name)?, ttl: record.ttl, data })
}

fn domain(name: &Name) -> Option<DomainName> {
    DomainName::parse(&name.to_ascii()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: &Question, code: ResponseCode) -> Message {
        let mut message = Message::response(7, hickory_resolver::proto::op::OpCode::Query);
        message.metadata.response_code = code;
        message.add_query(Query::query(question.name.clone(), question.kind));
        message
    }

    #[test]
    fn only_an_answer_to_the_question_is_one() {
        let name = DomainName::parse("s1._domainkey.example.com").unwrap();
        let question = Question::new(&name, QuestionType::Cname, Kind::Resolver).unwrap();
        let mut message = answer(&question, ResponseCode::NoError);
        assert!(question.is_answered_by(&message));
        let shouted = Name::from_ascii("S1._DomainKey.Example.COM.").unwrap();
        message.queries = vec![Query::query(shouted, question.kind)];
        assert!(question.is_answered_by(&message), "letters of the other case are the same name");
        message.queries = vec![Query::query(question.name.clone(), RecordType::TXT)];
        assert!(!question.is_answered_by(&message));
        message.queries = vec![Query::query(Name::from_ascii("s2.example.com.").unwrap(), question.kind)];
        assert!(!question.is_answered_by(&message));
        message.queries.clear();
        assert!(!question.is_answered_by(&message));
        assert!(question.is_answered_by(&{
            let mut refusal = answer(&question, ResponseCode::Refused);
            refusal.queries.clear();
            refusal
        }));
    }

    fn alias(from: &str, to: &str) -> Seen {
        let name = |text: &str| DomainName::parse(text).unwrap();
        Seen { name: name(from), ttl: 60, data: SeenData::Alias(name(to)) }
    }

    #[test]
    fn an_answer_is_followed_along_its_aliases_and_no_further() {
        let start = DomainName::parse("a.test").unwrap();
        let text = |name: &str| Seen {
            name: DomainName::parse(name).unwrap(),
            ttl: 60,
            data: SeenData::Text("v=spf1".into()),
        };
        let records = [text("c.test"), alias("b.test", "c.test"), text("x.test"), alias("a.test", "b.test")];
        let found = along(&start, &records).unwrap();
        let names: Vec<&str> = found.iter().map(|seen| seen.name.as_str()).collect();
        assert_eq!(names, ["a.test", "b.test", "c.test"], "in order, without what is not on the way");
        assert_eq!(along(&start, &[text("x.test")]), Ok(Vec::new()));
    }

    #[test]
    fn two_aliases_at_one_name_are_no_answer() {
        let start = DomainName::parse("a.test").unwrap();
        let two = [alias("a.test", "b.test"), alias("a.test", "c.test")];
        assert_eq!(along(&start, &two), Err("two CNAME records at one name"));
        let twice = [alias("a.test", "b.test"), alias("a.test", "b.test")];
        assert!(along(&start, &twice).is_ok());
    }

    #[test]
    fn a_referral_of_a_resolver_is_no_absence() {
        let name = DomainName::parse("a.test").unwrap();
        let question = Question::new(&name, QuestionType::Cname, Kind::Resolver).unwrap();
        let host = RData::NS(hickory_resolver::proto::rr::rdata::NS(Name::from_ascii("ns.test.").unwrap()));
        let mut message = answer(&question, ResponseCode::NoError);
        message.authorities.push(Record::from_rdata(Name::from_ascii("test.").unwrap(), 60, host));
        let response = DnsResponse::from_message(message).unwrap();
        assert!(matches!(question.read(&response), Observation::CouldNotSay { .. }));
    }

    #[test]
    fn an_answer_that_was_cut_short_says_nothing() {
        let name = DomainName::parse("a.test").unwrap();
        let question = Question::new(&name, QuestionType::Cname, Kind::Resolver).unwrap();
        for code in [ResponseCode::NoError, ResponseCode::NXDomain] {
            let mut message = answer(&question, code);
            message.metadata.truncation = true;
            let response = DnsResponse::from_message(message).unwrap();
            assert!(matches!(question.read(&response), Observation::CouldNotSay { .. }));
        }
    }

    #[test]
    fn a_circle_and_an_endless_chain_are_no_answer() {
        let start = DomainName::parse("0.test").unwrap();
        let circle = [alias("0.test", "1.test"), alias("1.test", "0.test")];
        assert_eq!(along(&start, &circle), Err("its aliases lead in a circle"));
        assert_eq!(along(&start, &[alias("0.test", "0.test")]), Err("its aliases lead in a circle"));
        let hop = |number: usize| alias(&format!("{number}.test"), &format!("{}.test", number + 1));
        let chain = |hops: usize| along(&start, &(0..hops).map(hop).collect::<Vec<_>>());
        assert_eq!(chain(16).map(|found| found.len()), Ok(16));
        assert_eq!(chain(40), Err("a chain of more than 16 aliases"));
    }

    #[test]
    fn a_resolver_is_asked_to_do_the_work_and_an_authority_is_not() {
        let name = DomainName::parse("example.com").unwrap();
        let of = |kind| Question::new(&name, QuestionType::Txt, kind).unwrap().message();
        assert!(of(Kind::Resolver).metadata.recursion_desired);
        assert!(!of(Kind::Authoritative).metadata.recursion_desired);
    }
}
