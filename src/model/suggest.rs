//! What somebody may have meant who wrote a word that is not known. Pure.

/// Words that are less alike are not taken for one another.
const ALIKE: f64 = 0.8;

/// The known word that is most like `word`, if one is like it.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let likeness = |known: &'k str| (strsim::jaro_winkler(&word, known), known);
    let alike = known.into_iter().map(likeness).filter(|(likeness, _)| *likeness >= ALIKE);
    alike.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, known)| known)
}

/// The same as a question: `did you mean`.
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|known| format!("did you mean `{known}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognized_and_another_word_is_not() {
        let known = ["proxied", "missing", "dmarc-missing", "dkim-missing"];
        assert_eq!(nearest("proxiet", known), Some("proxied"));
        assert_eq!(nearest("DMARC-MISSINX", known), Some("dmarc-missing"));
        assert_eq!(nearest("flattened", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(did_you_mean("missinx", known).as_deref(), Some("did you mean `missing`?"));
    }
}
