//! The one table of the edge's rules, `deploy/edge.json`, which CloudFront's distribution follows too.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Deserialize;

/// The table as it is in this build.
pub const TABLE: &str = include_str!("../../../edge.json");

/// All rules. The first behaviour whose path matches an address holds.
#[derive(Debug, Deserialize)]
pub struct Rules {
    /// In order of precedence.
    pub behaviours: Vec<Behaviour>,
    /// Cache policies by name.
    pub caches: BTreeMap<String, CachePolicy>,
    /// Seconds that an answer with this status is kept.
    pub errors: BTreeMap<u16, u64>,
}

/// What happens to the addresses of one pattern.
#[derive(Debug, Deserialize)]
pub struct Behaviour {
    /// Pattern of the path: `*` stands for any text, `?` for one character.
    pub path: String,
    /// Who answers.
    pub origin: Origin,
    /// What may be asked.
    pub methods: Methods,
    /// Name of the cache policy.
    pub cache: String,
    /// Who may show it in a frame; nobody where it does not say.
    #[serde(default)]
    pub frames: Option<Frames>,
}

/// Who may show a page in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frames {
    /// Every site.
    Any,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The load balancer.
    Api,
    /// The files of the built app.
    Spa,
}

/// What may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Methods {
    /// GET, HEAD, OPTIONS.
    Read,
    /// Every method.
    All,
}

/// How answers are kept; `none` has nothing in it.
#[derive(Debug, Default, Deserialize)]
pub struct CachePolicy {
    /// Least seconds an answer is kept.
    #[serde(default)]
    pub min_ttl: u64,
    /// Seconds an answer without `Cache-Control` is kept.
    #[serde(default)]
    pub default_ttl: u64,
    /// Most seconds an answer is kept; nothing is kept where there is none.
    pub max_ttl: Option<u64>,
    /// What of the query belongs to the key and is passed on.
    #[serde(default)]
    pub query: Query,
    /// Headers that belong to the key and are passed on.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Whether `Accept-Encoding` belongs to the key.
    #[serde(default)]
    pub compress: bool,
}

/// What of the query belongs to the key.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Query {
    /// Nothing.
    #[default]
    Nothing,
    /// `all` or `none`.
    Word(String),
    /// These parameters.
    Named(Vec<String>),
}

impl Rules {
    /// The rules of this build.
    ///
    /// # Errors
    /// When the table cannot be read, or asks for what the twin's edge does not do.
    pub fn read() -> anyhow::Result<Self> {
        let rules: Self = serde_json::from_str(TABLE).context("deploy/edge.json cannot be read")?;
        for behaviour in &rules.behaviours {
            let policy = rules.policy(behaviour)?;
            anyhow::ensure!(policy.min_ttl == 0, "{}: nginx keeps nothing longer than its answer says", behaviour.path);
        }
        for (status, seconds) in &rules.errors {
            anyhow::ensure!(*seconds == 0, "{status}: the twin's edge keeps no error");
        }
        anyhow::ensure!(!rules.errors.is_empty(), "deploy/edge.json says of no error how long it is kept");
        Ok(rules)
    }

    /// The cache policy of a behaviour.
    ///
    /// # Errors
    /// When the table has no policy of that name.
    pub fn policy(&self, behaviour: &Behaviour) -> anyhow::Result<&CachePolicy> {
        self.caches.get(&behaviour.cache).with_context(|| format!("there is no cache policy {}", behaviour.cache))
    }

    /// The behaviour that holds for a path.
    #[must_use]
    pub fn behaviour(&self, path: &str) -> Option<&Behaviour> {
        self.behaviours.iter().find(|behaviour| matches(&behaviour.path, path))
    }
}

/// Whether a pattern of the table matches a path.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.chars().next() {
        None => path.is_empty(),
        Some('*') => {
            (0..=path.len()).filter(|at| path.is_char_boundary(*at)).any(|at| matches(&pattern[1..], &path[at..]))
        }
        Some(first) => {
            let mut rest = path.chars();
            rest.next().is_some_and(|next| first == '?' || first == next)
                && matches(&pattern[first.len_utf8()..], rest.as_str())
        }
    }
}

/// A pattern of the table as a regular expression.
#[must_use]
pub fn as_regex(pattern: &str) -> String {
    let mut regex = String::from("^");
    for letter in pattern.chars() {
        match letter {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            letter if letter.is_ascii_alphanumeric() || "/_-".contains(letter) => regex.push(letter),
            letter => {
                let _ = write!(regex, "\\{letter}");
            }
        }
    }
    regex + "$"
}

/// A regular expression for the decimal numbers from 0 to `most`.
#[must_use]
pub fn numbers_to(most: u64) -> String {
    let digits = most.to_string();
    let mut all = vec![digits.clone()];
    if digits.len() > 1 {
        all.push(format!("[0-9]{{1,{}}}", digits.len() - 1));
    }
    for (at, digit) in digits.char_indices().filter(|(_, digit)| *digit > '0') {
        let below = char::from_digit(digit.to_digit(10).unwrap_or(1) - 1, 10).unwrap_or('0');
        all.push(format!("{}[0-{below}][0-9]{{{}}}", &digits[..at], digits.len() - at - 1));
    }
    format!("0*(?:{})(?![0-9])", all.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_behaviour_that_matches_holds() {
        let rules = Rules::read().expect("the table");
        let cache = |path: &str| rules.behaviour(path).expect("a rule").cache.as_str();
        assert_eq!(cache("/api/v1/map/14/8055/5453.json"), "tiles");
        assert_eq!(cache("/api/v1/map/streets/14/8055/5453.mvt"), "streets");
        assert_eq!(cache("/api/v1/reports"), "none");
        assert_eq!(cache("/photos/ab/thumb.jpg"), "photos");
        assert_eq!(cache("/privacy"), "page");
    }

    #[test]
    fn a_pattern_is_the_same_as_a_regular_expression() {
        assert_eq!(as_regex("/api/v1/map/*"), "^/api/v1/map/.*$");
        assert_eq!(as_regex("/a.b?"), "^/a\\.b.$");
        assert!(matches("/a.b?", "/a.bc") && !matches("/a.b?", "/axbc") && !matches("/a.b?", "/a.b"));
    }

    #[test]
    fn numbers_up_to_a_limit_are_written_as_alternatives() {
        assert_eq!(numbers_to(60), "0*(?:60|[0-9]{1,1}|[0-5][0-9]{1})(?![0-9])");
        assert_eq!(numbers_to(0), "0*(?:0)(?![0-9])");
    }
}
