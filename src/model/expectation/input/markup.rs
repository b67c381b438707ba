//! Turns a saved mail and the source of a page into lines of text. Pure.

use html5gum::{DefaultEmitter, Token, Tokenizer};
use mail_parser::{MessageParser, PartType};

/// A line of what a page shows, with the line of its source.
pub(super) type Line = (usize, String);

/// Elements that hold nothing a person reads, or what a person presses.
const LEFT_OUT: &[&str] = &["script", "style", "template", "svg", "button", "select", "head"];
/// Elements that begin and end a row, unless they stand in one of a table.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "br",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
/// Elements within a word or a sentence: what stands around them belongs together.
const INLINE: &[&str] =
    &["a", "abbr", "em", "font", "i", "ins", "mark", "s", "small", "sub", "sup", "u", "wbr"];

/// What the source of a page shows, one line per row, cells with tabs between them; `None` where it is no such source.
pub(super) fn html(text: &str) -> Option<Vec<Line>> {
    let lower = text.to_ascii_lowercase();
    let tags =
        BLOCKS.iter().chain(["td", "th", "span", "code", "b", "strong", "input", "textarea", "label"].iter());
    let has_tag = |tag: &&&str| {
        [">", " ", "/"].iter().any(|end| lower.contains(&format!("<{tag}{end}")) && lower.contains('>'))
    };
    tags.into_iter().find(|tag| has_tag(tag))?;
    let mut page =
        Page { starts: line_starts(text), lines: Vec::new(), row: String::new(), line: 1, ..Page::default() };
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        page.end = match &token {
            Token::StartTag(tag) => tag.span.end,
            Token::EndTag(tag) => tag.span.end,
            Token::String(text) | Token::Comment(text) => text.span.end,
            Token::Doctype(doctype) => doctype.span.end,
            Token::Error(_) => page.end,
        };
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                let attribute = |wanted: &[u8]| {
                    let value = tag.attributes.get(wanted).map(|value| value.value.to_vec());
                    value.map(|value| String::from_utf8_lossy(&value).into_owned())
                };
                if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                    // An address in angle brackets.
                    let source = text.get(tag.span.start..tag.span.end).unwrap_or_default();
                    page.text(source, tag.span.start);
                } else if name == "input" {
                    page.input(attribute(b"type"), attribute(b"value"), tag.span.start);
                } else {
                    page.tag(&name, !tag.self_closing);
                }
            }
            Token::EndTag(tag) => page.close(&String::from_utf8_lossy(&tag.name)),
            Token::String(text) => page.text(&String::from_utf8_lossy(&text.value), text.span.start),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    // A tag that is never closed is none.
    page.text(text.get(page.end..).unwrap_or_default(), page.end);
    page.end_row();
    Some(page.lines)
}

/// Where each line begins, in bytes.
fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

#[derive(Debug, Default)]
struct Page {
    starts: Vec<usize>,
    lines: Vec<Line>,
    row: String,
    /// Of the row, counted from 1.
    line: usize,
    /// How far the source was read, in bytes.
    end: usize,
    /// How many elements are open that are left out, and how many rows of tables.
    hidden: usize,
    rows: usize,
}

impl Page {
    fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    fn tag(&mut self, name: &str, is_open: bool) {
        self.hidden += usize::from(is_open && LEFT_OUT.contains(&name));
        self.between(name);
        self.rows += usize::from(is_open && name == "tr");
    }

    fn close(&mut self, name: &str) {
        if LEFT_OUT.contains(&name) {
            self.hidden = self.hidden.saturating_sub(1);
        }
        if name == "tr" {
            self.rows = self.rows.saturating_sub(1);
        }
        self.between(name);
    }

    fn between(&mut self, name: &str) {
        if name == "table" {
            self.rows = 0;
        }
        if BLOCKS.contains(&name) && (self.rows == 0 || name == "tr") {
            self.end_row();
        } else if !INLINE.contains(&name) {
            self.row.push('\t');
        }
    }

    fn input(&mut self, kind: Option<String>, value: Option<String>, at: usize) {
        let is_shown = kind.is_none_or(|kind| matches!(kind.as_str(), "text" | "url" | ""));
        if let Some(value) = value.filter(|_| is_shown) {
            self.row.push('\t');
            self.text(&value, at);
            self.row.push('\t');
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        if self.hidden > 0 {
            return;
        }
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 && self.rows == 0 {
                self.end_row();
            }
            if self.row.trim().is_empty() && !piece.trim().is_empty() {
                self.line = self.line_at(at) + index;
            }
            self.row.push_str(if index > 0 && self.rows > 0 { " " } else { "" });
            self.row.push_str(piece);
        }
    }

    fn end_row(&mut self) {
        let cells: Vec<&str> = self.row.split('\t').map(str::trim).filter(|cell| !cell.is_empty()).collect();
        if !cells.is_empty() {
            self.lines.push((self.line, cells.join("\t")));
        }
        self.row.clear();
    }
}

/// The text of a saved mail; `None` where the bytes are no such mail.
pub(super) fn mail(bytes: &[u8]) -> Option<String> {
    let head = bytes
        .split(|byte| *byte == b'\n')
        .take_while(|line| !line.trim_ascii().is_empty())
        .take(MOST_HEADERS);
    let is_header = |line: &[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        MARKS.iter().any(|mark| name.eq_ignore_ascii_case(mark.as_bytes()))
    };
    if !bytes.first().is_some_and(u8::is_ascii_alphabetic) || !head.into_iter().any(is_header) {
        return None;
    }
    let message = MessageParser::default().parse(bytes)?;
    let parts = || {
        message
            .html_body
            .iter()
            .chain(&message.text_body)
            .filter_map(|part| message.parts.get(*part as usize))
    };
    let html = parts().find_map(|part| match &part.body {
        PartType::Html(text) => Some(text),
        _ => None,
    });
    let plain = parts().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text),
        _ => None,
    });
    html.or(plain).map(|text| text.replace("\r\n", "\n"))
}

/// Headers that a saved mail has and nothing else. Source: RFC 2045 section 3, RFC 5322 section 3.6.7.
const MARKS: &[&str] =
    &["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Received", "Return-Path"];
const MOST_HEADERS: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(usize, String)> {
        html(text).unwrap()
    }

    fn rows(text: &str) -> Vec<String> {
        shown(text).into_iter().map(|(_, row)| row).collect()
    }

    #[test]
    fn cells_rows_and_labels_are_kept_apart() {
        assert_eq!(
            rows("<table><tr><td>em1</td><td>x.test</td></tr><tr><td>k2</td><td>y.test</td></tr></table>"),
            ["em1\tx.test", "k2\ty.test"]
        );
        assert_eq!(rows("<td><span>Host</span><span>em1</span></td>"), ["Host\tem1"]);
        assert_eq!(rows("<dl><dt>Host</dt><dd>em1</dd></dl>"), ["Host", "em1"]);
        assert_eq!(rows("<p>a <em>b</em>.test</p>"), ["a b.test"]);
        assert_eq!(
            shown("<tr>\n<td>a</td>\n<td>b</td>\n</tr>\n<p>c"),
            [(2, "a\tb".to_owned()), (5, "c".to_owned())]
        );
    }

    #[test]
    fn what_nobody_reads_is_left_out_and_what_stands_in_fields_is_not() {
        assert_eq!(
            rows("<td>x.test<button>Copy</button></td><script>var a = \"<td>b</td>\"</script>"),
            ["x.test"]
        );
        assert_eq!(
            rows("<input value=\"a.test\"> <input type=hidden value=token> <textarea>b.test</textarea>"),
            ["a.test\tb.test"]
        );
        assert_eq!(rows("<td>v=DMARC1&#59; p=none &amp; more</td>"), ["v=DMARC1; p=none & more"]);
        assert!(html("em1.example.com<http://em1.example.com/> a < b").is_none());
    }

    #[test]
    fn a_mail_is_its_text() {
        let encoded =
            "Subject: x\nContent-Transfer-Encoding: quoted-printable\n\nem1 u1.wl1.sendgr=\nid.net\n";
        assert_eq!(mail(encoded.as_bytes()).unwrap().trim(), "em1 u1.wl1.sendgrid.net");
        let html = "MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+ZW0xPC9wPg==\n";
        assert_eq!(mail(html.as_bytes()).unwrap().trim(), "<p>em1</p>");
        assert!(mail(b"From: me\nTo: you\n\nem1 x.test").is_none(), "words somebody copied");
    }
}
