//! The closed list of errors: one code, one HTTP status, one envelope.

use std::fmt;

use serde::{Deserialize, Serialize};

pub use crate::field_problems::FieldProblems;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in an answer.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes!(
    /// What went wrong, as a stable code.
    ErrorCode {
        /// The request could not be read: broken JSON, a parameter that is no number.
        InvalidRequest = "invalid_request",
        /// The request was read, and some fields break their rules; they are named.
        ValidationFailed = "validation_failed",
        /// No such thing, or none this caller may see.
        NotFound = "not_found",
        /// The path exists, not with this method.
        MethodNotAllowed = "method_not_allowed",
        /// Signing in is needed, or the sign-in has run out.
        Unauthenticated = "unauthenticated",
        /// E-mail address or password is wrong.
        WrongCredentials = "wrong_credentials",
        /// The caller is known and may not do this.
        Forbidden = "forbidden",
        /// Somebody else changed the thing meanwhile.
        Conflict = "conflict",
        /// The workflow has no such step for this caller.
        TransitionNotAllowed = "transition_not_allowed",
        /// An answer to an extra question blocks the report.
        BlockedByAnswer = "blocked_by_answer",
        /// The `Idempotency-Key` header is missing or too long.
        IdempotencyKeyRequired = "idempotency_key_required",
        /// The same `Idempotency-Key` came with another body.
        IdempotencyMismatch = "idempotency_mismatch",
        /// A link from a mail is wrong, used up or too old.
        LinkInvalid = "link_invalid",
        /// The body of the request is too large.
        TooLarge = "too_large",
        /// The body of the request has a type this address does not take.
        UnsupportedMediaType = "unsupported_media_type",
        /// The file is no picture we can read.
        ImageUndecodable = "image_undecodable",
        /// The picture has more pixels than we read.
        ImageTooManyPixels = "image_too_many_pixels",
        /// Too many requests; `Retry-After` says when to come back.
        RateLimited = "rate_limited",
        /// Busy or starting; `Retry-After` says when to come back.
        Unavailable = "unavailable",
        /// Our fault; the reference finds it in the log.
        Internal = "internal",
    }
);

impl ErrorCode {
    /// The HTTP status the code is sent with.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::IdempotencyKeyRequired => 400,
            Self::Unauthenticated | Self::WrongCredentials => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Conflict | Self::TransitionNotAllowed => 409,
            Self::LinkInvalid => 410,
            Self::TooLarge | Self::ImageTooManyPixels => 413,
            Self::UnsupportedMediaType => 415,
            Self::ValidationFailed | Self::BlockedByAnswer | Self::IdempotencyMismatch | Self::ImageUndecodable => 422,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// One plain sentence for people who read the API's answers.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The request could not be read.",
            Self::ValidationFailed => "Some fields need attention.",
            Self::NotFound => "There is nothing here.",
            Self::MethodNotAllowed => "This address does not take this method.",
            Self::Unauthenticated => "Please sign in.",
            Self::WrongCredentials => "The e-mail address or the password is wrong.",
            Self::Forbidden => "You are not allowed to do this.",
            Self::Conflict => "Somebody else changed this meanwhile. Please look again.",
            Self::TransitionNotAllowed => "The report cannot take this status now.",
            Self::BlockedByAnswer => "This cannot be reported here.",
            Self::IdempotencyKeyRequired => "Send an Idempotency-Key header of at most 128 visible characters.",
            Self::IdempotencyMismatch => "This Idempotency-Key was used for another request.",
            Self::LinkInvalid => "This link is wrong, was used already, or is too old.",
            Self::TooLarge => "The request is too large.",
            Self::UnsupportedMediaType => "This type of content is not taken here.",
            Self::ImageUndecodable => "This file is not a JPEG, PNG or WebP picture that we can read.",
            Self::ImageTooManyPixels => "This picture has too many pixels.",
            Self::RateLimited => "Too many requests. Please wait a moment.",
            Self::Unavailable => "The service is busy. Please try again in a moment.",
            Self::Internal => "Something went wrong on our side.",
        }
    }
}

codes!(
    /// Why one field was refused, as a stable code.
    FieldCode {
        /// Nothing was given.
        Required = "required",
        /// Too few characters.
        TooShort = "too_short",
        /// Too many characters.
        TooLong = "too_long",
        /// Too many entries.
        TooMany = "too_many",
        /// Not an e-mail address.
        InvalidEmail = "invalid_email",
        /// Not a number.
        InvalidNumber = "invalid_number",
        /// Not a date and time.
        InvalidDatetime = "invalid_datetime",
        /// Not one of the choices.
        InvalidChoice = "invalid_choice",
        /// Not in the form expected.
        Invalid = "invalid",
        /// No such thing.
        Unknown = "unknown",
        /// It was right, and holds no more: begin again without it.
        Outdated = "outdated",
    }
);

impl FieldCode {
    /// One plain sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Required => "This is needed.",
            Self::TooShort => "This is too short.",
            Self::TooLong => "This is too long.",
            Self::TooMany => "These are too many.",
            Self::InvalidEmail => "This is not an e-mail address.",
            Self::InvalidNumber => "This is not a number.",
            Self::InvalidDatetime => "This is not a date and time.",
            Self::InvalidChoice => "This is not one of the choices.",
            Self::Invalid => "This is not in the right form.",
            Self::Unknown => "There is no such thing.",
            Self::Outdated => "This holds no more. Please begin again without it.",
        }
    }
}

impl std::error::Error for FieldCode {}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldProblem {
    /// Stable code.
    pub code: FieldCode,
    /// One plain sentence.
    #[cfg_attr(feature = "openapi", schema(example = "This is too long."))]
    pub message: String,
}

impl From<FieldCode> for FieldProblem {
    fn from(code: FieldCode) -> Self {
        Self { code, message: code.message().to_owned() }
    }
}

/// The one envelope of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorEnvelope {
    /// The error.
    pub error: ErrorBody,
}

/// An error as a caller sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// Stable code.
    pub code: ErrorCode,
    /// One plain sentence.
    #[cfg_attr(feature = "openapi", schema(example = "Some fields need attention."))]
    pub message: String,
    /// The fields that break a rule; empty for other errors.
    #[serde(default, skip_serializing_if = "FieldProblems::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, FieldProblem>))]
    pub fields: FieldProblems,
    /// Finds this very answer in the log.
    #[cfg_attr(feature = "openapi", schema(example = "0192f6c1a4"))]
    pub reference: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_from_its_own_text() {
        for code in ErrorCode::ALL {
            let text = serde_json::to_string(code).expect("serialises");
            assert_eq!(text, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<ErrorCode>(&text).expect("reads"), *code);
            assert!((400..600).contains(&code.http_status()));
        }
    }
}
