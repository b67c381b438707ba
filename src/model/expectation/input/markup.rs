//! Turns a saved mail and the source of a page into lines of text. Pure.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use super::encoding;

/// A saved mail.
#[derive(Debug)]
pub(super) struct Mail {
    pub(super) text: String,
    /// The names of what is attached.
    pub(super) attachments: Vec<String>,
}

/// Elements that hold nothing a person reads, or what a person presses.
const LEFT_OUT: &str = "script style template svg button select head";
/// Elements whose text is no longer meant.
const STRUCK: &str = "del s strike";
/// Elements that begin and end a row, unless they stand in one of a table.
const BLOCKS: &str = "address article blockquote body br caption center dd div dl dt fieldset figure footer form h1 h2 \
    h3 h4 h5 h6 header hr html li main nav ol option p pre section table tbody tfoot thead tr ul";
/// Elements within a word or a sentence: what stands around them belongs together.
const INLINE: &str = "a abbr em font i ins mark small sub sup u wbr";
/// Other elements by which the source of a page is told.
const TELLING: &str = "td th span code b strong input textarea label";

/// Elements that have no end.
const VOID: &str = "area base br col embed hr img input link meta source track wbr";

fn is_one_of(name: &str, list: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == name)
}

/// Whether a text holds a tag of HTML.
fn is_page(text: &str) -> bool {
    let opens = text.split('<').skip(1).any(|rest| {
        let end = rest.find([' ', '>', '/']).and_then(|end| rest.get(..end)).unwrap_or_default();
        let name = if end.len() <= 10 { end.to_ascii_lowercase() } else { String::new() };
        !name.is_empty() && (is_one_of(&name, BLOCKS) || is_one_of(&name, TELLING))
    });
    text.contains('>') && opens
}

/// What the source of a page shows; `None` where it is no such source.
pub(super) fn html(text: &str) -> Option<Page> {
    if !is_page(text) {
        return None;
    }
    let mut page = Page { starts: encoding::line_starts(text), line: 1, ..Page::default() };
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut end = 0;
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                end = tag.span.end;
                page.open(&tag, text);
            }
            Token::EndTag(tag) => {
                end = tag.span.end;
                page.close(&String::from_utf8_lossy(&tag.name));
            }
            Token::String(text) => {
                end = text.span.end;
                page.text(&String::from_utf8_lossy(&text.value), text.span.start);
            }
            Token::Comment(comment) => end = comment.span.end,
            Token::Doctype(doctype) => end = doctype.span.end,
            Token::Error(_) => {}
        }
    }
    // A tag that is never closed is none.
    page.text(text.get(end..).unwrap_or_default(), end);
    page.end_row();
    Some(page)
}

/// What a page shows, with the lines of its source.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// One line per row, cells with tabs between them.
    pub(super) lines: Vec<(usize, String)>,
    /// What is struck out or not shown.
    pub(super) struck: Vec<(usize, String)>,
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    row: String,
    /// Of the row, counted from 1.
    line: usize,
    /// How many rows of tables are open.
    rows: usize,
    /// The element that is left out, struck out or hidden, and how many of its name are open in it.
    skipped: Option<(String, usize)>,
}

impl Page {
    fn open(&mut self, tag: &StartTag<usize>, source: &str) {
        let name = &*String::from_utf8_lossy(&tag.name);
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            // An address in angle brackets.
            return self.text(source.get(tag.span.start..tag.span.end).unwrap_or_default(), tag.span.start);
        }
        let attribute =
            |wanted: &[u8]| tag.attributes.get(wanted).map(|it| String::from_utf8_lossy(&it.value));
        let style = attribute(b"style").unwrap_or_default().replace(' ', "");
        let is_hidden = attribute(b"hidden").is_some() || style.contains("display:none");
        let is_skipped = is_hidden || is_one_of(name, STRUCK) || is_one_of(name, LEFT_OUT);
        match &mut self.skipped {
            Some((skipped, depth)) if skipped == name => *depth += usize::from(!tag.self_closing),
            None if is_skipped && !tag.self_closing && !is_one_of(name, VOID) => {
                self.skipped = Some((name.to_owned(), 1));
            }
            _ => {}
        }
        self.between(name);
        self.rows += usize::from(!tag.self_closing && name == "tr");
        if matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6") && self.rows == 0 {
            self.row.push_str("# ");
        }
        let is_shown = matches!(attribute(b"type").as_deref(), None | Some("text" | "url" | ""));
        if let Some(value) = attribute(b"value").filter(|_| name == "input" && is_shown) {
            self.text(&value, tag.span.start);
            self.row.push('\t');
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((skipped, depth)) = &mut self.skipped
            && skipped == name
        {
            *depth -= 1;
            self.skipped.take_if(|(_, depth)| *depth == 0);
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
        if is_one_of(name, BLOCKS) && (self.rows == 0 || name == "tr") {
            self.end_row();
        } else if !is_one_of(name, INLINE) && !self.row.is_empty() && !self.row.ends_with('\t') {
            self.row.push('\t');
        }
    }

    fn text(&mut self, text: &str, at: usize) {
        let first = self.starts.partition_point(|start| *start <= at);
        let lines = text.split('\n').enumerate().map(|(index, line)| (first + index, line));
        if let Some((skipped, _)) = &self.skipped {
            let is_told = !is_one_of(skipped, LEFT_OUT);
            let lines = lines.filter(|(_, line)| is_told && !line.trim().is_empty());
            self.struck.extend(lines.map(|(line, text)| (line, text.trim().to_owned())));
            return;
        }
        // A name that is broken before a dot.
        if text.starts_with('.') {
            self.row.truncate(self.row.trim_end_matches('\t').len());
        }
        for (line, piece) in lines {
            let gap = if line > first { " " } else { "" };
            if line > first && self.rows == 0 {
                self.end_row();
            }
            if self.row.is_empty() {
                self.line = line;
                self.row.push_str(piece.trim_start());
            } else {
                self.row.push_str(gap);
                self.row.push_str(piece);
            }
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

/// A saved mail; `None` where the bytes are none.
pub(super) fn mail(bytes: &[u8]) -> Option<Mail> {
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
    let mut mail = Mail { text: String::new(), attachments: Vec::new() };
    mail.take(&MessageParser::default().parse(bytes)?, 0);
    mail.text = mail.text.replace("\r\n", "\n");
    Some(mail)
}

impl Mail {
    /// All that the message shows, as HTML where it has that, and the messages that were forwarded with it.
    fn take(&mut self, message: &Message<'_>, depth: usize) {
        let part = |id: &u32| message.parts.get(*id as usize);
        for part in message.html_body.iter().filter_map(part) {
            if let PartType::Html(text) | PartType::Text(text) = &part.body {
                self.text.push_str(text);
                self.text.push('\n');
            }
        }
        for part in message.attachments.iter().filter_map(part) {
            match &part.body {
                PartType::Message(inner) if depth < DEEPEST => self.take(inner, depth + 1),
                _ => self.attachments.push(part.attachment_name().unwrap_or("without a name").to_owned()),
            }
        }
    }
}

/// Messages forwarded in messages deeper than this are told as attachments.
const DEEPEST: usize = 4;

/// Headers that a saved mail has and nothing else. Source: RFC 2045 section 3, RFC 5322 section 3.6.7.
const MARKS: &[&str] =
    &["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Received", "Return-Path"];
const MOST_HEADERS: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(usize, String)> {
        html(text).unwrap().lines
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
    fn what_is_struck_out_or_hidden_is_told_apart() {
        let page = html("<p><del>em9 x.test</del> em1 y.test</p><div style=\"display: none\">em8 <div>z.test</div></div><p>a").unwrap();
        assert_eq!(page.lines, [(1, "em1 y.test".to_owned()), (1, "a".to_owned())]);
        assert_eq!(page.struck.len(), 3);
        assert_eq!(rows("<p><img style=\"display:none\">em1 y.test"), ["em1 y.test"]);
    }

    #[test]
    fn all_parts_of_a_mail_are_read_and_attachments_are_told() {
        let mail = mail(
            b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b\n\
              Content-Type: text/plain\n\ntwo\n--b\nContent-Type: text/csv; name=r.csv\nContent-Disposition: attachment; filename=r.csv\n\na,b\n--b--\n",
        )
        .unwrap();
        assert!(mail.text.contains("one") && mail.text.contains("two"), "{mail:?}");
        assert_eq!(mail.attachments, ["r.csv"]);
    }

    #[test]
    fn a_mail_is_its_text() {
        let encoded =
            "Subject: x\nContent-Transfer-Encoding: quoted-printable\n\nem1 u1.wl1.sendgr=\nid.net\n";
        assert_eq!(mail(encoded.as_bytes()).unwrap().text.trim(), "em1 u1.wl1.sendgrid.net");
        let html = "MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+ZW0xPC9wPg==\n";
        assert_eq!(mail(html.as_bytes()).unwrap().text.trim(), "<p>em1</p>");
        assert!(mail(b"From: me\nTo: you\n\nem1 x.test").is_none(), "words somebody copied");
    }
}
