//! An API that answers what it should not: written by hand for that.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::scene::{Run, Scene};

const TOKEN: &str = "cfut_a-token/of.this_test+0123456789";

/// One request: its method and path, and its headers as they came.
struct Request {
    line: String,
    headers: String,
}

fn request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut headers, mut length) = (String::new(), String::new(), 0);
    reader.read_line(&mut line).ok().filter(|size| *size > 0)?;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        write!(headers, "{header}").unwrap();
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    Some(Request { line, headers })
}

/// Answers every request with what `answer` makes of it and its number; the connection then ends.
fn api(answer: impl Fn(&Request, usize) -> String + Send + 'static) -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/client/v4", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().filter_map(Result::ok).enumerate() {
            let Some(request) = request(&stream) else { continue };
            // A client that goes away is none of its business.
            (&stream).write_all(answer(&request, number).as_bytes()).ok();
        }
    });
    Scene::from("default").set("CLOUDFLARE_BASE_URL", &base).set("CLOUDFLARE_API_TOKEN", TOKEN)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

fn audit(scene: &Scene) -> Run {
    scene.run(&["audit", "--zone", "example.com"])
}

fn says_no(status: &'static str, errors: &'static str) -> Run {
    let body = format!(r#"{{"success":false,"errors":{errors},"messages":[],"result":null}}"#);
    audit(&api(move |_, _| http(status, "", &body)))
}

/// First a pause of nothing, then the pause in question, then a refusal so that it ends.
fn pausing(status: &str, pause: &str, number: usize) -> String {
    let (status, pause) = match number {
        0 => (status, "0"),
        1 => (status, pause),
        _ => ("403 x", ""),
    };
    http(status, &format!("retry-after: {pause}\r\n"), r#"{"success":false,"errors":[]}"#)
}

#[test]
fn a_pause_of_any_size_sign_or_form_is_no_panic() {
    for (status, pause) in [
        ("429 x", "18446744073709551615"),
        ("503 x", "18446744073709551615"),
        ("429 x", "99999999999999999999999"),
        ("429 x", "0.0"),
        ("429 x", "Sat, 21 Oct 2000 07:28:00 GMT"),
        ("503 x", "-1"),
        ("503 x", "1e999"),
        ("503 x", "soon"),
    ] {
        let run = audit(&api(move |_, number| pausing(status, pause, number)));
        assert!(matches!(run.code, Some(3 | 4)), "{pause}: {run:?}");
        run.never_says("the program failed");
    }
}

/// Says what it was sent in its headers, and in a page or a message, further behind each time.
fn repeating(request: &Request, number: usize) -> String {
    let headers = request.headers.lines().fold(String::new(), |all, line| all + "x-was-" + line + "\r\n");
    let shown = request.headers.lines().find(|line| line.starts_with("authorization")).unwrap();
    let in_url = TOKEN.replace('/', "%2F").replace('+', "%2B");
    if number.is_multiple_of(2) {
        let page = format!("<html>{}<pre>{shown} {in_url}", "x".repeat(number * 7));
        return http("200 x", &headers, &page);
    }
    let message = format!("{} {in_url} {}{TOKEN}", TOKEN.replace('/', "\\/"), "y".repeat(380 + number * 4));
    http("400 x", &headers, &format!(r#"{{"success":false,"errors":[{{"code":1,"message":"{message}"}}]}}"#))
}

#[test]
fn a_token_that_the_api_repeats_is_hidden_everywhere() {
    let scene = api(repeating);
    for format in ["human", "json", "markdown", "html", "csv"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let run = scene.run(&["audit", "--zone", "example.com", "-vvv", "--format", format]);
        run.exits(1).says("hidden").never_says("cfut").never_says("of.this");
        let output = path.to_str().unwrap();
        scene.run(&["audit", "--zone", "example.com", "--format", format, "--output", output]);
        let report = std::fs::read_to_string(&path).unwrap();
        assert!(!report.contains("cfut") && !report.contains("of.this"), "{report}");
    }
}

#[test]
fn a_token_that_may_not_be_used_from_here_is_not_told_to_lack_a_permission() {
    says_no("403 x", r#"[{"code":9109,"message":"Cannot use the access token from location: 192.0.2.1"}]"#)
        .exits(3)
        .says("Client IP Address Filtering")
        .never_says("give the token the permission")
        .never_says("no zones found");
    let body = r#"{"success":false,"errors":[{"code":9109,"message":"Cannot use the access token from location: 192.0.2.1"}]}"#;
    let run = api(move |_, _| http("403 x", "", body)).run(&["doctor"]);
    run.exits(3)
        .says("Client IP Address Filtering")
        .never_says("make a token under")
        .never_says("edit the token and add");
}

#[test]
fn a_credential_that_is_refused_is_not_a_missing_permission() {
    let errors = r#"[{"code":10000,"message":"Authentication error"}]"#;
    says_no("401 x", errors).exits(3).says("the token is not known to Cloudflare");
    says_no("403 x", errors).exits(3).says("give the token the permission Zone > Zone > Read");
}

#[test]
fn a_block_page_is_not_the_apis_word() {
    let run = audit(&api(|_, _| {
        http("403 x", "content-type: text/html\r\n", "<html>Sorry, you have been blocked")
    }));
    run.exits(4).says("before it reached the API").never_says("give the token");
}

#[test]
fn the_words_in_an_odd_envelope_are_shown() {
    for errors in [
        r#"[{"code":"7000","message":"no route"}]"#,
        r#"{"code":7000,"message":"no route"}"#,
        r#"[{"code":1,"message":null,"error_chain":[{"code":7000,"message":"no route"}]}]"#,
    ] {
        says_no("400 x", errors).exits(1).says("no route").never_says("makes no sense");
    }
}

#[test]
fn a_zone_that_cannot_be_read_is_named_by_its_name() {
    let id = "0123456789abcdef0123456789abcdef";
    let zones = format!(
        r#"{{"success":true,"errors":[],"result":[{{"id":"{id}","name":"example.com","status":"active","type":"full","name_servers":["ns1.example.net"]}}],"result_info":{{"page":1,"per_page":"50","count":1,"total_count":"1"}}}}"#
    );
    let no = r#"{"success":false,"errors":[{"code":10000,"message":"no"}]}"#;
    let scene = api(move |request, _| {
        if request.line.contains("dns_records") { http("403 x", "", no) } else { http("200 x", "", &zones) }
    });
    audit(&scene).exits(3).says("the records of example.com").never_says(id);
}

#[test]
fn an_identifier_that_is_wrong_is_told() {
    let scene = api(|_, _| {
        http("404 x", "", r#"{"success":false,"errors":[{"code":1001,"message":"Invalid zone identifier"}]}"#)
    });
    let id = "0123456789abcdef0123456789abcdef";
    scene.run(&["audit", "--zone-id", id]).exits(2).says("there is no zone of this identifier");
}

#[test]
fn hostile_words_do_no_harm_in_any_format() {
    let message = r"<script>alert(1)</script> a|b =HYPERLINK(1) \u001b[2J\u202e\u0007";
    let body = format!(r#"{{"success":false,"errors":[{{"code":1,"message":"{message}"}}],"result":null}}"#);
    let paste = "em1.example.com CNAME u1.wl1.sendgrid.net\n=cmd|' /C calc'!A0 keys.mailer.example <img src=x> \u{202e}\n";
    for format in ["human", "json", "jsonl", "markdown", "html", "csv", "openmetrics"] {
        let body = body.clone();
        let scene = api(move |_, _| http("400 x", "", &body));
        let path = scene.state_dir().join("paste.txt");
        std::fs::write(&path, paste).unwrap();
        let path = path.to_str().unwrap();
        let run = scene.run(&["audit", "--zone", "example.com", "--format", format, "--expect-file", path]);
        for text in [&run.stdout, &run.stderr] {
            let bad = text.chars().find(|c| matches!(c, '\u{1b}' | '\u{202e}' | '\u{7}'));
            assert_eq!(bad, None, "{format}: {text}");
        }
        if ["html", "markdown"].contains(&format) {
            assert!(
                !run.stdout.contains("<script>") && !run.stdout.contains("<img"),
                "{format}: {}",
                run.stdout
            );
        }
        if format == "csv" {
            let cells =
                run.stdout.lines().flat_map(|line| line.split("\",\"")).map(|cell| cell.trim_matches('"'));
            let formulas: Vec<&str> = cells.filter(|cell| cell.starts_with(['=', '+', '-', '@'])).collect();
            assert!(formulas.is_empty(), "{formulas:?}");
        }
        assert!(format == "openmetrics" || run.stdout.contains("alert(1)"), "{format}: {run:?}");
    }
}
