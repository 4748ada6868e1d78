//! What XML can hold.

/// A text without the characters that XML has no way to write (XML 1.0, production 2). What has to be escaped is left to
/// whoever writes it.
#[must_use]
pub fn text(text: &str) -> String {
    text.chars().filter(|c| is_xml(*c)).collect()
}

const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
