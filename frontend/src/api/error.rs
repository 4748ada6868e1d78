//! What can go wrong with a request, as the pages see it.

use mendmap_shared::error::{ErrorBody, ErrorCode, FieldProblems};

/// Why a request brought no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The API answered with its error envelope.
    Refused(ErrorBody),
    /// No answer came: no network, or the server is gone.
    Network,
    /// The request was given up by us, because nobody waits for it any more.
    Aborted,
    /// An answer came that is not what the API promises; the text says which, for the console.
    Unreadable(String),
}

impl ApiError {
    /// The API's code, if the API answered.
    pub const fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(body) => Some(body.code),
            Self::Network | Self::Aborted | Self::Unreadable(_) => None,
        }
    }

    /// The fields the API names; empty for every other error.
    pub fn fields(&self) -> FieldProblems {
        match self {
            Self::Refused(body) => body.fields.clone(),
            Self::Network | Self::Aborted | Self::Unreadable(_) => FieldProblems::new(),
        }
    }

    /// Whether the thing asked for does not exist, or not for this person.
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(ErrorCode::NotFound)
    }

    /// Whether the same request may bring an answer later, without anything being changed.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Refused(body) => {
                matches!(body.code, ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Internal)
            }
            Self::Network | Self::Aborted | Self::Unreadable(_) => true,
        }
    }
}
