//! SRV and CAA records, whose content follows from their `data`. Pure.
//!
//! Source: the API description (`content` of both is read-only) and captured answers: the preference of an SRV
//! record stands beside its content; checked 2026-11-25.

use serde_json::{Value, json};

/// The content and the preference that follow from `data`; `None` if it is not that of this type.
pub(crate) fn content(kind: &str, data: &Value) -> Option<(String, Option<u16>)> {
    let small = |key: &str| u16::try_from(data.get(key)?.as_u64()?).ok();
    let text = |key: &str| data.get(key)?.as_str();
    match kind {
        "SRV" => {
            let target = text("target")?.trim_end_matches('.').to_lowercase();
            Some((format!("{} {} {target}", small("weight")?, small("port")?), small("priority")))
        }
        "CAA" => {
            let flags = u8::try_from(small("flags")?).ok()?;
            let value = text("value")?.trim_matches('"');
            Some((format!("{flags} {} \"{value}\"", text("tag")?.to_lowercase()), None))
        }
        _ => None,
    }
}

/// The `data` of a content as files and older clients write it: `10 5 5060 sip.example.com`, the first of them
/// beside it or not; `0 issue "ca.example"`, with or without quotes.
pub(crate) fn data(kind: &str, content: &str, priority: Option<u16>) -> Option<Value> {
    let words: Vec<&str> = content.split_whitespace().collect();
    let number = |word: &str| word.parse::<u16>().ok();
    match (kind, words.as_slice()) {
        ("SRV", [priority, weight, port, target]) => srv(number(priority)?, weight, port, target),
        ("SRV", [weight, port, target]) => srv(priority.unwrap_or_default(), weight, port, target),
        ("CAA", [flags, tag, ..]) => {
            let value = content.splitn(3, char::is_whitespace).nth(2)?.trim().trim_matches('"');
            Some(json!({"flags": flags.parse::<u8>().ok()?, "tag": tag, "value": value}))
        }
        _ => None,
    }
}

fn srv(priority: u16, weight: &str, port: &str, target: &str) -> Option<Value> {
    let (weight, port) = (weight.parse::<u16>().ok()?, port.parse::<u16>().ok()?);
    Some(
        json!({"priority": priority, "weight": weight, "port": port, "target": target.trim_end_matches('.')}),
    )
}

/// The strings of a TXT record's content: those in quotes, or all of it.
pub(crate) fn strings(content: &str) -> Vec<String> {
    if !content.starts_with('"') {
        return vec![content.to_owned()];
    }
    let (mut found, mut current) = (Vec::new(), None::<String>);
    let mut rest = content.chars();
    while let Some(character) = rest.next() {
        match (character, &mut current) {
            ('"', None) => current = Some(String::new()),
            ('"', Some(_)) => found.extend(current.take()),
            ('\\', Some(text)) => text.extend(rest.next()),
            (other, Some(text)) => text.push(other),
            (_, None) => {}
        }
    }
    found.extend(current);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_data_tell_each_other() {
        for (kind, written, priority, told) in [
            ("SRV", "10 5 5060 sip.example.com.", None, ("5 5060 sip.example.com", Some(10))),
            ("SRV", "5 5060 sip.example.com", Some(7), ("5 5060 sip.example.com", Some(7))),
            ("CAA", "0 issue ca.example", None, ("0 issue \"ca.example\"", None)),
            ("CAA", "128 iodef \"mailto:a b\"", None, ("128 iodef \"mailto:a b\"", None)),
        ] {
            let data = data(kind, written, priority).unwrap();
            assert_eq!(content(kind, &data), Some((told.0.to_owned(), told.1)), "{written}");
        }
        assert_eq!(data("SRV", "x y z w", None), None);
        assert_eq!(content("CAA", &json!({"flags": 256, "tag": "issue", "value": "x"})), None);
    }

    #[test]
    fn a_text_is_bare_quoted_or_in_parts() {
        assert_eq!(strings("a \"b\""), ["a \"b\""]);
        assert_eq!(strings("\"a\""), ["a"]);
        assert_eq!(strings("\"a; \" \"b\\\"c\""), ["a; ", "b\"c"]);
    }
}
