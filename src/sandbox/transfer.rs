//! A whole zone as a file: the export, and what comes with an import. Pure.
//!
//! Source: `developers.cloudflare.com/dns/manage-dns-records/how-to/import-and-export` and the API
//! description; checked 2026-08-22. The order of the lines is that of exports in public repositories.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::world::find::Query;
use super::world::rules::{ApiError, is_proxiable};
use super::world::write::Body;
use super::world::{NAME_SERVERS, Record, Zone};
use super::zone_file::{self, RecordIn};

/// Characters in one quoted part of a text. Source: RFC 1035 section 3.3.
const PART: usize = 255;

/// The zone as a BIND file, with what BIND has no word for in the comments behind the records.
pub(super) fn export(zone: &Zone, now: &str) -> String {
    let apex = &zone.name;
    let mut out = format!(
        ";;\n;; Domain:     {apex}.\n;; Exported:   {now}\n;;\n\
         ;; For information and safe-keeping. Another name server needs its own SOA and NS records.\n;;\n"
    );
    let soa = format!("{}. dns.cloudflare.com. 2050 10000 2400 604800 3600", NAME_SERVERS[0]);
    write!(out, ";; SOA Record\n{apex}\t3600\tIN\tSOA\t{soa}\n\n;; NS Records\n").ok();
    for server in NAME_SERVERS {
        writeln!(out, "{apex}.\t86400\tIN\tNS\t{server}.").ok();
    }
    let all = Query(vec![("per_page".to_owned(), usize::MAX.to_string())]);
    let mut kind = "";
    for record in zone.list(&all).items {
        if record.kind != kind {
            kind = &record.kind;
            write!(out, "\n;; {kind} Records\n").ok();
        }
        out.push_str(&line(record));
    }
    out
}

fn line(record: &Record) -> String {
    let content = match record.kind.as_str() {
        "CNAME" | "NS" | "PTR" => format!("{}.", record.content),
        "MX" | "SRV" => format!("{} {}.", record.priority.unwrap_or_default(), record.content),
        "TXT" => quoted(&record.content),
        _ => record.content.clone(),
    };
    let mut marks: Vec<String> = Vec::new();
    if is_proxiable(&record.kind, &record.content) {
        marks.push(format!("cf-proxied:{}", record.proxied));
    }
    if record.is_flattened() {
        marks.push("cf-flatten-cname".to_owned());
    }
    marks.extend(record.tags.iter().cloned());
    let tags = if marks.is_empty() { String::new() } else { format!("cf_tags={}", marks.join(",")) };
    let words: Vec<&str> = [record.comment.as_deref().unwrap_or_default(), &tags]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect();
    let behind = if words.is_empty() { String::new() } else { format!(" ; {}", words.join(" ")) };
    format!("{}.\t{}\tIN\t{}\t{content}{behind}\n", record.name, record.ttl, record.kind)
}

fn quoted(content: &str) -> String {
    if content.starts_with('"') {
        return content.to_owned();
    }
    let characters: Vec<char> = content.chars().collect();
    let escaped = |part: &[char]| {
        let text: String = part.iter().collect();
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let parts: Vec<String> = characters.chunks(PART).map(escaped).collect();
    if parts.is_empty() { "\"\"".to_owned() } else { parts.join(" ") }
}

/// The records of an import, as bodies of single requests. The mark behind a record beats the form's
/// `proxied`. `$GENERATE`, which Cloudflare understands, is refused like `$INCLUDE`.
pub(super) fn import(zone: &Zone, content_type: &str, body: &[u8]) -> Result<Vec<Body>, ApiError> {
    // The numbers of these refusals are not established.
    let bad = |message: String| ApiError::new(400, 9_207, message);
    let parts = form(content_type, body).ok_or_else(|| bad("the body is no multipart form".to_owned()))?;
    let part = |name: &str| parts.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let file = part("file").ok_or_else(|| bad("file is required".to_owned()))?;
    let is_proxied = part("proxied").is_some_and(|text| text.trim() == "true");
    let records = zone_file::read_in(&zone.name, file).map_err(|error| bad(error.to_string()))?;
    let bodies = records.into_iter().map(|record| wanted(record, is_proxied));
    Ok(bodies.filter_map(|body| serde_json::from_value(body).ok()).collect())
}

fn wanted(record: RecordIn, is_proxied: bool) -> Value {
    let RecordIn { name, kind, content, priority, ttl, proxied, flatten, comment, tags, .. } = record;
    let can = is_proxiable(&kind, &content);
    json!({
        "name": name, "type": kind, "content": content, "priority": priority, "ttl": ttl,
        "proxied": can && proxied.unwrap_or(is_proxied),
        "settings": if flatten { json!({"flatten_cname": true}) } else { json!({}) },
        "comment": comment, "tags": tags,
    })
}

/// The parts of a form: name and text. Source: RFC 7578.
fn form(content_type: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    let boundary = content_type.strip_prefix("multipart/form-data")?.split_once("boundary=")?.1;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let text = String::from_utf8_lossy(body);
    let delimiter = format!("--{boundary}");
    let part = |part: &str| {
        let (head, content) = part.split_once("\r\n\r\n")?;
        let name = head.split_once("name=\"")?.1.split('"').next()?;
        Some((name.to_owned(), content.strip_suffix("\r\n").unwrap_or(content).to_owned()))
    };
    Some(text.split(delimiter.as_str()).filter_map(part).collect())
}

#[cfg(test)]
mod tests {
    use super::super::scenario;
    use super::*;

    fn zone(name: &str) -> Zone {
        scenario::read(scenario::named(name).unwrap(), crate::testing::then()).unwrap().zones.remove(0)
    }

    #[test]
    fn what_is_exported_can_be_read_again() {
        let mut zone = zone("default");
        let mut long = zone.records.at("_dmarc.example.com").next().unwrap().clone();
        (long.id, long.content) = ("long".to_owned(), format!("a \\ and a \" {}", "x".repeat(300)));
        zone.records.insert(long);
        let (name, lines) = zone_file::read(&export(&zone, "2026-11-23T00:00:00Z")).unwrap();
        assert_eq!((name.as_str(), lines.len()), ("example.com", zone.records.len()));
        for line in lines {
            let found = zone.records.at(&line.name).find(|record| record.content == line.content);
            let record = found.unwrap_or_else(|| panic!("{line:?}"));
            assert_eq!(
                (&record.kind, Some(record.ttl), record.priority),
                (&line.kind, line.ttl, line.priority)
            );
            assert_eq!((record.proxied, &record.comment), (line.proxied.unwrap_or_default(), &line.comment));
        }
    }

    #[test]
    fn a_mark_behind_a_record_beats_the_form() {
        let file =
            "a 300 IN CNAME x.test.\r\nb IN CNAME y.test. ; cf_tags=cf-proxied:false\r\nc IN TXT z\r\n";
        let body = format!(
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"z\"\r\n\r\n{file}\r\n--B\r\n\
             Content-Disposition: form-data; name=\"proxied\"\r\n\r\ntrue\r\n--B--\r\n"
        );
        let zone = zone("default");
        let bodies = import(&zone, "multipart/form-data; boundary=B", body.as_bytes()).unwrap();
        let names: Vec<&str> = bodies.iter().filter_map(|body| body.name.as_deref()).collect();
        assert_eq!(names, ["a.example.com", "b.example.com", "c.example.com"]);
        let wanted: Vec<Value> = zone_file::read_in("example.com", file)
            .unwrap()
            .into_iter()
            .map(|line| wanted(line, true)["proxied"].clone())
            .collect();
        assert_eq!(wanted, [true, false, false]);
    }

    #[test]
    fn what_is_no_form_or_no_zone_file_is_refused() {
        let zone = zone("default");
        assert_eq!(import(&zone, "application/json", b"{}").unwrap_err().status, 400);
        assert_eq!(import(&zone, "multipart/form-data; boundary=B", b"--B--").unwrap_err().status, 400);
        let body = b"--B\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n$INCLUDE x\r\n--B--";
        assert_eq!(import(&zone, "multipart/form-data; boundary=B", body).unwrap_err().status, 400);
    }
}
