//! Texts people type, checked once at construction: trimmed, with sane line ends, inside their limits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::FieldCode;
use crate::limits;

/// Trims, turns CRLF into LF, and drops control characters that no keyboard types but line feeds and tabs.
pub(crate) fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().trim().to_owned()
}

macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $max:expr, $multi_line:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, max_length = $max, min_length = 1))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Most characters it may have.
            pub const MAX_CHARS: usize = $max;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = FieldCode;

            fn from_str(text: &str) -> Result<Self, FieldCode> {
                let mut text = tidy(text);
                if !$multi_line {
                    text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                }
                if text.is_empty() {
                    Err(FieldCode::Required)
                } else if text.chars().count() > $max {
                    Err(FieldCode::TooLong)
                } else {
                    Ok(Self(text))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = FieldCode;
            fn try_from(text: String) -> Result<Self, FieldCode> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

bounded_text!(
    /// A report's title: one line.
    ReportTitle, limits::TITLE_CHARS, false
);
bounded_text!(
    /// A report's details: several lines.
    ReportDetailText, limits::DETAIL_CHARS, true
);
bounded_text!(
    /// The text of an update.
    UpdateText, limits::UPDATE_CHARS, true
);
bounded_text!(
    /// A private note between staff.
    NoteText, limits::NOTE_CHARS, true
);
bounded_text!(
    /// A person's name as they write it.
    PersonName, limits::NAME_CHARS, false
);
bounded_text!(
    /// A telephone number as typed; nothing is dialled by us.
    Phone, limits::PHONE_CHARS, false
);
bounded_text!(
    /// A search text.
    SearchText, limits::SEARCH_CHARS, false
);
bounded_text!(
    /// What staff call a key of another system.
    ApiKeyName, limits::API_KEY_NAME_CHARS, false
);
bounded_text!(
    /// A webhook's address as typed: whether it may be called is for the API to find out.
    WebhookUrl, limits::WEBHOOK_URL_CHARS, false
);

/// An e-mail address, lower-cased, because a mailbox that differs by case only is the same person in practice.
///
/// The check is the HTML standard's (`<input type=email>`), with at least one dot in the domain and the lengths of
/// RFC 5321: whether the mailbox exists is found out by writing to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = "email", max_length = 254))]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = FieldCode;

    fn from_str(text: &str) -> Result<Self, FieldCode> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err(FieldCode::Required);
        }
        if text.len() > limits::EMAIL_CHARS {
            return Err(FieldCode::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(FieldCode::InvalidEmail)?;
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        if local_ok && domain_ok { Ok(Self(text)) } else { Err(FieldCode::InvalidEmail) }
    }
}

impl TryFrom<String> for Email {
    type Error = FieldCode;
    fn try_from(text: String) -> Result<Self, FieldCode> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(value: Email) -> Self {
        value.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password on its way in: never shown, never serialised.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = "password", min_length = 10, max_length = 200))]
#[serde(try_from = "String")]
pub struct NewPassword(String);

impl NewPassword {
    /// The password's characters, for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl TryFrom<String> for NewPassword {
    type Error = FieldCode;
    fn try_from(text: String) -> Result<Self, FieldCode> {
        let chars = text.chars().count();
        if text.trim().is_empty() {
            Err(FieldCode::Required)
        } else if chars < limits::PASSWORD_MIN_CHARS {
            Err(FieldCode::TooShort)
        } else if chars > limits::PASSWORD_MAX_CHARS {
            Err(FieldCode::TooLong)
        } else {
            Ok(Self(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_is_one_trimmed_line() {
        assert_eq!("  Deep\r\n  hole ".parse::<ReportTitle>().expect("valid").as_str(), "Deep hole");
        assert_eq!(" \n ".parse::<ReportTitle>(), Err(FieldCode::Required));
        assert_eq!("x".repeat(limits::TITLE_CHARS + 1).parse::<ReportTitle>(), Err(FieldCode::TooLong));
    }

    #[test]
    fn details_keep_their_lines_and_lose_control_characters() {
        assert_eq!("one\r\ntwo\u{0}\u{7}".parse::<ReportDetailText>().expect("valid").as_str(), "one\ntwo");
    }

    #[test]
    fn addresses_that_no_mail_server_takes_are_refused() {
        for bad in [
            "",
            "a",
            "a@b",
            "@b.org",
            "a@.org",
            "a b@c.org",
            "a@b..org",
            "a@-b.org",
            ".a@b.org",
            "a..b@c.org",
            "a@b.org\nBcc: c@d.org",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
        assert_eq!(" Anna+1@Example.ORG ".parse::<Email>().expect("valid").as_str(), "anna+1@example.org");
    }

    #[test]
    fn a_password_never_shows_in_debug_output() {
        let password = NewPassword::try_from("correct horse".to_owned()).expect("valid");
        assert!(!format!("{password:?}").contains("correct"));
    }

    proptest! {
        #[test]
        fn limits_count_characters_not_bytes(count in 1_usize..=limits::TITLE_CHARS) {
            prop_assert!("ŵ".repeat(count).parse::<ReportTitle>().is_ok());
        }

        #[test]
        fn a_text_that_was_accepted_is_accepted_unchanged_again(text in "\\PC{1,200}") {
            if let Ok(once) = text.parse::<ReportDetailText>() {
                prop_assert_eq!(once.as_str().parse::<ReportDetailText>().expect("still valid"), once);
            }
        }
    }
}
