//! Words for everything that can go wrong: every code the API has, by exhaustive match.

use mendmap_shared::error::{ErrorCode, FieldCode};

use super::{t, texts};
use crate::api::ApiError;

texts! {
    /// Errors.
    Errors {
        summary_title = "There is a problem",
        loading_failed = "This could not be loaded",
        page_failed = "A part of this site did not arrive",
        page_renewed = "If you are online, the site may have been renewed since you opened it. Then reload the page: what you have begun to write is kept.",
        page_reload = "Reload the page",
        retry = "Try again",
        retrying = "Trying again…",
        error_prefix = "Error:",
        named(label: &str, message: &str) = "{label}: {message}",
        network = "You seem to be offline, or the service cannot be reached. Nothing you typed is lost. Please try again.",
        unreadable = "The service gave an answer we could not read. Please try again in a moment.",
        aborted = "The request was stopped.",
        reference(reference: &str) = "If this keeps happening, tell us this reference: {reference}",
        invalid_request = "The service could not read what we sent. Please reload the page and try again.",
        validation_failed = "Some answers need your attention.",
        not_found = "There is nothing here, or you may not see it.",
        method_not_allowed = "The service does not do this. Please reload the page and try again.",
        unauthenticated = "Please sign in to do this.",
        wrong_credentials = "The e-mail address or the password is wrong.",
        forbidden = "You are not allowed to do this.",
        conflict = "Somebody else changed this in the meantime. Please look at it again.",
        transition_not_allowed = "The report cannot take this status now.",
        blocked_by_answer = "This cannot be reported here.",
        idempotency_key_required = "Something is wrong with this form. Please reload the page; what you typed is kept.",
        idempotency_mismatch = "You have sent this already, and it arrived. Please look for our e-mail before you send it again.",
        link_invalid = "This link is wrong, was used already, or is too old.",
        too_large = "This is too large.",
        unsupported_media_type = "We cannot read this type of file. Please choose a JPEG, PNG or WebP picture.",
        image_undecodable = "We cannot read this file. Please choose a JPEG, PNG or WebP picture.",
        image_too_many_pixels = "This picture has too many pixels. Please choose a smaller one.",
        rate_limited = "That was a lot in a short time. Please wait a minute and try again.",
        unavailable = "The service is busy. Please try again in a moment.",
        internal = "Something went wrong on our side. Please try again in a moment.",
    }
}

/// The words for an error.
pub fn error_text(error: &ApiError) -> String {
    let texts = t().errors;
    match error {
        ApiError::Refused(body) if body.code == ErrorCode::Internal => {
            format!("{} {}", texts.internal, (texts.reference)(&body.reference))
        }
        // The message of a blocking answer is the council's own.
        ApiError::Refused(body) if body.code == ErrorCode::BlockedByAnswer => body.message.clone(),
        ApiError::Refused(body) => code_text(body.code).to_owned(),
        ApiError::Network => texts.network.to_owned(),
        ApiError::Aborted => texts.aborted.to_owned(),
        ApiError::Unreadable(_) => texts.unreadable.to_owned(),
    }
}

/// The words for a code.
pub const fn code_text(code: ErrorCode) -> &'static str {
    let texts = t().errors;
    match code {
        ErrorCode::InvalidRequest => texts.invalid_request,
        ErrorCode::ValidationFailed => texts.validation_failed,
        ErrorCode::NotFound => texts.not_found,
        ErrorCode::MethodNotAllowed => texts.method_not_allowed,
        ErrorCode::Unauthenticated => texts.unauthenticated,
        ErrorCode::WrongCredentials => texts.wrong_credentials,
        ErrorCode::Forbidden => texts.forbidden,
        ErrorCode::Conflict => texts.conflict,
        ErrorCode::TransitionNotAllowed => texts.transition_not_allowed,
        ErrorCode::BlockedByAnswer => texts.blocked_by_answer,
        ErrorCode::IdempotencyKeyRequired => texts.idempotency_key_required,
        ErrorCode::IdempotencyMismatch => texts.idempotency_mismatch,
        ErrorCode::LinkInvalid => texts.link_invalid,
        ErrorCode::TooLarge => texts.too_large,
        ErrorCode::UnsupportedMediaType => texts.unsupported_media_type,
        ErrorCode::ImageUndecodable => texts.image_undecodable,
        ErrorCode::ImageTooManyPixels => texts.image_too_many_pixels,
        ErrorCode::RateLimited => texts.rate_limited,
        ErrorCode::Unavailable => texts.unavailable,
        ErrorCode::Internal => texts.internal,
    }
}

/// The words for what is wrong with a field.
pub const fn field_text(code: FieldCode) -> &'static str {
    let texts = t().fields;
    match code {
        FieldCode::Required => texts.required,
        FieldCode::TooShort => texts.too_short,
        FieldCode::TooLong => texts.too_long,
        FieldCode::TooMany => texts.too_many,
        FieldCode::InvalidEmail => texts.invalid_email,
        FieldCode::InvalidNumber => texts.invalid_number,
        FieldCode::InvalidDatetime => texts.invalid_datetime,
        FieldCode::InvalidChoice => texts.invalid_choice,
        FieldCode::Invalid => texts.invalid,
        FieldCode::Unknown | FieldCode::Outdated => texts.unknown,
    }
}
