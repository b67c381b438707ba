//! Keeps the rooms and their layers: doors that stay shut, imports that point down, effects that are named.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and which others each may use. All else is never.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("io", &["model"]),
    ("run", &["io", "model"]),
    ("report", &["model"]),
    ("sandbox", &[]),
    ("cli", &["io", "model", "report", "run", "sandbox"]),
];

/// The one thing that the simulator shares with the rest: how text from outside is made harmless.
const SHARED_WITH_SANDBOX: &str = "model::plain";

/// The modules of a room from the bottom up: one may use those before it, never those after.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "model",
        &[
            "words",
            "suggest",
            "ids",
            "scrub",
            "redact",
            "plain",
            "state_file",
            "dns",
            "failure",
            "progress",
            "sending",
            "mailauth",
            "members",
            "credential",
            "token_form",
            "inventory",
            "lookup",
            "journal",
            "catalog",
            "expectation",
            "diagnosis",
            "ignore",
            "audit_log",
            "snapshot",
            "plan",
            "undo",
            "apply",
            "confirm",
            "discovery",
            "target",
            "survey",
            "interrupted",
            "baseline",
            "zone_run",
            "verification",
            "doctor",
        ],
    ),
    (
        "io",
        &[
            "interrupt",
            "files",
            "tls",
            "secret",
            "http",
            "keyring",
            "cloudflare",
            "provider",
            "lookup",
            "store",
        ],
    ),
    (
        "run",
        &[
            "bug",
            "collect",
            "audit_log",
            "followed",
            "public_dns",
            "poll",
            "session",
            "target",
            "recorded",
            "deletions",
            "content",
            "discover",
            "survey",
            "saved_plan",
            "undo",
            "apply",
            "verify",
            "provider_check",
            "snapshots",
            "confirm",
            "stream",
            "probe",
        ],
    ),
    ("cli", &["arguments", "settings", "ui", "command"]),
];

/// The parts of `io` that face different things outside: none uses another.
const EDGES: &[&str] = &["cloudflare", "provider", "lookup", "store"];

/// The first module of `model` that judges; edges use what is below it, and the store what it keeps.
const FIRST_JUDGE: &str = "catalog";
const KEPT: [&str; 3] = ["snapshot", "baseline", "interrupted"];

/// The only places that may wait, read a clock or touch the outside.
const EFFECTFUL: &[&str] = &[
    "io/interrupt.rs",
    "io/files.rs",
    "io/http/body.rs",
    "io/http/shell.rs",
    "io/keyring.rs",
    "io/cloudflare/client.rs",
    "io/provider/client.rs",
    "io/lookup/ask.rs",
    "io/lookup/message.rs",
    "io/lookup/kept_sockets.rs",
    "io/lookup/transport.rs",
    "io/store/journal.rs",
    "io/store/journal_writer.rs",
    "io/store/baseline.rs",
    "io/store/interrupted.rs",
    "io/store/snapshot.rs",
    "io/store/state_file.rs",
    "run/apply/mod.rs",
    "run/apply/execute.rs",
    "run/audit_log.rs",
    "run/bug.rs",
    "run/collect.rs",
    "run/confirm.rs",
    "run/content.rs",
    "run/deletions.rs",
    "run/discover.rs",
    "run/followed.rs",
    "run/mod.rs",
    "run/poll.rs",
    "run/probe/",
    "run/provider_check.rs",
    "run/public_dns.rs",
    "run/recorded.rs",
    "run/saved_plan.rs",
    "run/session.rs",
    "run/snapshots.rs",
    "run/stream.rs",
    "run/survey.rs",
    "run/target.rs",
    "run/undo.rs",
    "run/verify.rs",
    "sandbox/mod.rs",
    "sandbox/api/",
    "sandbox/state.rs",
    "sandbox/serve.rs",
    "sandbox/name_server.rs",
    "cli/mod.rs",
    "cli/settings/",
    "cli/ui/",
    "cli/command/",
];

/// Signs of an effect; the use of a file that has effects is another.
const EFFECTS: &[&str] = &[
    "tokio::",
    "hickory_",
    "std::fs",
    "std::env",
    "std::net::Tcp",
    "std::net::Udp",
    "async fn",
    ".await",
    "Instant::now",
    "Timestamp::now",
    "SystemTime",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "fastrand::",
];

struct Source {
    /// Below `src`, with slashes.
    path: String,
    /// `["io", "cloudflare", "client"]`.
    module: Vec<String>,
    /// The code without comments, up to the first test module.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        self.module.first().map(String::as_str).unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files.sort();
    // Neither is part of the program: one runs in the tests, the other when it is built.
    let is_part = |source: &Source| !["testing.rs", "model/catalog/build.rs"].contains(&source.path.as_str());
    files.into_iter().map(|file| source(&file)).filter(is_part).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn source(file: &Path) -> Source {
    let text = fs::read_to_string(file).unwrap();
    let path = file.strip_prefix("src").unwrap().to_str().unwrap().replace('\\', "/");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let mut module: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
    Source { path, module, code: code.join("\n") }
}

/// Every path of ours that a source names, from the root: `super::` and `self::` are resolved, braces opened.
fn uses(source: &Source) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for root in ["crate::", "super::", "self::"] {
        for (at, _) in source.code.match_indices(root) {
            let before = source.code.get(..at).unwrap_or_default();
            // `super::super::` is read from its beginning.
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            open(source.code.get(at..).unwrap_or_default(), &[], &mut found);
        }
    }
    found.into_iter().map(|path| resolved(path, &source.module)).collect()
}

/// Opens one path, braces and all, and returns what follows it.
fn open<'c>(code: &'c str, above: &[String], found: &mut BTreeSet<Vec<String>>) -> &'c str {
    let mut path = above.to_vec();
    let mut rest = code.trim_start();
    loop {
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = inner.trim_start().trim_start_matches(',').trim_start();
                match inner.strip_prefix('}') {
                    Some(after) => return after,
                    None if inner.is_empty() => return inner,
                    None => inner = open(inner, &path, found),
                }
            }
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // `self` in braces is what stands before them.
        if !word.is_empty() && (word != "self" || path.is_empty()) {
            path.push(word.to_owned());
        }
        if let Some(next) = after.strip_prefix("::") {
            rest = next;
            continue;
        }
        found.insert(path);
        // On to the next of the list: over `*` and `as name`.
        return if above.is_empty() { after } else { after.trim_start_matches(|c| c != ',' && c != '}') };
    }
}

fn resolved(path: Vec<String>, module: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|word| *word == "super").count();
    let base = if path.first().is_some_and(|word| word == "crate") { 0 } else { module.len() - ups };
    let names = path.into_iter().filter(|word| !["crate", "self", "super"].contains(&word.as_str()));
    module.iter().take(base).cloned().chain(names).collect()
}

/// Each source with the other sources it uses: the file that its paths lead to, or lead into.
fn graph(sources: &[Source]) -> BTreeMap<&str, BTreeSet<&str>> {
    let files: BTreeMap<&[String], &str> =
        sources.iter().map(|source| (source.module.as_slice(), source.path.as_str())).collect();
    let file = |path: &[String]| (1..=path.len()).rev().find_map(|length| files.get(path.get(..length)?));
    let used = |source: &Source| {
        let all = uses(source);
        let all = all.iter().filter_map(|path| file(path)).copied();
        all.filter(|used| !is_above(used, &source.path)).collect()
    };
    sources.iter().map(|source| (source.path.as_str(), used(source))).collect()
}

/// Whether `parent` is the file itself or that of a module around it, which a file may use: it is a part of it.
fn is_above(parent: &str, path: &str) -> bool {
    parent == path || parent.strip_suffix("mod.rs").is_some_and(|folder| path.starts_with(folder))
}

fn complaints(each: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(each).collect()
}

/// What is said of each path that a source uses, if anything.
fn about_uses(bad: impl Fn(&Source, &[&str]) -> bool) -> Vec<String> {
    complaints(|source| {
        let all = uses(source);
        let all = all.iter().map(|path| path.iter().map(String::as_str).collect::<Vec<_>>());
        all.filter(|path| bad(source, path))
            .map(|path| format!("{} uses {}", source.path, path.join("::")))
            .collect()
    })
}

const NOTHING: [String; 0] = [];

#[test]
fn paths_are_resolved() {
    let code =
        "use super::super::dns::{self, name::{A, B as C}, *};\nfn f() { crate::io::x(super::y, self::z) }";
    let source = Source {
        path: "model/plan/make.rs".to_owned(),
        module: ["model", "plan", "make"].map(str::to_owned).to_vec(),
        code: code.to_owned(),
    };
    let found: Vec<String> = uses(&source).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        [
            "io::x",
            "model::dns",
            "model::dns::name::A",
            "model::dns::name::B",
            "model::plan::make::z",
            "model::plan::y",
        ]
    );
}

#[test]
fn every_file_is_in_a_room_and_every_module_has_its_layer() {
    let strangers = complaints(|source| {
        let is_root = ["lib.rs", "main.rs"].contains(&source.path.as_str());
        let is_housed = ROOMS.iter().any(|(room, _)| *room == source.room());
        let module = source.module.get(1);
        let layers = LAYERS.iter().find(|(room, _)| *room == source.room());
        let has_layer =
            layers.zip(module).is_none_or(|((_, layers), module)| layers.contains(&module.as_str()));
        if is_root || (is_housed && has_layer) { Vec::new() } else { vec![source.path.clone()] }
    });
    assert_eq!(strangers, NOTHING);
}

#[test]
fn doors_between_rooms_stay_shut() {
    let through = about_uses(|source, path| {
        let (Some((own, open)), Some(used)) =
            (ROOMS.iter().find(|(room, _)| *room == source.room()), path.first())
        else {
            return false;
        };
        let is_room = ROOMS.iter().any(|(room, _)| room == used);
        let is_shared = *own == "sandbox" && path.join("::").starts_with(SHARED_WITH_SANDBOX);
        is_room && used != own && !open.contains(used) && !is_shared
    });
    assert_eq!(through, NOTHING);
}

#[test]
fn imports_point_down() {
    let upward = about_uses(|source, path| {
        let Some((room, layers)) = LAYERS.iter().find(|(room, _)| *room == source.room()) else {
            return false;
        };
        let layer = |module: Option<&str>| layers.iter().position(|known| Some(*known) == module);
        let own = layer(source.module.get(1).map(String::as_str));
        // A path to the room itself would hide where it leads.
        let used = layer(path.get(1).copied());
        own.is_some() && path.first() == Some(room) && (used.is_none() || used > own)
    });
    assert_eq!(upward, NOTHING);
}

#[test]
fn edges_know_words_and_not_one_another() {
    let (_, model) = LAYERS.iter().find(|(room, _)| *room == "model").unwrap();
    let words = model.split(|module| *module == FIRST_JUDGE).next().unwrap();
    let leaks = about_uses(|source, path| {
        let own = source.module.get(1).map(String::as_str).unwrap_or_default();
        let [room, used, ..] = path else { return false };
        let is_word = words.contains(used) || (own == "store" && KEPT.contains(used));
        let is_other = EDGES.contains(used) && *used != own;
        source.room() == "io" && if *room == "model" { !is_word } else { EDGES.contains(&own) && is_other }
    });
    assert_eq!(leaks, NOTHING);
}

/// The files of the same room that can be reached from `start`; itself, if it stands in a circle.
fn reached<'s>(graph: &BTreeMap<&'s str, BTreeSet<&'s str>>, start: &'s str) -> BTreeSet<&'s str> {
    let room = |path: &'s str| path.split('/').next();
    let mut seen = BTreeSet::new();
    let mut next = vec![start];
    while let Some(file) = next.pop() {
        let used = graph.get(file).into_iter().flatten();
        next.extend(used.filter(|used| room(used) == room(start) && seen.insert(**used)));
    }
    seen
}

#[test]
fn no_circles_of_files() {
    let sources = sources();
    let graph = graph(&sources);
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (*file, reached(&graph, file))).collect();
    let circle = |file: &&str| {
        let back = reached[file].iter().filter(|other| reached[**other].contains(*file));
        back.copied().collect::<Vec<&str>>()
    };
    let circles: BTreeSet<Vec<&str>> = graph.keys().map(circle).filter(|circle| !circle.is_empty()).collect();
    assert_eq!(circles, BTreeSet::new());
}

#[test]
fn effects_are_named() {
    let sources = sources();
    let graph = graph(&sources);
    let has_effects = |path: &str| EFFECTFUL.iter().any(|place| path.starts_with(place));
    let hidden: Vec<String> = sources
        .iter()
        .filter(|source| source.path != "lib.rs" && !has_effects(&source.path))
        .flat_map(|source| {
            let signs = EFFECTS.iter().filter(|effect| source.code.contains(**effect));
            let used = graph[source.path.as_str()].iter().filter(|used| has_effects(used));
            signs.chain(used).map(|effect| format!("{} has the effect {effect}", source.path))
        })
        .collect();
    assert_eq!(hidden, NOTHING);
    let is_gone = |place: &&&str| !sources.iter().any(|source| source.path.starts_with(**place));
    assert_eq!(EFFECTFUL.iter().find(is_gone), None, "names a place that is not there");
    let is_pure = |place: &&&str| place.starts_with("model/") || place.starts_with("report/");
    assert_eq!(EFFECTFUL.iter().find(is_pure), None, "stands in a room without effects");
}

#[test]
fn the_secret_is_exposed_in_one_file() {
    let places = complaints(|source| {
        if source.code.contains("expose_secret") { vec![source.path.clone()] } else { Vec::new() }
    });
    assert_eq!(places, ["io/secret.rs"]);
}

/// Every path of the page leads somewhere, and every module of every room is on it.
#[test]
fn the_page_on_architecture_is_true() {
    let page = fs::read_to_string("docs/architecture.md").unwrap();
    let quoted: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    let is_path = |text: &str| !text.contains(' ') && (text.contains('/') || text.contains(".rs"));
    let lost = |path: &&str| {
        // What is written in capitals is to be named by whoever adds it.
        let fixed = path.split('/').take_while(|part| !part.starts_with(|c: char| c.is_uppercase()));
        !Path::new(&fixed.collect::<Vec<_>>().join("/")).exists()
    };
    let lost: Vec<&str> = quoted.iter().copied().filter(|text| is_path(text)).filter(lost).collect();
    assert_eq!(lost, Vec::<&str>::new());
    let untold = complaints(|source| {
        let Some(module) = source.module.get(1) else { return Vec::new() };
        let whole = format!("{}::{module}", source.room());
        let is_told = source.room() == "sandbox" || quoted.contains(whole.as_str());
        if is_told { Vec::new() } else { vec![whole] }
    });
    assert_eq!(untold, NOTHING);
}

/// What leaves the program is a type, so that its JSON Schema can be told from it.
#[test]
fn objects_of_json_are_types() {
    let loose = complaints(|source| {
        let is_loose = !source.path.starts_with("sandbox/") && source.code.contains("json!(");
        if is_loose { vec![source.path.clone()] } else { Vec::new() }
    });
    assert_eq!(loose, Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<PathBuf> = {
        let mut files = Vec::new();
        collect(Path::new("src"), &mut files);
        files.into_iter().filter(|file| !fs::read_to_string(file).unwrap().starts_with("//! ")).collect()
    };
    assert_eq!(silent, Vec::<PathBuf>::new());
}

/// A test that sleeps for a while or takes a port by its number fails by chance on a busy machine.
/// `scene::until` waits for what is to happen, `scene::Shut` is an address where nobody listens.
#[test]
fn tests_wait_for_what_happens_and_take_free_ports() {
    let mut files = Vec::new();
    collect(Path::new("tests/cli"), &mut files);
    // The one waits between two looks, the other kills at a random moment.
    let may_sleep = |file: &Path| file.ends_with("scene.rs") || file.ends_with("kill.rs");
    let is_fixed = |text: &str| {
        text.split("127.0.0.1:").skip(1).any(|rest| rest.starts_with(|c: char| ('1'..='9').contains(&c)))
    };
    let complaint = |file: PathBuf| {
        let text = fs::read_to_string(&file).unwrap();
        let is_bad = is_fixed(&text) || (text.contains("sleep(") && !may_sleep(&file));
        is_bad.then_some(file)
    };
    let found: Vec<PathBuf> = files.into_iter().filter_map(complaint).collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}
