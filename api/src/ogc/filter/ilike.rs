//! `title ILIKE 'x%'`, which GDAL writes in the language it calls cql-text and which CQL2 has no word for: it is
//! `CASEI(title) LIKE CASEI('x%')`.

/// The filter without that word; as it is where the word does not stand between a name and a text.
#[must_use]
pub fn without(filter: &str) -> String {
    let tokens = tokens(filter);
    let mut out = String::with_capacity(filter.len() + 16);
    let mut rest = &tokens[..];
    while let [token, after @ ..] = rest {
        match after {
            [word, pattern, beyond @ ..]
                if word.eq_ignore_ascii_case("ilike") && is_name(token) && pattern.starts_with('\'') =>
            {
                out.extend(["CASEI(", *token, ") LIKE CASEI(", *pattern, ") "]);
                rest = beyond;
            }
            _ => {
                out.push_str(token);
                out.push(' ');
                rest = after;
            }
        }
    }
    out
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '"')
}

/// Names, texts and quoted names whole, everything else as it stands between them; blanks between those are left out.
fn tokens(filter: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let belongs = |letter: char| letter.is_alphanumeric() || "_.:".contains(letter);
        let end = if first == '\'' || first == '"' {
            // A quote that is doubled goes on as the beginning of another text, right after this one.
            let mut end = 1;
            loop {
                let Some(at) = rest[end..].find(first) else { break rest.len() };
                end += at + 1;
                if !rest[end..].starts_with(first) {
                    break end;
                }
                end += 1;
            }
        } else if first.is_alphanumeric() {
            rest.find(|letter| !belongs(letter)).unwrap_or(rest.len())
        } else {
            rest.find(|letter: char| letter.is_alphanumeric() || letter == '\'' || letter == '"').unwrap_or(rest.len())
        };
        let (token, after) = rest.split_at(end);
        found.push(token.trim_end());
        rest = after.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_said_in_cql2_and_nowhere_else() {
        assert_eq!(without("(title ILIKE 'a''b%') AND x=1"), "( CASEI(title) LIKE CASEI('a''b%') ) AND x = 1 ");
        assert_eq!(without("\"title\" ilike 'x'"), "CASEI(\"title\") LIKE CASEI('x') ");
        assert_eq!(without("title = 'it ILIKE ''x'"), "title = 'it ILIKE ''x' ");
        assert_eq!(without("5 ILIKE 'x'"), "5 ILIKE 'x' ");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_of_any_text(text in "\\PC{0,40}") {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            proptest::prop_assume!(!text.to_lowercase().contains("ilike"));
            proptest::prop_assert_eq!(bare(&without(&text)), bare(&text));
        }
    }
}
