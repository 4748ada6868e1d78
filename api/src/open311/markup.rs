//! Texts that are no texts: the standard takes no HTML.

/// Whether a browser would take part of the text for a tag, a comment or the like: `<` with a letter, `/`, `!` or `?` right
/// after it (HTML, "Tag open state"). "a < b" and "I <3 trees" are texts.
#[must_use]
pub fn has_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text[at + 1..].chars().next().is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
    })
}

#[cfg(test)]
mod tests {
    use super::has_markup;

    #[test]
    fn tags_are_markup_and_comparisons_are_not() {
        for text in ["<b>deep</b>", "a<br>b", "<script", "</p>", "<!-- x -->", "<?xml ?>", "ünder <A HREF='x'>"] {
            assert!(has_markup(text), "{text}");
        }
        for text in ["", "a < b", "I <3 trees", "5 << 6", "->", "<", "x &lt; y"] {
            assert!(!has_markup(text), "{text}");
        }
    }
}
