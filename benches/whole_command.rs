//! The whole program against a served sandbox: calls, time and memory, beside the least that the same
//! work can take in the same run.
//!
//! `cargo bench --bench whole_command`
//!
//! The lower bound is not our code: it starts the program to print its version, and fetches the same
//! addresses over one bare socket, one after the other (or as many at once as the program has zones in
//! flight), reading the bodies and doing nothing with them.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic, and prints")]

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cf_domauth::sandbox::{Options, Sandbox, World, many, read};

const ROUNDS: usize = 5;
/// Rounds of what takes seconds.
const FEW_ROUNDS: usize = 3;
/// Zones that the program has in flight.
const IN_FLIGHT: usize = 12;

struct Served {
    _runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
}

fn serve(world: World, latency: Duration) -> Served {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { latency, ..Options::default() };
    let sandbox = runtime.block_on(Sandbox::start(world, options)).unwrap();
    Served { _runtime: runtime, sandbox }
}

/// Runs the program; returns its time and the most memory it was seen to hold, in KiB.
fn run(served: Option<&Served>, arguments: &[&str]) -> (Duration, u64) {
    let state = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cf-domauth"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("CF_DOMAUTH_STATE_DIR", state.path());
    if let Some(served) = served {
        command.envs(served.sandbox.variables());
    }
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = most.max(peak.and_then(|text| text.trim().parse().ok()).unwrap_or_default());
        std::thread::sleep(Duration::from_micros(500));
    }
    (started.elapsed(), most)
}

/// Fetches addresses over a bare socket.
fn fetch(base: &str, token: &str, paths: &[String]) {
    let host = base.trim_start_matches("http://").split('/').next().unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    socket.set_nodelay(true).unwrap();
    for path in paths {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        let (mut buffer, mut head) = (vec![0; 1 << 16], Vec::new());
        let body_starts = loop {
            let read = socket.read(&mut buffer).unwrap();
            head.extend_from_slice(&buffer[..read]);
            if let Some(at) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&head[..body_starts]).to_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut left = length.parse::<usize>().unwrap() - (head.len() - body_starts);
        while left > 0 {
            left -= socket.read(&mut buffer).unwrap();
        }
    }
}

/// Fetches the zones one page after the other, then the rest: of several zones as many at once as the
/// program does, of a single one page after page.
fn fetch_all(base: &str, token: &str, zones: &[String], rest: &[String]) {
    fetch(base, token, zones);
    let share = if zones.len() > 1 { rest.len().div_ceil(IN_FLIGHT) } else { rest.len() };
    std::thread::scope(|scope| {
        for part in rest.chunks(share.max(1)) {
            scope.spawn(|| fetch(base, token, part));
        }
    });
}

fn best(mut act: impl FnMut() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| act()).min().unwrap()
}

fn timed(act: impl FnOnce()) -> Duration {
    let started = Instant::now();
    act();
    started.elapsed()
}

/// Prints one line: what the program took, what the least is, and the ratio.
fn compare(what: &str, world: World, latency: Duration, arguments: &[&str]) {
    let served = serve(world, latency);
    let calls_before = served.sandbox.calls().len();
    let mut memory = 0;
    let ours = best(|| {
        let (time, peak) = run(Some(&served), arguments);
        memory = memory.max(peak);
        time
    });
    let seen = served.sandbox.calls();
    let calls = (seen.len() - calls_before) / ROUNDS;
    let paths: Vec<String> = seen.iter().take(calls).map(|(_, path, _)| path.clone()).collect();
    let variables = served.sandbox.variables();
    let value = |name: &str| variables.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let (base, token) = (value("CLOUDFLARE_BASE_URL"), value("CLOUDFLARE_API_TOKEN"));
    let start = best(|| run(None, &["--version"]).0);
    let (first, rest): (Vec<String>, Vec<String>) =
        paths.into_iter().partition(|path| path.starts_with("/client/v4/zones?"));
    let least = start + best(|| timed(|| fetch_all(&base, &token, &first, &rest)));
    let ratio = ours.as_secs_f64() / least.as_secs_f64();
    println!("{what}: {calls} calls, {ours:.1?}, least {least:.1?}, ratio {ratio:.2}, peak {memory} KiB");
}

/// A zone with so many mail records, all of them proxied.
fn all_proxied(records: usize) -> World {
    let mut text = "description = \"proxied\"\n[[zone]]\nname = \"example.com\"\nplan = \"pro\"\n".to_owned();
    for number in 0..records {
        write!(
            text,
            "[[zone.record]]\nname = \"k{number}._domainkey\"\ntype = \"CNAME\"\n\
             content = \"s1.domainkey.u1446226.wl123.sendgrid.net\"\nproxied = true\n"
        )
        .unwrap();
    }
    read(&text).unwrap()
}

/// The processor time of all children that have ended, as Linux counts it: in hundredths of a second.
fn spent_by_children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = text.rsplit(") ").next().unwrap().split(' ').skip(13).take(2);
    Duration::from_millis(fields.map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum())
}

/// The processor time of a `fix` with so many changes, for each of them.
fn fix_by_changes(changes: u32) -> Duration {
    let arguments = ["fix", "--zone", "example.com", "--yes", "--wait=0", "--format=json", "-q"];
    let each = (0..FEW_ROUNDS).map(|_| {
        let served = serve(all_proxied(usize::try_from(changes).unwrap()), Duration::ZERO);
        let before = spent_by_children();
        run(Some(&served), &arguments);
        spent_by_children().checked_sub(before).unwrap()
    });
    let least = each.min().unwrap();
    println!("fix, {changes} changes: {least:.1?} of processor time, {:.1?} a change", least / changes);
    least / changes
}

fn main() {
    let few = fix_by_changes(500);
    let many_more = fix_by_changes(4_000);
    println!(
        "a change among 4,000 takes {:.2} times one among 500",
        many_more.as_secs_f64() / few.as_secs_f64()
    );
    let (none, slow) = (Duration::ZERO, Duration::from_millis(100));
    let starts: Vec<(Duration, u64)> = (0..ROUNDS * 4).map(|_| run(None, &["--version"])).collect();
    let (start, empty) =
        (starts.iter().map(|(time, _)| *time).min(), starts.iter().map(|(_, peak)| *peak).max());
    println!("start: {:.1?}, {} KiB", start.unwrap(), empty.unwrap());
    let audit = ["audit", "--zone", "example.com", "--format=json", "-q"];
    compare("audit, 3,500 records", many(1, 3_500).unwrap(), none, &audit);
    compare("audit, 3,500 records, 100 ms a call", many(1, 3_500).unwrap(), slow, &audit);
    compare("audit, 100,000 records", many(1, 100_000).unwrap(), none, &audit);
    let all = ["audit", "--all-zones", "--format=json", "-q"];
    compare("audit, 200 zones, 100 ms a call", many(200, 20).unwrap(), slow, &all);
    let expected: Vec<String> = (0..57)
        .map(|n| format!("--expect=k{n}._domainkey.example.com=s1.domainkey.u1446226.wl123.sendgrid.net"))
        .collect();
    let mut fix = vec!["fix", "--zone", "example.com", "--yes", "--wait=0", "--format=json", "-q"];
    fix.extend(expected.iter().map(String::as_str));
    let served = serve(many(1, 3_500).unwrap(), slow);
    let (time, memory) = run(Some(&served), &fix);
    let calls = served.sandbox.calls().len();
    println!(
        "fix, 60 changes, 100 ms a call: {calls} calls, {time:.1?}, least {:.1?} for {calls} calls in a row, peak {memory} KiB",
        slow * u32::try_from(calls).unwrap()
    );
}
