//! The texts of filters, and what they may cost to read.

use std::num::NonZeroUsize;
use std::sync::Once;
use std::thread;

use cql2::{Error, Expr};
use mendmap_shared::limits::{OGC_FILTER_BRACKETS, OGC_FILTER_CHARS, OGC_FILTER_STEPS, OGC_FILTER_TERMS};

/// Bytes of the stack on which filters are read: the crate goes through them by calling itself, and each turn of that is large.
/// [`check_shape`] sees to it that there are not too many.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// How a filter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// CQL2 as text. What holds where nothing is said.
    #[default]
    Text,
    /// CQL2 as JSON.
    Json,
}

impl Language {
    /// Names as `filter-lang` has them. `cql-text` is what CQL2 was called before, and what GDAL looks for.
    pub const NAMES: [&str; 3] = ["cql2-text", "cql-text", "cql2-json"];

    /// The one of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "cql2-text" | "cql-text" => Some(Self::Text),
            "cql2-json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// Hands the parsed filter to `work`, both on a thread with room for it.
///
/// # Errors
/// Says where the filter cannot be read; what `work` returns.
pub fn parsed<T: Send>(
    text: &str,
    language: Language,
    work: impl FnOnce(&Expr) -> Result<T, String> + Send,
) -> Result<T, String> {
    if text.chars().count() > OGC_FILTER_CHARS {
        return Err(format!("a filter has at most {OGC_FILTER_CHARS} characters"));
    }
    if language == Language::Text {
        check_shape(text)?;
    }
    // The grammar tries an opening bracket in two ways, so that brackets in brackets could take forever.
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(OGC_FILTER_STEPS)));
    thread::scope(|scope| {
        let reading = || parse(text, language).and_then(|expression| work(&expression));
        let thread =
            thread::Builder::new().name("filter".to_owned()).stack_size(STACK_BYTES).spawn_scoped(scope, reading);
        // A crate that gives up on something odd gives up on that filter only.
        thread
            .map_err(|_| "there is no room to read a filter now".to_owned())?
            .join()
            .unwrap_or_else(|_| Err(ODD.to_owned()))
    })
}

/// Refuses what would have the crate call itself more often than there is room for: brackets in brackets, signs before signs,
/// comparisons of comparisons. JSON that is nested deeply is refused by its own parser.
fn check_shape(text: &str) -> Result<(), String> {
    let (mut brackets, mut minuses, mut comparisons, mut quote) = (0_usize, 0_usize, 0_usize, None);
    for letter in text.chars() {
        if let Some(open) = quote {
            if letter == open {
                quote = None;
            }
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '(' => brackets += 1,
            ')' => brackets = brackets.saturating_sub(1),
            '=' | '<' | '>' => comparisons += 1,
            _ => {}
        }
        minuses = if letter == '-' {
            minuses + 1
        } else if letter.is_whitespace() {
            minuses
        } else {
            0
        };
        if brackets > OGC_FILTER_BRACKETS {
            return Err(format!("brackets are nested at most {OGC_FILTER_BRACKETS} deep"));
        }
        if minuses > 2 {
            return Err("there is a minus before a minus before a minus".to_owned());
        }
    }
    let nots = text.to_ascii_lowercase().matches("not").count();
    // Two signs may be one comparison.
    if comparisons > 2 * OGC_FILTER_TERMS || nots > OGC_FILTER_TERMS {
        return Err(format!("a filter has at most {OGC_FILTER_TERMS} comparisons"));
    }
    Ok(())
}

const ODD: &str = "this filter cannot be read";

fn parse(text: &str, language: Language) -> Result<Expr, String> {
    match language {
        Language::Text => cql2::parse_text(text).map_err(|error| match error {
            Error::Pest(error) => {
                use pest::error::InputLocation;
                let at = match error.location {
                    InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
                };
                let read = text.get(..at).map_or(0, |read| read.chars().count());
                format!("this is no CQL2 from its character {} on", read + 1)
            }
            Error::NestedGeometryCollection => "a collection of geometries cannot be compared with".to_owned(),
            _ => ODD.to_owned(),
        }),
        Language::Json => cql2::parse_json(text)
            .map_err(|error| format!("this is no CQL2 in JSON, or none up to its column {}", error.column())),
    }
}
