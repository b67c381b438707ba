//! Name servers that answer what they should not. The server here is written by hand for that.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};

use crate::scene::{Run, Scene};

const TXT: u16 = 16;
const CNAME: u16 = 5;
const A: u16 = 1;

/// A question: its number, its name as it was spelled, its type, and the octets of its section.
struct Question {
    id: [u8; 2],
    labels: Vec<String>,
    kind: u16,
    section: Vec<u8>,
}

fn question(packet: &[u8]) -> Question {
    let (mut at, mut labels) = (12, Vec::new());
    while packet[at] != 0 {
        let end = at + 1 + usize::from(packet[at]);
        labels.push(String::from_utf8(packet[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let kind = u16::from_be_bytes([packet[at + 1], packet[at + 2]]);
    Question { id: [packet[0], packet[1]], labels, kind, section: packet[12..at + 5].to_vec() }
}

fn wire(name: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for label in name.split('.') {
        octets.push(u8::try_from(label.len()).unwrap());
        octets.extend(label.as_bytes());
    }
    octets.push(0);
    octets
}

fn record(owner: &str, kind: u16, data: &[u8]) -> Vec<u8> {
    let mut octets = wire(owner);
    octets.extend(kind.to_be_bytes());
    octets.extend([0, 1, 0, 0, 0, 60]);
    octets.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    octets.extend(data);
    octets
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(255)
        .flat_map(|part| [&[u8::try_from(part.len()).unwrap()], part].concat())
        .collect()
}

fn message(id: [u8; 2], section: &[u8], code: u8, records: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    let head = [id[0], id[1], 0x85, 0x80 | code, 0, 1, count[0], count[1], 0, 0, 0, 0];
    [&head[..], section, &records.concat()].concat()
}

const KEY: &str = include_str!("../../fixtures/sandbox/dkim-key.txt");

/// Where the name points; the misbehaviour asked for goes along as the first label.
fn target(question: &Question) -> String {
    format!("{}.vendor.example", question.labels[0].to_ascii_lowercase())
}

/// An answer that leads to the target, and there to these records.
fn led(question: &Question, records: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let name = question.labels.join(".");
    let is_target = question.labels[1].eq_ignore_ascii_case("vendor");
    let alias = (!is_target).then(|| record(&name, CNAME, &wire(&target(question))));
    let records = records.into_iter().filter(|_| question.kind == TXT);
    alias.into_iter().chain(records).collect()
}

/// What an honest server says.
fn honest(question: &Question) -> Vec<Vec<u8>> {
    led(question, [record(&target(question), TXT, &text(KEY.trim()))])
}

/// Answers by the first label of the name: several messages, the second member telling whether from a socket that
/// was not asked.
fn answers(question: &Question, over_tcp: bool) -> Vec<(Vec<u8>, bool)> {
    let Question { id, section, .. } = question;
    let right = message(*id, section, 0, &honest(question));
    let (name, to) = (question.labels.join("."), target(question));
    let forged = || vec![record(&name, CNAME, &wire("evil.example"))];
    match question.labels[0].to_ascii_lowercase().as_str() {
        "wrong-number" => vec![(message([id[0], !id[1]], section, 0, &honest(question)), false)],
        "forged-number" => vec![(message([!id[0], id[1]], section, 0, &forged()), false), (right, false)],
        "wrong-source" => vec![(right, true)],
        "forged-source" => vec![(message(*id, section, 0, &forged()), true), (right, false)],
        "wrong-question" => {
            let mut other = wire("other.example");
            other.extend([0, 5, 0, 1]);
            vec![(message(*id, &other, 0, &honest(question)), false)]
        }
        "one-case" if !over_tcp => {
            vec![(message(*id, &section.to_ascii_lowercase(), 0, &honest(question)), false)]
        }
        "shouting" => {
            let mut records = led(question, [record("Shouting.vendor.Example", TXT, &text(KEY.trim()))]);
            if name.contains('_') {
                records[0] = record(&name.to_ascii_uppercase(), CNAME, &wire("SHOUTING.Vendor.EXAMPLE"));
            }
            vec![(message(*id, section, 0, &records), false)]
        }
        "circle" => {
            let back =
                [record(&to, CNAME, &wire("round.example")), record("round.example", CNAME, &wire(&to))];
            vec![(message(*id, section, 0, &led(question, back)), false)]
        }
        "hops" => {
            let hop =
                |number: usize| if number == 0 { to.clone() } else { format!("h{number}.vendor.example") };
            let mut chain: Vec<_> =
                (0..39).map(|number| record(&hop(number), CNAME, &wire(&hop(number + 1)))).collect();
            chain.push(record(&hop(39), TXT, &text(KEY.trim())));
            vec![(message(*id, section, 0, &led(question, chain)), false)]
        }
        "huge" => {
            let long = record(&to, TXT, &text(&"x".repeat(65_000)));
            vec![(message(*id, section, 0, &led(question, [long])), false)]
        }
        "broken-key" => {
            let broken = record(&to, TXT, &text("v=DKIM1; p=MIGf!!!not*base64"));
            vec![(message(*id, section, 0, &led(question, [broken])), false)]
        }
        "advertising" => {
            vec![(message(*id, section, 0, &[record(&name, A, &[203, 0, 113, 9])]), false)]
        }
        "other-names" => {
            vec![(message(*id, section, 0, &[record("elsewhere.example", CNAME, &wire(&to))]), false)]
        }
        "exmaple" => vec![(message(*id, section, 3, &[]), false)],
        "two-aliases" => vec![(message(*id, section, 0, &[honest(question), forged()].concat()), false)],
        "cut-short" => vec![(cut(message(*id, section, 0, &[])), false)],
        "short" => vec![(right[..8].to_vec(), false)],
        "noise" => vec![(vec![0xff; 40], false)],
        _ => vec![(right, false)],
    }
}

/// The same message, which says that it was cut short.
fn cut(mut answer: Vec<u8>) -> Vec<u8> {
    answer[2] |= 0x02;
    answer
}

/// What a resolver says that remembers for ten minutes that there was no such name.
fn old_no(question: &Question) -> Vec<u8> {
    let mut soa = [wire("ns1.customer.example"), wire("hostmaster.customer.example")].concat();
    for number in [1_u32, 3_600, 600, 86_400, 600] {
        soa.extend(number.to_be_bytes());
    }
    let mut record = record("customer.example", 6, &soa);
    let ttl = wire("customer.example").len() + 4;
    record[ttl..ttl + 4].copy_from_slice(&600_u32.to_be_bytes());
    let mut answer = message(question.id, &question.section, 3, &[]);
    answer[9] = 1;
    [answer, record].concat()
}

/// Serves that old "no" over UDP until the process ends.
fn serve_old_no() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut packet = [0; 1_500];
        while let Ok((size, from)) = socket.recv_from(&mut packet) {
            socket.send_to(&old_no(&question(&packet[..size])), from).unwrap();
        }
    });
    port
}

/// One port for UDP and TCP. A port that is free for one of them may be taken for the other.
fn sockets() -> (u16, UdpSocket, TcpListener) {
    let mut attempts = (0..100).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
    let both = attempts.find_map(|socket| {
        let address = socket.local_addr().unwrap();
        TcpListener::bind(address).ok().map(|listener| (address.port(), socket, listener))
    });
    both.unwrap()
}

/// Serves UDP and TCP on one port until the process ends.
fn serve() -> u16 {
    let (port, socket, listener) = sockets();
    std::thread::spawn(move || serve_packets(&socket));
    std::thread::spawn(move || {
        for stream in listener.incoming().filter_map(Result::ok) {
            std::thread::spawn(move || serve_stream(stream));
        }
    });
    port
}

/// An answer that does not fit a packet is cut off after its question, and says so.
fn fitting(mut answer: Vec<u8>) -> Vec<u8> {
    if answer.len() > 1_232 {
        let end = 12 + answer[12..].iter().position(|octet| *octet == 0).unwrap() + 5;
        answer.truncate(end);
        answer[2] |= 0x02;
        answer[6..8].fill(0);
    }
    answer
}

fn serve_packets(socket: &UdpSocket) {
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut packet = [0; 1_500];
    while let Ok((size, from)) = socket.recv_from(&mut packet) {
        for (answer, is_from_stranger) in answers(&question(&packet[..size]), false) {
            let by = if is_from_stranger { &stranger } else { socket };
            by.send_to(&fitting(answer), from).unwrap();
        }
    }
}

fn serve_stream(mut stream: TcpStream) {
    let mut size = [0; 2];
    while stream.read_exact(&mut size).is_ok() {
        let mut packet = vec![0; usize::from(u16::from_be_bytes(size))];
        stream.read_exact(&mut packet).unwrap();
        for (answer, _) in answers(&question(&packet), true) {
            let size = u16::try_from(answer.len()).unwrap().to_be_bytes();
            stream.write_all(&[&size[..], &answer].concat()).unwrap();
        }
    }
}

/// Confirms `LABEL._domainkey.customer.example` at the server for everything.
fn confirm(label: &str) -> Run {
    let port = serve();
    let server = format!("127.0.0.1:{port}");
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let scene = scene.set("CF_DOMAUTH_RESOLVERS", &server).set("CF_DOMAUTH_AUTHORITATIVE", &server);
    scene.run(&[
        "confirm",
        "--expect",
        &format!("{label}._domainkey.customer.example={label}.vendor.example"),
    ])
}

#[test]
fn one_stale_resolver_of_five_is_named_with_the_moment_in_local_time() {
    let stale = serve_old_no();
    let ports = [serve(), serve(), stale, serve(), serve()];
    let resolvers: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "").set("TZ", "JST-9");
    let scene = scene.set("CF_DOMAUTH_RESOLVERS", &resolvers.join(","));
    let scene = scene.set("CF_DOMAUTH_AUTHORITATIVE", &format!("127.0.0.1:{}", serve()));
    let arguments = ["confirm", "--expect", "honest._domainkey.customer.example=honest.vendor.example"];
    let run = scene.run(&arguments).exits(5).says("public 4/5 until ");
    let line = run.stdout.lines().find(|line| line.contains(&format!("127.0.0.1:{stale}"))).unwrap();
    assert!(line.contains("no such name (NXDOMAIN), until "), "{line}");
    assert!(line.contains(" JST ("), "{line}");
    let (report, _) = scene.json(&arguments);
    let servers = report["zones"][0]["confirmations"][0]["servers"].as_array().unwrap();
    assert_eq!(servers.iter().filter(|server| server["expires_in_s"].is_u64()).count(), 1, "{servers:?}");
    assert!(servers[3]["expires_at"].as_str().unwrap().ends_with('Z'), "{servers:?}");
}

#[test]
fn one_silent_resolver_of_five_is_said_and_the_others_judge() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ports = [serve(), serve(), silent.local_addr().unwrap().port(), serve(), serve()];
    let resolvers: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let scene = scene.set("CF_DOMAUTH_RESOLVERS", &resolvers.join(","));
    let scene = scene.set("CF_DOMAUTH_AUTHORITATIVE", &format!("127.0.0.1:{}", serve()));
    scene
        .run(&["confirm", "--expect", "honest._domainkey.customer.example=honest.vendor.example"])
        .exits(0)
        .says(&format!("127.0.0.1:{} did not answer; judged by the others", ports[2]));
}

#[test]
fn an_honest_answer_is_confirmed() {
    confirm("honest").exits(0);
}

#[test]
fn an_answer_with_another_number_from_another_place_or_to_another_question_is_not_heard() {
    // Each is waited for in vain, so all at once.
    std::thread::scope(|scope| {
        for label in ["wrong-number", "wrong-source", "wrong-question"] {
            scope.spawn(move || confirm(label).exits(4).says("silent"));
        }
    });
}

#[test]
fn a_forged_answer_does_not_shut_out_the_right_one() {
    for label in ["forged-number", "forged-source"] {
        confirm(label).exits(0);
    }
}

#[test]
fn a_server_that_does_not_repeat_the_spelling_is_asked_over_tcp() {
    confirm("one-case").exits(0);
}

#[test]
fn letters_of_the_other_case_are_the_same_name() {
    confirm("shouting").exits(0);
}

#[test]
fn aliases_in_a_circle_and_endless_chains_are_told_and_not_followed() {
    confirm("circle").exits(5).says("its aliases lead in a circle");
    confirm("hops").exits(5).says("a chain of more than 16 aliases");
}

#[test]
fn the_longest_text_there_can_be_is_read_and_cut_for_the_report() {
    let run = confirm("huge").exits(1).says("no DKIM key is published");
    assert!(run.stdout.len() < 4_000, "{}", run.stdout.len());
}

#[test]
fn a_key_that_is_not_base64_is_no_key() {
    confirm("broken-key").exits(1);
}

#[test]
fn an_advertising_address_in_the_place_of_no_such_name_is_no_alias() {
    confirm("advertising").exits(1).says("203.0.113.9");
}

#[test]
fn two_aliases_at_one_name_are_never_confirmed() {
    confirm("two-aliases").exits(5).says("two CNAME records at one name");
}

#[test]
fn an_answer_that_is_cut_short_over_a_connection_is_no_absence() {
    confirm("cut-short").exits(5).says("an answer that was cut short").never_says("NODATA");
}

#[test]
fn records_of_other_names_are_no_answer() {
    confirm("other-names").exits(5).says("an answer about other names");
}

#[test]
fn noise_is_not_heard_and_an_answer_cut_short_makes_no_sense() {
    confirm("short").exits(5).says("an answer that makes no sense");
    confirm("noise").exits(4);
}

#[test]
fn a_name_that_is_too_long_is_refused_and_one_in_unicode_is_shown_both_ways() {
    let scene = Scene::from("default");
    let long = format!("{}.{}", vec!["a".repeat(60); 4].join("."), "b".repeat(9));
    assert_eq!(long.len(), 253);
    scene.run(&["confirm", &format!("{long}c")]).exits(2).says("longer than 253 characters");
    scene.run(&["confirm", &long]).exits(5).says("could not be found out");
    scene.run(&["confirm", "bücher.example"]).says("xn--bcher-kva.example (bücher.example)");
}

#[test]
fn a_domain_that_does_not_exist_is_a_question_of_spelling_and_no_letter() {
    let server = format!("127.0.0.1:{}", serve());
    let scene = Scene::from("default").set("CLOUDFLARE_API_TOKEN", "");
    let scene = scene.set("CF_DOMAUTH_RESOLVERS", &server).set("CF_DOMAUTH_AUTHORITATIVE", &server);
    let question = "exmaple.com does not exist in DNS: check the spelling";
    let letter = scene.run(&["confirm", "exmaple.com", "--message"]).exits(2).says(question);
    assert!(letter.stdout.trim().is_empty(), "{letter:?}");
    scene.run(&["confirm", "exmaple.com"]).exits(2).says(question);
    scene.run(&["confirm", "--expect", "s1._domainkey.exmaple.com=a.example.net"]).exits(2).says(question);
    let honest = "--expect=honest._domainkey.customer.example=honest.vendor.example";
    let (report, both) = scene.json(&["confirm", "exmaple.com", honest]);
    both.exits(6);
    assert_eq!(report["summary"]["confirmed"], 1, "the other domain is confirmed all the same");
}
