//! Where to go after signing in: a page of this site, named in the address.

/// The path, if it is one of this site, as far as can be told without asking a browser: `//host` and `/\host` mean another
/// site to browsers, and they drop tabs and line feeds before they look.
#[must_use]
pub fn safe_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let elsewhere = rest.starts_with('/') || path.contains('\\') || path.chars().any(char::is_control);
    (!elsewhere).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::safe_path;

    #[test]
    fn a_page_of_this_site_is_returned_to() {
        for path in ["/", "/reports/12", "/report/new?step=check", "/desk/newport?q=a//b"] {
            assert_eq!(safe_path(path), Some(path));
        }
    }

    #[test]
    fn another_site_never_is() {
        for path in ["", "https://example.org", "//example.org", "/\\example.org", "/\t/example.org", "javascript:1"] {
            assert_eq!(safe_path(path), None, "{path:?}");
        }
    }
}
