//! A running sandbox, and runs of the program against it.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use cf_domauth::cli::settings::environment::VARIABLES;
use cf_domauth::sandbox::{self, Fault, Options, Sandbox, World};
use serde_json::Value;

use crate::schema;

/// A sandbox on its own thread, a state folder of its own, and the variables that point there.
pub(crate) struct Scene {
    runtime: tokio::runtime::Runtime,
    sandbox: Option<Sandbox>,
    state: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Variables that the program's libraries read, besides those that it reads itself.
const OF_LIBRARIES: [&str; 6] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "TZ", "RUST_BACKTRACE"];

impl Scene {
    /// A scenario that comes with the program.
    pub(crate) fn from(scenario: &str) -> Self {
        Self::with(scenario, Options::default())
    }

    pub(crate) fn with_faults(scenario: &str, faults: &[&str]) -> Self {
        let faults = faults.iter().map(|text| text.parse::<Fault>().unwrap()).collect();
        Self::with(scenario, Options { faults, ..Options::default() })
    }

    pub(crate) fn with(scenario: &str, options: Options) -> Self {
        Self::of(sandbox::read(sandbox::named(scenario).unwrap()).unwrap(), options)
    }

    pub(crate) fn of(world: World, options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(world, options)).unwrap();
        let variables =
            sandbox.variables().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { runtime, sandbox: Some(sandbox), state: tempfile::tempdir().unwrap(), variables }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    /// Sets or, with an empty value, unsets a variable for all runs.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Uses another of the sandbox's tokens.
    pub(crate) fn token(self, which: &str) -> Self {
        let token = self.sandbox().token(which);
        self.set("CLOUDFLARE_API_TOKEN", &token)
    }

    pub(crate) fn variable(&self, name: &str) -> String {
        self.variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap()
    }

    /// The program with these arguments, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        // Nothing of whoever runs the tests may leak in: no token, proxy or folder.
        for name in VARIABLES.iter().map(|(name, _, _)| *name).chain(OF_LIBRARIES) {
            command.env_remove(name);
        }
        command.env("HOME", self.state.path()).env("CF_DOMAUTH_STATE_DIR", self.state.path());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command.args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let run = Run::from(self.command(arguments).output().unwrap());
        if run.stdout.starts_with('{') {
            let is_manifest = arguments.first() == Some(&"expect") && run.code == Some(0);
            let published = if is_manifest { &schema::MANIFEST } else { &schema::OUTPUT };
            let is_one = !arguments.contains(&"jsonl");
            let objects = if is_one { vec![&*run.stdout] } else { run.stdout.lines().collect() };
            for object in objects {
                published.checks(object);
            }
        }
        run
    }

    /// The report of a run, as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> (Value, Run) {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        let value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
        (value, run)
    }

    /// The record at a name, as the API would send it.
    pub(crate) fn record(&self, name: &str) -> Option<Value> {
        self.sandbox().records_at(name).first().map(|text| serde_json::from_str(text).unwrap())
    }

    /// Requests that change something: method, path, body.
    pub(crate) fn writes(&self) -> Vec<(String, String, String)> {
        self.sandbox().calls().into_iter().filter(|(method, _, _)| method != "GET").collect()
    }

    /// The texts of all journals.
    pub(crate) fn journals(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.journal_dir()) else { return Vec::new() };
        let all: Vec<String> =
            folder.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
        let whole =
            all.iter().flat_map(|text| text.split_inclusive('\n')).filter(|line| line.ends_with('\n'));
        whole.for_each(|line| drop(schema::JOURNAL.checks(line)));
        all
    }

    pub(crate) fn state_dir(&self) -> &std::path::Path {
        self.state.path()
    }

    pub(crate) fn journal_dir(&self) -> PathBuf {
        self.state.path().join("journal")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // Its servers end with the runtime they run on.
        let _guard = self.runtime.enter();
        self.sandbox.take();
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Checks the exit status.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Checks that something is said, on either stream.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert!(all.contains(text), "`{text}` is not said:\n{all}");
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        assert!(!all.contains(text), "`{text}` is said:\n{all}");
        self
    }
}

/// The program that is tested: the one that was built along, unless `CF_DOMAUTH_TEST_PROGRAM` names another.
#[expect(clippy::disallowed_methods, reason = "chooses what is tested")]
fn program() -> OsString {
    std::env::var_os("CF_DOMAUTH_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_cf-domauth").into())
}

/// Waits until something is so, however busy the machine is.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: it never came");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a program says something on standard error: that line, and what is to be kept so that the program
/// can go on talking.
#[track_caller]
pub(crate) fn heard(child: &mut Child, text: &str) -> (String, BufReader<ChildStderr>) {
    let mut stream = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(stream.read_line(&mut line).unwrap(), 0, "`{text}` was never said");
    }
    (line, stream)
}

/// An address that refuses connections while this lives: one end of a connection, so nobody else can listen there.
pub(crate) struct Shut {
    end: TcpStream,
    _other: TcpListener,
}

impl Shut {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { end: TcpStream::connect(listener.local_addr().unwrap()).unwrap(), _other: listener }
    }

    /// Where an API would be.
    pub(crate) fn api(&self) -> String {
        format!("http://{}/client/v4", self.end.local_addr().unwrap())
    }
}

/// One line per element of a list in a report: the named members, joined by spaces.
pub(crate) fn lines(report: &Value, list: &str, members: [&str; 2]) -> Vec<String> {
    let zones = report["zones"].as_array().unwrap();
    let all = zones.iter().flat_map(|zone| zone[list].as_array().unwrap());
    let text = |item: &Value, member: &str| item[member].as_str().unwrap().to_owned();
    all.map(|item| members.map(|member| text(item, member)).join(" ")).collect()
}
