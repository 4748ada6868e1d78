//! How one variable is read, and what is asked of its value.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use url::Url;

use super::{ConfigError, Secret};

/// Where settings are looked up by name: the environment, or a test's own list.
pub(super) struct Lookup<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Lookup<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, name: &'static str, default: T) -> Result<T, ConfigError> {
        self.text(name).map_or(Ok(default), |value| {
            value.parse().map_err(|error: T::Err| ConfigError { name, reason: format!("{error} ({value:?})") })
        })
    }

    pub(super) fn between<T: FromStr<Err: Display> + PartialOrd + Display + Copy>(
        &self,
        name: &'static str,
        default: T,
        range: std::ops::RangeInclusive<T>,
    ) -> Result<T, ConfigError> {
        let value = self.parsed(name, default)?;
        if range.contains(&value) {
            return Ok(value);
        }
        Err(ConfigError { name, reason: format!("{value} is not between {} and {}", range.start(), range.end()) })
    }

    /// Values separated by commas; none where the variable is not set.
    pub(super) fn list<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<Vec<T>, ConfigError> {
        let text = self.text(name).unwrap_or_default();
        let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
        values
            .map(|value| {
                value.parse().map_err(|error: T::Err| ConfigError { name, reason: format!("{error} ({value:?})") })
            })
            .collect()
    }

    /// A secret: the variable itself, or what the file holds that the other one names. `reason` is what is wrong with a value
    /// that does not pass the check; the value is never told.
    pub(super) fn secret(
        &self,
        (name, file): (&'static str, &'static str),
        reason: &str,
        check: impl Fn(&str) -> bool,
    ) -> Result<Option<Secret>, ConfigError> {
        let value = match (self.text(name), self.text(file)) {
            (Some(_), Some(_)) => return Err(ConfigError { name: file, reason: format!("{name} is set too") }),
            (None, Some(path)) => Some(read_file(&path).map_err(|reason| ConfigError { name: file, reason })?),
            (value, None) => value,
        };
        match value {
            Some(value) if !check(&value) => Err(ConfigError { name, reason: reason.to_owned() }),
            value => Ok(value.map(Secret::from)),
        }
    }

    pub(super) fn checked(
        &self,
        name: &'static str,
        reason: &str,
        check: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        match self.text(name) {
            Some(value) if !check(&value) => Err(ConfigError { name, reason: reason.to_owned() }),
            value => Ok(value),
        }
    }
}

fn read_file(path: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let text = text.trim();
    if text.is_empty() { Err(format!("{path} is empty")) } else { Ok(text.to_owned()) }
}

pub(super) fn is_postgres(value: &str) -> bool {
    value.starts_with("postgres://") || value.starts_with("postgresql://")
}

pub(super) fn is_colour(value: &str) -> bool {
    value.len() == 7 && value.starts_with('#') && value.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

/// Whether a file begins as PMTiles' third version does.
pub(super) fn is_pmtiles(path: &Path) -> bool {
    let mut start = [0; 8];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"PMTiles\x03"
}

pub(super) fn is_http_url(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether an address names a site and nothing more: links are made by writing a path behind it, and browsers name the
/// site by it.
pub(super) fn is_site(value: &str) -> bool {
    is_http_url(value)
        && Url::parse(value).is_ok_and(|url| {
            url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

/// The nodes of memcached in a list of addresses, as host and port; none where one of them is no address, or is named twice.
pub(super) fn memcached_nodes(value: &str) -> Option<Vec<String>> {
    let mut nodes = Vec::new();
    for address in value.split(',').map(str::trim) {
        let url = if address.contains("://") { address.to_owned() } else { format!("memcache://{address}") };
        // As http, so that the host is checked and written as that of any address.
        let url = Url::parse(&url.strip_prefix("memcache://").map(|rest| format!("http://{rest}"))?).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        // Port 80 is the one that an http address may leave out; nobody has memcached there.
        let port = url.port().unwrap_or(11211);
        let node = format!("{}:{port}", url.host_str()?);
        if port == 0 || nodes.contains(&node) {
            return None;
        }
        nodes.push(node);
    }
    Some(nodes)
}

/// Whether the part that names the server is free of placeholders: the page's security policy must name it.
pub(super) fn has_fixed_host(value: &str) -> bool {
    let host = value.split_once("://").map_or(value, |(_, rest)| rest).split(['/', '?', '#']).next();
    host.is_some_and(|host| !host.contains(['{', '}']))
}

/// Whether a log filter means what it says: a bare word that is no level would be taken for the name of a module, and
/// nothing would be logged.
pub(super) fn is_log_filter(value: &str) -> bool {
    let is_level = |word: &str| {
        ["off", "error", "warn", "info", "debug", "trace"].iter().any(|level| word.eq_ignore_ascii_case(level))
    };
    value.split(',').all(|part| part.contains(['=', '[']) || is_level(part.trim()))
        && tracing_subscriber::EnvFilter::try_new(value).is_ok()
}
