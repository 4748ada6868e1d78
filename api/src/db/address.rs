//! Addresses of databases, as libpq takes them: `postgres://user:password@host:port,host:port/name?parameter=value`.
//!
//! They are changed as text, because no library reads one that names several hosts.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reading and writing. Of several hosts the one that takes writes is meant, and a copy is none.
    Writer,
    /// Reading what may lag.
    Reader,
}

impl Role {
    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
        }
    }
}

/// What every connection has that does not say otherwise. A host that is gone without a word is noticed within seconds: the
/// system's own patience is hours.
const DEFAULTS: [(&str, &str); 5] = [
    ("connect_timeout", "2"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "15000"),
];

/// The address with everything we want of a connection, as far as it says nothing about that itself; `password` too is only
/// for an address that has none.
#[must_use]
pub fn complete(address: &str, role: Role, password: Option<&str>) -> String {
    let mut complete = address.to_owned();
    let mut add = |name: &str, value: &str| {
        if !has_parameter(address, name) {
            complete.push(if complete.contains('?') { '&' } else { '?' });
            complete.push_str(name);
            complete.push('=');
            complete.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        }
    };
    for (name, value) in DEFAULTS {
        add(name, value);
    }
    if role == Role::Writer {
        add("target_session_attrs", "read-write");
    }
    if let Some(password) = password.filter(|_| !has_password(address)) {
        add("password", password);
    }
    complete
}

fn has_parameter(address: &str, name: &str) -> bool {
    let parameters = address.split_once('?').map_or("", |(_, parameters)| parameters);
    parameters.split('&').any(|parameter| parameter.split('=').next() == Some(name))
}

fn has_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fills_in_where_the_address_has_none() {
        for (address, filled) in [
            ("postgres://user@one:5432,two:5433/mendmap", true),
            ("postgres://one/mendmap", true),
            ("postgres:///mendmap?user=user", true),
            ("postgres://user:own@one/mendmap", false),
            ("postgres://user@one/mendmap?password=own", false),
        ] {
            let complete = complete(address, Role::Writer, Some("p&ss=?"));
            assert_eq!(complete.ends_with("password=p%26ss%3D%3F"), filled, "{complete}");
            assert!(complete.starts_with(address), "{complete}");
        }
    }

    #[test]
    fn what_the_address_says_itself_holds() {
        let own = "postgres://one,two/mendmap?target_session_attrs=any&connect_timeout=9";
        let complete = complete(own, Role::Writer, None);
        assert_eq!(complete.matches("target_session_attrs=").count(), 1, "{complete}");
        assert_eq!(complete.matches("connect_timeout=").count(), 1, "{complete}");
    }

    #[test]
    fn only_what_is_written_to_must_take_writes() {
        assert!(complete("postgres://one/mendmap", Role::Writer, None).contains("target_session_attrs=read%2Dwrite"));
        assert!(!complete("postgres://one/mendmap", Role::Reader, None).contains("target_session_attrs"));
    }
}
