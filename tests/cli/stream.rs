//! `confirm --stream`: a line in, a line out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::scene::Scene;

fn record(name: &str, target: &str) -> String {
    format!(r#"{{"name": "{name}", "target": "{target}"}}"#)
}

fn line(id: &str, domain: &str, records: &[String]) -> String {
    format!(r#"{{"id": {id}, "domain": "{domain}", "records": [{}]}}"#, records.join(", ")) + "\n"
}

fn healthy(id: usize) -> String {
    line(
        &id.to_string(),
        "example.com",
        &[record("fm1._domainkey.example.com", "fm1.example.com.dkim.fmhosted.com")],
    )
}

fn started(scene: &Scene, more: &[&str]) -> Child {
    let mut command = scene.command(&[&["confirm", "--stream"], more].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn answers(scene: &Scene, input: &str) -> (Vec<Value>, i32, String) {
    let mut child = started(scene, &[]);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let all = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (all, output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn each_line_has_its_verdict_and_its_id() {
    let scene = Scene::from("default");
    let broken = [
        record("s1._domainkey.example.com", "s1.domainkey.u1446226.wl123.sendgrid.net"),
        record("fm1._domainkey.example.com", "fm1.example.com.dkim.fmhosted.com"),
    ];
    let wrong = record("fm2._domainkey.example.com", "fm1.example.com.dkim.fmhosted.com");
    let input =
        [healthy(7), line(r#""b""#, "example.com", &broken), line("null", "example.com", &[wrong])].concat();
    let (mut all, code, said) = answers(&scene, &input);
    assert_eq!((all.len(), code), (3, 1), "{said}");
    all.sort_by_key(|answer| answer["id"].to_string());
    let short = |answer: &Value| {
        let records = answer["records"].as_array().unwrap().iter();
        let records: Vec<&str> = records.map(|one| one["verdict"].as_str().unwrap()).collect();
        format!("{} {} {}", answer["id"], answer["verdict"], records.join(","))
    };
    let shorts: Vec<String> = all.iter().map(short).collect();
    assert_eq!(
        shorts,
        [r#""b" "absent" absent,confirmed"#, r#"7 "confirmed" confirmed"#, r#"null "wrong" wrong"#]
    );
    assert!(
        all[0]["records"][0]["detail"]
            .as_str()
            .is_some_and(|says| says.contains("s1._domainkey.example.com"))
    );
    assert!(said.contains("3 lines: 1 confirmed, 1 wrong, 1 absent"), "{said}");
    assert!(scene.sandbox().calls().is_empty(), "the API is not asked");
}

#[test]
fn a_bad_line_is_answered_and_concerns_no_other() {
    let scene = Scene::from("default");
    let long = "x".repeat(300 << 10);
    let input = format!(
        "garbage\n\n{}{long}\n{}",
        healthy(1),
        line("2", "example.org", &[record("a.example.com", "b.test")])
    );
    let (all, code, said) = answers(&scene, &input);
    assert_eq!((all.len(), code), (4, 6), "{said}");
    let error = |number: u64| {
        let of_line = all.iter().find(|answer| answer["line"] == number).unwrap();
        of_line["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(1), "column 1: expected value");
    assert_eq!(error(4), "the line is longer than 256 KiB");
    assert_eq!(error(5), "a.example.com is not in example.org");
    assert!(all.iter().any(|answer| answer["verdict"] == "confirmed"));
    assert_eq!(answers(&scene, "nonsense\n").1, 2);
    assert_eq!(answers(&scene, "").1, 0);
}

#[test]
fn an_answer_comes_while_the_input_is_still_open() {
    let scene = Scene::from("default");
    let mut child = started(&scene, &[]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for id in 1..=3 {
        stdin.write_all(healthy(id).as_bytes()).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("{{\"id\":{id},")), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn whoever_reads_no_answers_gets_no_more_lines_read() {
    let scene = Scene::from("default");
    let mut child = started(&scene, &["--concurrency", "4"]);
    let mut stdin = child.stdin.take().unwrap();
    let (told, written) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let line = healthy(1);
        for number in 0..100_000 {
            if stdin.write_all(line.as_bytes()).is_err() {
                return;
            }
            told.send(number).ok();
        }
    });
    // Until nothing more was taken for a while.
    let mut last = 0;
    while let Ok(number) = written.recv_timeout(Duration::from_secs(2)) {
        last = number;
    }
    assert!(last < 20_000, "{last} lines were taken from whoever gets no answer");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_between_two_lines() {
    let scene = Scene::from("default");
    let mut child = started(&scene, &[]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(healthy(1).as_bytes()).unwrap();
    let mut answer = String::new();
    stdout.read_line(&mut answer).unwrap();
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(stdin);
}

#[test]
fn what_makes_no_sense_with_a_stream_is_refused() {
    let scene = Scene::from("default");
    for more in [&["example.com"][..], &["--wait", "5m"], &["--concurrency", "0"], &["--pace", "soon"]] {
        scene.run(&[&["confirm", "--stream"], more].concat()).exits(2);
    }
    scene.run(&["confirm", "example.com", "--concurrency", "5"]).exits(2).says("cannot be used with");
}
