//! `sandbox`, served.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::scene::{Run, Scene};

struct Served {
    child: Child,
    variables: Vec<(String, String)>,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let scene = Scene::from("default");
        let mut command = scene.command(&[&["sandbox"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let variables = lines
            .take(8)
            .map(|line| {
                let line = line.unwrap();
                let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
                (name.to_owned(), value.trim_matches('\'').to_owned())
            })
            .collect();
        Self { child, variables }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut scene = Scene::from("default");
        for (name, value) in &self.variables {
            scene = scene.set(name, value);
        }
        scene.run(arguments)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn its_variables_point_the_program_at_it() {
    let served = Served::start(&["--scenario", "wrong-target"]);
    let expect = "--expect=s1._domainkey.example.com=s1.domainkey.u1446226.wl123.sendgrid.net";
    served.run(&["audit", "--zone", "example.com", expect]).exits(1).says("wrong-target");
}

#[test]
fn the_variables_can_be_read_by_a_shell_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("env");
    let served = Served::start(&["--env-file", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let expected: Vec<String> =
        served.variables.iter().map(|(name, value)| format!("export {name}='{value}'")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_file_for_the_variables_that_cannot_be_written_is_named() {
    let scene = Scene::from("default");
    let nowhere = scene.run(&["sandbox", "--env-file", "/nowhere/env"]);
    nowhere.exits(2).says("--env-file /nowhere/env cannot be written").never_says("report");
}

#[test]
fn somebodys_real_zone_can_be_rehearsed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.txt");
    std::fs::write(
        &path,
        ";; Domain: example.org.\nexample.org\t3600\tIN\tSOA\tada.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5\n\
         pm-bounces.example.org.\t1\tIN\tCNAME\tpm.mtasv.net. ; cf_tags=cf-proxied:true\n\
         _dmarc.example.org.\t1\tIN\tTXT\t\"v=DMARC1; p=none\"\n\
         example.org.\t1\tIN\tMX\t10 mx.example.net.\n",
    )
    .unwrap();
    let served = Served::start(&["--zone-file", path.to_str().unwrap()]);
    let run = served.run(&["fix", "--zone", "example.org", "--yes"]).exits(0);
    run.says("ok pm-bounces").says("Repaired: 1 record");
}

/// The export of a zone whose aliases are all proxied, in a file.
fn export(folder: &tempfile::TempDir, aliases: &[(&str, &str)]) -> String {
    let mut text = "example.org\t3600\tIN\tSOA\tada.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5\n\
                    example.org.\t1\tIN\tMX\t10 mx.example.net.\n"
        .to_owned();
    for (name, target) in aliases {
        writeln!(text, "{name}.example.org.\t1\tIN\tCNAME\t{target}. ; cf_tags=cf-proxied:true").unwrap();
    }
    let path = folder.path().join("export.txt");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn ten_proxied_records_of_six_providers_are_rehearsed_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let aliases = [
        ("em77", "u99887766.wl042.sendgrid.net"),
        ("s1._domainkey", "s1.domainkey.u99887766.wl042.sendgrid.net"),
        ("s2._domainkey", "s2.domainkey.u99887766.wl042.sendgrid.net"),
        ("send", "4711.klaviyodns.com"),
        ("kl._domainkey.send", "kl1.domainkey.4711.klaviyodns.com"),
        ("kl2._domainkey.send", "kl2.domainkey.4711.klaviyodns.com"),
        ("pm-bounces", "pm.mtasv.net"),
        ("k1._domainkey", "dkim.mcsv.net"),
        ("sail._domainkey", "x42.sailthrudkim.com"),
        ("_dmarc", "_dmarc.example-org._d.easydmarc.pro"),
    ];
    let path = export(&folder, &aliases);
    let scene = Scene::from("default");
    let run = scene.run(&["fix", "--sandbox", &path, "--zone", "example.org", "--yes"]).exits(0);
    run.says("Repaired: 10 records, seen by every server");
    let served = Served::start(&["--zone-file", &path]);
    let run = served.run(&["fix", "--zone", "example.org", "--yes"]).exits(0);
    run.says("Repaired: 10 records, seen by every server");
}

#[test]
fn a_rehearsal_says_what_it_cannot_know() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = [("news", "news.nobody-knows.test"), ("x1._domainkey", "x1.nobody-knows.test")];
    let path = export(&folder, &[unknown.as_slice(), &[("pm-bounces", "pm.mtasv.net")]].concat());
    let scene = Scene::from("default");
    let run = scene.run(&["fix", "--sandbox", &path, "--zone", "example.org", "--yes"]);
    let run = run.says(
        "note: this rehearsal cannot know what stands behind news.nobody-knows.test, x1.nobody-knows.test\n",
    );
    run.says("Repaired: 2 records, seen by every server").never_says("has to correct it");
}

#[test]
fn it_listens_on_loopback_only_and_says_so() {
    let scene = Scene::from("default");
    scene.run(&["sandbox", "--listen", "0.0.0.0:0"]).exits(2).says("loopback only");
    scene.run(&["sandbox", "--listen", "here"]).exits(2).says("--listen here");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let scene = Scene::from("default");
    scene.run(&["sandbox", "--fault", "locusts"]).exits(2).says("`locusts` is no fault");
    scene.run(&["sandbox", "--latency", "long"]).exits(2).says("--latency long");
    scene.run(&["sandbox", "--rate-limit", "many"]).exits(2).says("COUNT/DURATION");
    scene.run(&["sandbox", "--scenario", "/nowhere/file.toml"]).exits(2).says("/nowhere/file.toml");
}
