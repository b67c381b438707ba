//! Keeps the layers: imports point down, effects are named, edges know nothing of the middle.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up: a module may use those before it, never those after.
const LAYERS: &[&str] = &[
    "words",
    "ids",
    "scrub",
    "plain",
    "dns",
    "secret",
    "http",
    "tls",
    "failure",
    "progress",
    "interrupt",
    "files",
    "mailauth",
    "catalogue",
    "cloudflare",
    "sender",
    "lookup",
    "inventory",
    "expectation",
    "diagnosis",
    "explain",
    "audit_log",
    "snapshot",
    "plan",
    "journal",
    "undo",
    "apply",
    "confirm",
    "checkup",
    "report",
    "sandbox",
    "cli",
    "settings",
    "ui",
    "command",
];

/// The only places that may wait, read a clock or touch the outside.
const EFFECTFUL: &[&str] = &[
    "interrupt.rs",
    "files.rs",
    "http.rs",
    "cloudflare/client.rs",
    "sender/client.rs",
    "lookup/ask.rs",
    "lookup/message.rs",
    "lookup/transport.rs",
    "inventory/collect.rs",
    "audit_log/collect.rs",
    "snapshot/store.rs",
    "journal/store.rs",
    "journal/write.rs",
    "apply/execute.rs",
    "confirm/poll.rs",
    "sandbox/mod.rs",
    "sandbox/api/",
    "sandbox/state.rs",
    "sandbox/serve.rs",
    "sandbox/name_server.rs",
    "settings/",
    "ui/",
    "command/",
    "main.rs",
];

/// Signs of an effect.
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
    "crate::cloudflare::client",
    "crate::sender::client",
    "crate::lookup::ask",
    "crate::inventory::collect",
    "crate::audit_log::collect",
    "crate::snapshot::store",
    "crate::journal::store",
    "crate::files",
    "fastrand::",
];

/// Edges: the only modules of ours that they may use.
const EDGES: &[(&str, &[&str])] = &[
    (
        "cloudflare",
        &["cloudflare", "ids", "dns", "plain", "scrub", "secret", "http", "tls", "failure", "progress"],
    ),
    ("sender", &["sender", "scrub", "secret", "http", "tls", "dns", "plain", "failure"]),
    ("lookup", &["lookup", "words", "dns", "plain", "tls", "failure", "progress"]),
    ("sandbox", &["sandbox", "plain"]),
];

struct Source {
    /// Below `src`, with slashes.
    path: String,
    module: String,
    /// The code without comments, up to the first test module.
    code: String,
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files.sort();
    files.into_iter().map(|file| source(&file)).filter(|source| source.path != "testing.rs").collect()
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
    let module = path.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
    Source { path, module, code: code.join("\n") }
}

/// The modules of ours that a source names.
fn uses(source: &Source) -> Vec<String> {
    let named = source.code.split("crate::").skip(1);
    let word = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    named.map(word).filter(|module| LAYERS.contains(&module.as_str())).collect()
}

fn complaints(each: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    sources().iter().flat_map(each).collect()
}

#[test]
fn every_module_has_its_layer() {
    let strangers = complaints(|source| {
        let is_known =
            ["lib", "main"].contains(&source.module.as_str()) || LAYERS.contains(&source.module.as_str());
        if is_known { Vec::new() } else { vec![source.path.clone()] }
    });
    assert_eq!(strangers, Vec::<String>::new());
}

#[test]
fn imports_point_down() {
    let layer = |module: &str| LAYERS.iter().position(|known| *known == module);
    let upward = complaints(|source| {
        let Some(own) = layer(&source.module) else { return Vec::new() };
        let above = uses(source).into_iter().filter(|used| layer(used).expect("known") > own);
        above.map(|used| format!("{} uses crate::{used}", source.path)).collect()
    });
    assert_eq!(upward, Vec::<String>::new());
}

#[test]
fn effects_are_named() {
    let hidden = complaints(|source| {
        if source.path == "lib.rs" || EFFECTFUL.iter().any(|place| source.path.starts_with(place)) {
            return Vec::new();
        }
        let found = EFFECTS.iter().filter(|effect| source.code.contains(**effect));
        found.map(|effect| format!("{} has the effect {effect}", source.path)).collect()
    });
    assert_eq!(hidden, Vec::<String>::new());
}

#[test]
fn edges_know_nothing_of_the_middle() {
    let leaks = complaints(|source| {
        let Some((_, allowed)) = EDGES.iter().find(|(edge, _)| *edge == source.module) else {
            return Vec::new();
        };
        let others = uses(source).into_iter().filter(|used| !allowed.contains(&used.as_str()));
        others.map(|used| format!("{} uses crate::{used}", source.path)).collect()
    });
    assert_eq!(leaks, Vec::<String>::new());
}

#[test]
fn the_secret_is_exposed_in_one_file() {
    let places = complaints(|source| {
        if source.code.contains(".expose_secret()") { vec![source.path.clone()] } else { Vec::new() }
    });
    assert_eq!(places, ["secret.rs"]);
}

/// What leaves the program is a type, so that its JSON Schema can be told from it.
#[test]
fn objects_of_json_are_types() {
    let loose = complaints(|source| {
        let is_loose = source.module != "sandbox" && source.code.contains("json!(");
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
