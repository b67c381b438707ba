//! What each finding means and what to do about it: one page for each code. Pure.
//!
//! A page is Markdown with a fixed set of headings, so that it can be read in a terminal, in a wiki and here.

use crate::model::diagnosis::Code;

/// The pages, listed by `build.rs`: the word of the finding, text.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a finding.
pub fn page(code: Code) -> &'static str {
    PAGES.iter().find(|(word, _)| *word == code.word()).map_or("", |(_, page)| page)
}

/// What a finding is, in a few words.
pub fn title(code: Code) -> &'static str {
    let heading = page(code).lines().next().unwrap_or_default();
    heading.split_once(": ").map_or("", |(_, title)| title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_a_page_with_all_its_parts() {
        assert_eq!(PAGES.len(), Code::ALL.len());
        for code in Code::ALL {
            let page = page(code);
            assert!(page.starts_with(&format!("# {}: ", code.word())), "{}", code.word());
            assert!(!title(code).is_empty());
            let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(
                headings,
                [
                    "## Why mail suffers",
                    "## How this is known",
                    "## Fix it with the tool",
                    "## Fix it by hand",
                    "## When it is a false alarm",
                    "## Sources"
                ],
                "{}",
                code.word()
            );
            assert!(page.lines().any(|line| line.starts_with("- ")), "{} names its sources", code.word());
        }
    }

    #[test]
    fn a_word_is_told_apart_from_every_other() {
        for code in Code::ALL {
            assert_eq!(Code::from_word(code.word()), Some(code));
        }
        assert_eq!(Code::from_word("proxied "), None);
    }
}
