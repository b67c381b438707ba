//! Each problem has its sentence, and each piece of evidence its line. Pure.

use std::sync::Arc;

use super::super::{
    Blocker, Code, Discovery, DmarcProblem, Edit, Evidence, Finding, Grounds, Hidden, Malformed, Masking,
    Owner, Presence, Problem, Proposed, Published, Remedy, TargetProblem, Tool, Trace, ZoneProblem,
};
use crate::model::catalog::{Provider, Role, Treatment};
use crate::model::dns::RecordType;
use crate::model::expectation::{ExpectedPolicy, Source};
use crate::model::inventory::{ProxyStatus, Zone, ZoneKind, ZoneStatus};
use crate::model::lookup::Observation;
use crate::model::mailauth::{BadKey, BadPolicy, Request};
use crate::testing::{catalog, name, zone};

const NODATA: Observation = Observation::NoData { negative_ttl: None };

fn sendgrid() -> Arc<Provider> {
    Arc::clone(catalog().signer_at(&name("sendgrid.net")).unwrap())
}

fn finding(problem: impl Into<Problem>, role: impl Into<Option<Role>>) -> Finding {
    Finding::new(problem, &name("n.example.com")).provider(sendgrid()).role(role)
}

/// Each problem says what it is to say, and has evidence or advice where that goes with it.
fn say<P: Into<Problem>>(role: impl Into<Option<Role>>, table: Vec<(P, &str)>) {
    let role = role.into();
    for (problem, message) in table {
        assert_eq!(finding(problem, role).words().message, message);
    }
}

#[test]
fn what_is_wrong_with_a_zone() {
    let not_serving = |kind: ZoneKind, status: ZoneStatus| {
        let zone = Zone { status, kind, ..zone() };
        let delegated_to = vec![name("ns1.old.test")];
        ZoneProblem::NotServing { zone: Box::new(zone), delegated_to }
    };
    let elsewhere = finding(not_serving(ZoneKind::Full, ZoneStatus::Active), None).words();
    assert_eq!(
        elsewhere.evidence,
        ["Cloudflare's API: status active, type full", "public DNS names these name servers: ns1.old.test"]
    );
    assert_eq!(
        elsewhere.advice.unwrap(),
        "this zone's name servers are ada.ns.cloudflare.com, bob.ns.cloudflare.com; the domain has moved to another \
         DNS host: correct the records there, or name these at the registrar"
    );
    let cut = || name("example.com");
    say(
        None,
        vec![
            (
                not_serving(ZoneKind::Full, ZoneStatus::Moved),
                "the world does not get its answers about n.example.com from this zone: the domain was delegated away \
                 from Cloudflare",
            ),
            (
                ZoneProblem::DnssecBroken { stale: vec![4711], signing: None },
                "resolvers that check signatures refuse every answer about n.example.com: its DNSSEC does not match \
                 the DS record at the registrar",
            ),
            (
                ZoneProblem::DelegatedAway { cut: cut(), heard: None },
                "n.example.com is never asked for here: an NS record hands example.com to other name servers",
            ),
            (
                ZoneProblem::Flattened(1),
                "all CNAME records of n.example.com are flattened, 1 mail record among them",
            ),
            (
                ZoneProblem::ReadOnly,
                "n.example.com belongs to a product of Cloudflare's and cannot be edited here",
            ),
            (
                ZoneProblem::KeptByTool(Tool::OctoDns, Trace::Tag("octodns".to_owned())),
                "n.example.com looks as if octoDNS kept it: its next run would undo the repair",
            ),
            (
                ZoneProblem::AuditLogUnread("403".to_owned()),
                "the audit log could not be read, so whether mail records were deleted is not known",
            ),
        ],
    );
}

#[test]
fn what_is_wrong_with_signatures_names_the_keys() {
    let words = |stale, signing| finding(ZoneProblem::DnssecBroken { stale, signing }, None).words();
    assert_eq!(
        words(vec![4711, 12], Some(42)).evidence.pop().unwrap(),
        "the DS record at the registrar is for key 4711 and 12; Cloudflare signs with key 42"
    );
    assert_eq!(words(vec![], Some(42)).evidence.len(), 1, "the DS record is not what is wrong");
}

#[test]
fn what_is_misfiled() {
    let (target, meant) = (|| name("t.test"), || name("m.example.com"));
    say(
        None,
        vec![
            (
                Malformed::CnameInsteadOfMx { target: target(), instead: "MX".into() },
                "n.example.com is a CNAME to t.test, but SendGrid asks for MX and TXT records there",
            ),
            (
                Malformed::DoubledName { meant: meant(), is_taken: false },
                "n.example.com has the zone twice in its name: m.example.com was meant, and nobody looks here",
            ),
            (
                Malformed::ZoneInTarget { target: target(), meant: meant() },
                "n.example.com points to t.test: the zone was appended to m.example.com",
            ),
            (
                Malformed::MisspeltLabel { found: meant(), target: target() },
                "n.example.com is missing: most likely m.example.com was mistyped for it, and nobody looks there",
            ),
            (
                Malformed::TxtInsteadOfCname { zone: name("example.com"), target: target() },
                "n.example.com holds t.test as a TXT record; it should be a CNAME record",
            ),
        ],
    );
}

#[test]
fn what_stands_in_the_place_of_what_is_asked_for() {
    let held = || name("t.test");
    let account = Owner::Account { provider: sendgrid(), account: "u2".to_owned() };
    let unknown = Owner::Unknown("t.test".to_owned());
    say(
        None,
        vec![
            (Presence::NotFiled, "n.example.com is missing: nothing is filed under this name"),
            (
                Presence::NamedAndNotFiled,
                "n.example.com is missing: no CNAME record is filed under this name",
            ),
            (
                Presence::InTheWay(vec![RecordType::A, RecordType::Txt]),
                "n.example.com should be a CNAME, but A, TXT is filed there",
            ),
            (
                Presence::WrongTarget { held: held(), expected: name("e.test") },
                "n.example.com points to t.test, expected e.test",
            ),
            (
                Presence::Taken { held: held(), owner: account },
                "n.example.com is taken: it points to t.test, which belongs to another account of SendGrid (u2)",
            ),
            (
                Presence::Taken { held: held(), owner: unknown },
                "n.example.com is taken: it points to t.test, which belongs to somebody this tool does not know \
                 (t.test)",
            ),
            (
                Presence::NotRecognised { target: held(), is_free: true },
                "n.example.com is asked for, and nothing shows that it is for mail",
            ),
        ],
    );
}

#[test]
fn what_is_proposed() {
    let (held, of) = (|| name("t.test"), || name("s.example.com"));
    let lost = |source, is_occupied| Proposed::Lost { zone: name("example.com"), source, is_occupied };
    let log = || Source::AuditLog { deletion: "x".to_owned(), deliberate: None };
    let sibling = Source::Sibling { of: of(), is_needed: true, note: None };
    let set =
        |is_misspelt| Proposed::NotInSet { held: held(), expected: name("e.test"), of: of(), is_misspelt };
    say(
        Role::Dkim,
        vec![
            (
                Proposed::Disputed,
                "n.example.com is wanted for different targets by those who decide, so it is left alone",
            ),
            (lost(log(), false), "n.example.com was deleted"),
            (
                lost(log(), true),
                "n.example.com has lost its CNAME, and records of other types are filed there",
            ),
            (lost(sibling, false), "n.example.com is missing: it belongs together with s.example.com"),
            (lost(Source::Record, false), "n.example.com is missing: it was there and healthy before"),
            (
                Proposed::TargetChanged { held: held(), before: held(), is_in_snapshot: true },
                "n.example.com points to t.test; when it was last healthy it did not",
            ),
            (set(false), "n.example.com points to t.test, which does not go with s.example.com"),
            (set(true), "n.example.com points to t.test, misspelt for e.test, which goes with s.example.com"),
            (
                Proposed::SetLacks { target: held() },
                "the SendGrid records that n.example.com belongs to are not complete: none points to t.test (dkim)",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_seen() {
    say(
        Role::Dkim,
        vec![
            (
                Hidden::Proxied { hidden_by: None },
                "n.example.com is proxied: receivers find no DKIM key there, so signatures fail",
            ),
            (
                Hidden::Proxied { hidden_by: Some(Masking::Paused) },
                "n.example.com is proxied; mail still works because Cloudflare is paused for this zone, and breaks \
                 when that ends",
            ),
            (
                Hidden::PerhapsProxiedOnPurpose(Grounds::Company),
                "n.example.com is proxied: it is likely a return path, and then SPF fails and bounces are lost",
            ),
            (
                Hidden::TrackingProxied(Treatment::Leave),
                "n.example.com is proxied and left alone: it counts clicks and does not authenticate mail",
            ),
            (Hidden::Flattened, "n.example.com is flattened: it is DNS only, yet its CNAME cannot be seen"),
            (
                Hidden::SameZoneTarget,
                "n.example.com points into its own zone, which Cloudflare always flattens",
            ),
            (
                Hidden::AnswersDiffer,
                "n.example.com is right in Cloudflare's API, but the zone's own name server answers differently",
            ),
        ],
    );
    let policy = finding(Hidden::SameZoneTarget, Role::Dmarc).words();
    assert!(policy.message.ends_with("; whether receivers still find the policy is not established"));
}

#[test]
fn what_targets_and_policies_lack() {
    let target = |problem| Problem::Target { target: name("t.test"), heard: NODATA, problem };
    let path = |spf, lacks_mx| target(TargetProblem::ReturnPath { spf, lacks_mx });
    let dmarc = |problem| Problem::Dmarc { problem, published: None };
    let weaker = DmarcProblem::Weaker { held: Request::None, wanted: Request::Reject };
    say(
        None,
        vec![
            (target(TargetProblem::Gone), "n.example.com points to t.test, which does not exist"),
            (target(TargetProblem::NoKey), "no DKIM key stands behind n.example.com"),
            (
                target(TargetProblem::SeveralKeys(2)),
                "2 DKIM keys stand behind n.example.com: receivers take either, or none",
            ),
            (
                target(TargetProblem::TestingKey),
                "the DKIM key behind n.example.com says that it is only for testing (t=y)",
            ),
            (
                target(TargetProblem::BadKey(BadKey::Revoked)),
                "the DKIM key behind n.example.com cannot be used: the key was revoked: p= is empty",
            ),
            (target(TargetProblem::NoDmarc), "no DMARC policy stands behind n.example.com"),
            (target(TargetProblem::SeveralDmarc(2)), "2 DMARC policies stand behind n.example.com"),
            (
                path(Some(0), true),
                "no SPF policy and no mail exchanger stands behind n.example.com, so SPF fails or bounces are lost",
            ),
            (path(Some(2), false), "2 SPF policies stand behind n.example.com; receivers treat that as none"),
            (
                dmarc(DmarcProblem::Missing),
                "example.com has no DMARC policy: platforms and receivers ask for one",
            ),
            (
                dmarc(DmarcProblem::NoPolicy),
                "n.example.com holds a text that is no DMARC policy: a DMARC policy begins with v=DMARC1",
            ),
            (
                dmarc(DmarcProblem::Ignored(BadPolicy::NoRequest)),
                "receivers do not act on the DMARC policy at n.example.com: the policy lacks p=none, p=quarantine or p=reject",
            ),
            (
                dmarc(DmarcProblem::Several(2)),
                "2 DMARC policies stand at n.example.com: receivers then act on none",
            ),
            (
                dmarc(weaker),
                "the DMARC policy at n.example.com asks receivers for p=none, and p=reject is wanted",
            ),
        ],
    );
}

#[test]
fn what_public_dns_and_providers_tell() {
    let (target, of) = (|| name("t.test"), || name("s.example.com"));
    say(
        Role::Dkim,
        vec![
            (
                Discovery::NoUsualNames(9),
                "n.example.com has none of the 9 names that mail records usually have",
            ),
            (
                Discovery::UsualNamesNotAsked { silent: 2, delegated: Vec::new() },
                "some of the names that mail records of n.example.com usually have could not be asked for",
            ),
            (Discovery::NotAsked { name: of(), heard: NODATA }, "s.example.com could not be asked for"),
            (
                Discovery::NotInSet { held: target(), expected: target(), of: of() },
                "n.example.com points to t.test, which does not go with s.example.com",
            ),
            (
                Discovery::NotChecked { target: target(), of: of() },
                "a DKIM key that SendGrid asks for beside s.example.com was not checked: its name cannot be guessed",
            ),
            (
                Discovery::DkimMissing { at: of(), host: target() },
                "n.example.com names SendGrid as a sender, and no DKIM record of SendGrid is there",
            ),
            (
                Discovery::NotSeenByProvider { service: "Postmark", what: "DKIM".to_owned(), reason: None },
                "Postmark does not see DKIM yet, although public DNS shows it",
            ),
        ],
    );
    let delegated = vec![(name("b.test"), vec![name("ns.test")])];
    let words = finding(Discovery::UsualNamesNotAsked { silent: 2, delegated }, None).words();
    assert_eq!(
        words.evidence,
        [
            "b.test is delegated to ns.test: names there have to be asked for with --authoritative",
            "about 2 names no name server of the zone could say anything"
        ]
    );
}

#[test]
fn what_is_not_confirmed_or_not_put_back() {
    let unknown = "n.example.com could not be confirmed: no name server gave a usable answer";
    say(
        None,
        vec![
            (
                Published::Delegated(name("example.com")),
                "n.example.com is not asked for at the zone's own name servers: example.com was handed to others",
            ),
            (
                Published::Stale(Some(9)),
                "n.example.com is published, but a resolver still holds an old answer",
            ),
            (Published::Wrong, "n.example.com does not lead where it should"),
            (Published::Absent, "n.example.com shows no CNAME at the zone's own name servers"),
            (Published::NotValidated, unknown),
            (Published::Silent, unknown),
            (Published::Unknown, unknown),
        ],
    );
    let edited = |edit| Problem::EditedSince { edit, before: None };
    say(
        None,
        vec![
            (edited(Edit::Deleted), "n.example.com was deleted since the run"),
            (
                edited(Edit::Changed(vec!["content", "ttl"])),
                "n.example.com was changed since the run (content, ttl)",
            ),
            (
                edited(Edit::CreatedAndChanged(vec!["content"])),
                "n.example.com was changed since the run created it (content)",
            ),
            (
                edited(Edit::LaterRun("r2".to_owned())),
                "n.example.com was changed by the later run r2: put that one back first",
            ),
            (
                edited(Edit::PutBackBy("r2".to_owned())),
                "n.example.com was put back by run r2; somebody has made the same change again since",
            ),
            (
                edited(Edit::AnotherTime),
                "n.example.com is as the run wanted it, but no answer told that the run did it, and it was changed at \
                 another time",
            ),
            (
                edited(Edit::Occupied(name("o.example.com"), RecordType::Txt)),
                "o.example.com now holds a TXT record, which was not there before",
            ),
            (edited(Edit::NotUnderstood), "n.example.com cannot be understood"),
        ],
    );
}

#[test]
fn every_piece_of_evidence_has_its_line() {
    let lines = [
        (
            Evidence::Cname(name("t.test"), Some(ProxyStatus::Proxied)),
            "Cloudflare's API: CNAME t.test, proxied",
        ),
        (Evidence::Record(RecordType::A, "192.0.2.1".to_owned()), "Cloudflare's API: A 192.0.2.1"),
        (Evidence::NoRecord, "Cloudflare's API: no record at n.example.com"),
        (Evidence::Comment("do not\ntouch".to_owned()), "its comment: \"do not�touch\""),
        (Evidence::Asked(Source::Argument, RecordType::Cname, "t.test".to_owned()), "--expect: CNAME t.test"),
        (Evidence::Dissent(Source::Record, name("t.test")), "but what Cloudflare holds: CNAME t.test"),
        (
            Evidence::SameTargetAt(name("o.example.com")),
            "the same target stands at o.example.com: most likely that name was mistyped for this one",
        ),
        (
            Evidence::Recognised(Grounds::Content),
            "recognised by its content: public DNS shows a DKIM key at its target",
        ),
        (Evidence::Heard(NODATA), "authoritative server: no such record (NODATA)"),
        (Evidence::FlatteningUnread, "whether the zone flattens all CNAME records could not be read"),
        (Evidence::Note("as it is".to_owned()), "as it is"),
    ];
    for (evidence, line) in lines {
        assert_eq!(finding(Presence::NotFiled, Role::Dkim).evidence([evidence]).words().evidence, [line]);
    }
}

#[test]
fn what_blocks_a_fix_is_the_advice() {
    let policy =
        ExpectedPolicy { name: name("n.example.com"), text: "v=DMARC1".to_owned(), source: Source::Argument };
    let missing = || finding(Problem::Dmarc { problem: DmarcProblem::Missing, published: None }, Role::Dmarc);
    let of = |blocker| missing().remedy(Some(Remedy::CreatePolicy(policy.clone())), blocker);
    let blocked = of(Some(Blocker::Finding(Code::ZoneNotServing)));
    assert_eq!(
        (blocked.words().advice.as_deref(), blocked.remedy),
        (Some("blocked by zone-not-serving"), None)
    );
    let open = of(None);
    assert!(open.words().advice.is_none() && open.remedy.is_some());
    assert!(missing().words().advice.unwrap().starts_with("add the one that your sending platform shows"));
}
