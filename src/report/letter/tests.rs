//! The rules of the letter, in each language: what it says is told by its texts and its lines, not by whole sentences.

use jiff::civil::date;

use super::*;
use crate::model::catalog::Publishes;
use crate::model::confirm::{Agreement, Behind, ShownInstead, Verdict, Word};
use crate::model::diagnosis::{self, Discovery, Finding};
use crate::model::failure::{Exit, Failure};
use crate::model::lookup::{Endpoint, Kind, Observation, Seen, SeenData, Server};
use crate::report::{Command, Report};
use crate::testing::{catalog, name};

const EM: &str = "em1234.example.com";
const S1: &str = "s1._domainkey.example.com";
const S2: &str = "s2._domainkey.example.com";
const ACCOUNT: &str = "u1446226.wl123.sendgrid.net";

fn word(kind: Kind, standing: Agreement, observation: Observation) -> Word {
    let server = Server { endpoint: Endpoint::Udp(([192, 0, 2, 1], 53).into()), kind, name: None };
    Word { server, observation: Some(observation), behind: Behind::NotAsked, standing, expires_in: None }
}

fn alias(at: &str, target: &str) -> Observation {
    Observation::Answer(vec![Seen { name: name(at), ttl: 300, data: SeenData::Alias(name(target)) }])
}

fn nothing() -> Observation {
    Observation::NoName { negative_ttl: None }
}

/// What is known about a name, concluded at 18:04 UTC.
fn seen(at: &str, target: Option<&str>, verdict: Verdict, servers: Vec<Word>) -> Confirmation {
    let zone = TimeZone::fixed(jiff::tz::offset(5));
    let at_utc = date(2026, 11, 25).at(18, 4, 1, 0).to_zoned(TimeZone::UTC).unwrap();
    let (name, expected) = (name(at), target.map(name));
    let at = at_utc.with_time_zone(zone);
    Confirmation { name, expected, is_gone: false, verdict, servers, notes: Vec::new(), at }
}

fn right(at: &str, target: &str) -> Confirmation {
    let servers = vec![word(Kind::Authoritative, Agreement::Right, alias(at, target))];
    seen(at, Some(target), Verdict::Confirmed, servers)
}

fn absent(at: &str, target: Option<&str>) -> Confirmation {
    let servers = vec![word(Kind::Authoritative, Agreement::Different, nothing())];
    seen(at, target, Verdict::Absent, servers)
}

fn stale(at: &str, target: &str, left: Option<u64>) -> Confirmation {
    let resolver = word(Kind::Resolver, Agreement::Different, nothing());
    let old = Word { expires_in: left, ..resolver };
    let servers = vec![word(Kind::Authoritative, Agreement::Right, alias(at, target)), old];
    seen(at, Some(target), Verdict::Stale, servers)
}

/// What a letter knows of these names: each was named with its target.
fn named(confirmations: &[Confirmation]) -> LetterFacts {
    let mut facts = LetterFacts::default();
    let catalog = catalog();
    for one in confirmations {
        facts.named.insert(one.name.clone());
        facts.add(one, &[], &catalog);
    }
    facts
}

/// The same where they were guessed.
fn guessed(confirmations: &[Confirmation]) -> LetterFacts {
    let guessed = BTreeSet::from([name("example.com")]);
    LetterFacts { named: BTreeSet::new(), guessed, ..named(confirmations) }
}

fn zone(confirmations: Vec<Confirmation>) -> ZoneReport {
    ZoneReport { confirmations, ..ZoneReport::new("example.com".to_owned(), None) }
}

fn report(zones: Vec<ZoneReport>) -> Report {
    Report { command: Command::Confirm, zones, ..Report::default() }
}

/// A letter in one language, and what its texts look like there.
struct Written {
    texts: Texts,
    text: String,
}

/// A letter without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Written {
    /// Whether a text is said: all that stands between its gaps.
    fn says(&self, text: &str) -> bool {
        let whole = flat(&self.text);
        text.split(['{', '}']).step_by(2).all(|part| whole.contains(&flat(part)))
    }

    fn says_counted(&self, text: impl Fn(&Texts) -> &Counted) -> bool {
        [1, 2].iter().any(|count| self.says(text(&self.texts).of(*count)))
    }

    /// Whether something stands on a line of its own.
    fn has_line(&self, line: &str) -> bool {
        self.text.lines().any(|known| known.trim() == line)
    }
}

/// The letter in every language.
fn written(zone: &ZoneReport, facts: &LetterFacts) -> Vec<Written> {
    let report = report(vec![zone.clone()]);
    let one = |language| {
        let text = message(&report, facts, language).unwrap();
        assert!(!text.contains(['{', '}']), "a gap was left: {text}");
        let is_long = |line: &&str| line.chars().count() > COLUMNS;
        assert_eq!(text.lines().find(is_long), None, "{language:?}");
        Written { texts: Texts::of(language).unwrap(), text }
    };
    Language::ALL.into_iter().map(one).collect()
}

#[test]
fn only_named_records_are_said_to_need_no_change() {
    let all = || vec![right(EM, ACCOUNT), right(S1, "s1.domainkey.u1446226.wl123.sendgrid.net")];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says_counted(|texts| &texts.no_change), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.headline_right), "{}", letter.text);
        assert!(!letter.says(&letter.texts.plain.compare_rest), "{}", letter.text);
        assert!(letter.has_line(EM) && letter.has_line(S1), "{}", letter.text);
    }
    for letter in written(&zone(all()), &guessed(&all())) {
        assert!(!letter.says_counted(|texts| &texts.no_change), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.headline_found), "{}", letter.text);
        assert!(letter.says(&letter.texts.plain.compare_rest), "{}", letter.text);
        assert!(letter.has_line(ACCOUNT), "to be compared: {}", letter.text);
    }
}

#[test]
fn what_stands_in_the_way_of_an_all_clear() {
    let all = || vec![right(EM, ACCOUNT)];
    let provider = named(&all()).providers[&name(EM)].clone();
    let unread = LetterFacts { unread: 1, ..named(&all()) };
    let target = name("x.sendgrid.net");
    let more = vec![Unguessed { domain: name("example.com"), provider, target }];
    let unguessed = LetterFacts { unguessed: more, ..named(&all()) };
    for facts in [unread, unguessed] {
        for letter in written(&zone(all()), &facts) {
            assert!(!letter.says_counted(|texts| &texts.no_change), "{}", letter.text);
        }
    }
    let domain = name("example.com");
    let heard = nothing();
    let no_policy = diagnosis::published_policy(&domain, &heard).unwrap();
    let unasked = Finding::new(Discovery::NotAsked { name: domain.clone(), heard }, &domain);
    for finding in [unasked, no_policy, Finding::new(Discovery::NoUsualNames(9), &domain)] {
        let mut zone = zone(all());
        let (message, code) = (finding.words().message, finding.code());
        zone.diagnosis.findings.push(finding);
        for letter in written(&zone, &named(&all())) {
            assert!(!letter.says_counted(|texts| &texts.no_change), "{code:?}: {}", letter.text);
            assert!(letter.says(&letter.texts.plain.headline_open), "{code:?}: {}", letter.text);
            assert!(!flat(&letter.text).contains(&message), "the finding's own words: {}", letter.text);
        }
    }
}

#[test]
fn a_record_that_nobody_can_guess_is_told_with_its_target() {
    let all = || vec![right(S1, "s1.domainkey.u1446226.wl123.sendgrid.net")];
    let provider = guessed(&all()).providers[&name(S1)].clone();
    let more = Unguessed { domain: name("example.com"), provider, target: name(ACCOUNT) };
    let facts = LetterFacts { unguessed: vec![more], ..guessed(&all()) };
    for letter in written(&zone(all()), &facts) {
        assert!(letter.says_counted(|texts| &texts.open_unguessed), "{}", letter.text);
        assert!(
            letter.has_line(ACCOUNT) && letter.says(&letter.texts.plain.headline_open),
            "{}",
            letter.text
        );
    }
    let both = || vec![right(EM, ACCOUNT), all().remove(0)];
    for letter in written(&zone(both()), &facts) {
        assert!(!letter.says_counted(|texts| &texts.open_unguessed), "it was found: {}", letter.text);
    }
}

#[test]
fn proxied_records_are_one_cause_with_their_names_to_be_copied() {
    let all = || {
        vec![
            absent(EM, Some(ACCOUNT)),
            absent(S1, None),
            right(S2, "s2.domainkey.u1446226.wl123.sendgrid.net"),
        ]
    };
    let mut facts = named(&all());
    for proxied in [EM, S1] {
        facts.shows.insert(name(proxied), ShownInstead::Proxied([104, 16, 0, 1].into()));
    }
    for letter in written(&zone(all()), &facts) {
        assert!(letter.says(letter.texts.topics[&Topic::Proxied].of(2)), "{}", letter.text);
        assert!(letter.says(&letter.texts.plain.where_cloudflare), "{}", letter.text);
        assert!([EM, S1, S2, ACCOUNT].iter().all(|line| letter.has_line(line)), "{}", letter.text);
        assert_eq!(letter.text.matches("DNS only").count(), 1, "once a cause: {}", letter.text);
        assert!(!letter.says_counted(|texts| &texts.no_change), "{}", letter.text);
        assert!(letter.says(&letter.texts.plain.verify_then), "{}", letter.text);
        assert!(
            letter.has_line("Settings > Sender Authentication > example.com > Verify"),
            "{}",
            letter.text
        );
    }
}

#[test]
fn what_is_missing_is_given_field_by_field() {
    let all = || vec![absent(EM, Some(ACCOUNT))];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Create]), "{}", letter.text);
        let fields = ["Type: CNAME", "Name:", EM, "Target:", ACCOUNT, "Proxy status: DNS only"];
        assert!(fields.iter().all(|line| letter.has_line(line)), "{}", letter.text);
    }
    for letter in written(&zone(all()), &guessed(&all())) {
        assert!(
            letter.says_counted(|texts| &texts.topics[&Topic::Derived]),
            "nobody said it: {}",
            letter.text
        );
    }
}

#[test]
fn while_old_answers_live_it_says_when_and_asks_for_no_change() {
    let all = || {
        vec![
            stale(EM, ACCOUNT, Some(100)),
            stale(S1, "s1.domainkey.u1446226.wl123.sendgrid.net", Some(1_399)),
        ]
    };
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says_counted(|texts| &texts.headline_waiting), "{}", letter.text);
        assert!(
            letter.says(letter.texts.waiting.of(2)) && letter.says(&letter.texts.plain.verify_when),
            "{}",
            letter.text
        );
        assert!(
            flat(&letter.text).matches("18:28 UTC").count() == 2,
            "the last one's end, rounded up: {}",
            letter.text
        );
        assert!(!letter.says(&letter.texts.plain.where_cloudflare), "{}", letter.text);
        assert!(!letter.says(&letter.texts.plain.verify_now), "{}", letter.text);
    }
    let unknown = || vec![stale(EM, ACCOUNT, None)];
    for letter in written(&zone(unknown()), &named(&unknown())) {
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Waiting]), "{}", letter.text);
        assert!(!letter.says(&letter.texts.plain.verify_now), "{}", letter.text);
    }
}

#[test]
fn a_change_and_an_all_clear_never_stand_together() {
    let all = || vec![stale(EM, ACCOUNT, Some(60)), absent(S1, None)];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says(&letter.texts.plain.where_cloudflare), "{}", letter.text);
        assert!(!letter.says_counted(|texts| &texts.no_change), "{}", letter.text);
    }
}

#[test]
fn a_web_host_is_no_mail_record_and_a_hidden_name_may_be_one() {
    let all = || {
        vec![
            absent("www.example.com", None),
            absent(EM, None),
            right(S1, "s1.domainkey.u1446226.wl123.sendgrid.net"),
        ]
    };
    let mut facts = guessed(&all());
    for proxied in ["www.example.com", EM] {
        facts.shows.insert(name(proxied), ShownInstead::Proxied([104, 16, 0, 1].into()));
    }
    for letter in written(&zone(all()), &facts) {
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::NoMail]), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Hidden]), "{}", letter.text);
        assert!(!letter.says_counted(|texts| &texts.topics[&Topic::Proxied]), "{}", letter.text);
        assert!(letter.text.find("www.example.com") > letter.text.find(EM), "{}", letter.text);
    }
}

#[test]
fn what_only_others_can_repair_is_told_apart() {
    let resolver = |behind| Word { behind, ..word(Kind::Resolver, Agreement::Unusable, alias(EM, ACCOUNT)) };
    let source = || word(Kind::Authoritative, Agreement::Right, alias(EM, ACCOUNT));
    let missing = Behind::Missing(vec![Publishes::Spf, Publishes::Mx]);
    let behind = || seen(EM, Some(ACCOUNT), Verdict::Wrong, vec![source(), resolver(missing.clone())]);
    let refused = Observation::CouldNotSay { reason: "SERVFAIL".to_owned(), answers_unchecked: true };
    let dnssec = || {
        let words = vec![source(), word(Kind::Resolver, Agreement::CouldNotSay, refused.clone())];
        seen(S1, None, Verdict::Unknown, words)
    };
    let handed_on = Observation::Delegated { cut: name("_domainkey.example.com"), to: Vec::new() };
    let delegated = || {
        let words = vec![word(Kind::Authoritative, Agreement::CouldNotSay, handed_on.clone())];
        seen(S2, None, Verdict::Unknown, words)
    };
    let all = || vec![behind(), dnssec(), delegated()];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(
            letter.says_counted(|texts| &texts.topics[&Topic::Behind])
                && flat(&letter.text).contains("MX, SPF"),
            "{}",
            letter.text
        );
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Dnssec]), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Delegated]), "{}", letter.text);
        assert!(!letter.says(&letter.texts.plain.where_cloudflare), "{}", letter.text);
    }
}

#[test]
fn servers_that_contradict_one_another_are_no_reason_to_edit() {
    let servers = vec![
        word(Kind::Authoritative, Agreement::Right, alias(EM, ACCOUNT)),
        word(Kind::Authoritative, Agreement::Different, nothing()),
    ];
    let all = || vec![seen(EM, Some(ACCOUNT), Verdict::Absent, servers.clone())];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Disagree]), "{}", letter.text);
        assert!(!letter.says(&letter.texts.plain.where_cloudflare), "{}", letter.text);
    }
}

#[test]
fn a_wrong_target_is_given_as_it_is_and_as_it_should_be() {
    let servers = vec![word(Kind::Authoritative, Agreement::Different, alias(EM, "other.example.net"))];
    let all = || vec![seen(EM, Some(ACCOUNT), Verdict::Wrong, servers.clone())];
    for letter in written(&zone(all()), &named(&all())) {
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Retarget]), "{}", letter.text);
        let lines = [EM, &letter.texts.plain.target_now, "other.example.net", "Target:", ACCOUNT];
        assert!(lines.iter().all(|line| letter.has_line(line)), "{}", letter.text);
    }
}

#[test]
fn whose_dns_is_elsewhere_is_not_sent_to_cloudflare() {
    let all = || vec![absent(EM, Some(ACCOUNT)), absent(S1, None)];
    let hosts = BTreeMap::from([("example.com".to_owned(), vec![name("ns1.example.net")])]);
    let mut facts = LetterFacts { elsewhere: hosts, ..named(&all()) };
    facts.named.remove(&name(S1));
    for letter in written(&zone(all()), &facts) {
        assert!(letter.says(&letter.texts.plain.where_elsewhere), "{}", letter.text);
        assert!(letter.has_line("ns1.example.net"), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Exact]), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.topics[&Topic::Unseen]), "{}", letter.text);
        assert!(!letter.text.contains("DNS only"), "{}", letter.text);
    }
}

#[test]
fn two_policies_are_something_to_change() {
    let mut zone = zone(vec![right(EM, ACCOUNT)]);
    let policy = |text: &str| Seen {
        name: name("_dmarc.example.com"),
        ttl: 60,
        data: SeenData::Text(text.to_owned()),
    };
    let heard = Observation::Answer(vec![policy("v=DMARC1; p=none"), policy("v=DMARC1; p=reject")]);
    zone.diagnosis.findings.extend(diagnosis::published_policy(&name("example.com"), &heard));
    for letter in written(&zone, &named(&zone.confirmations)) {
        assert!(letter.says(&letter.texts.plain.change_dmarc_duplicated), "{}", letter.text);
        assert!(letter.has_line("_dmarc.example.com"), "{}", letter.text);
        assert!(letter.says_counted(|texts| &texts.headline_change), "{}", letter.text);
    }
}

#[test]
fn of_a_domain_that_does_not_exist_there_is_no_letter() {
    let failure = Failure { message: "no such domain".to_owned(), hints: Vec::new(), exit: Exit::Usage };
    let failed = ZoneReport::failed("exmaple.com".to_owned(), None, failure);
    let nothing = message(&report(vec![failed]), &LetterFacts::default(), Language::English).unwrap();
    assert_eq!(nothing, "");
}
