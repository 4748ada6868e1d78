//! What makes two requests for an export the same.

use super::params::FilterParams;
use crate::error::{ApiError, ApiResult};

/// The filters of a request as parameters of an address, in one fixed order.
///
/// # Errors
/// When they cannot be written, which is our fault.
pub fn same_form(params: &FilterParams) -> ApiResult<String> {
    serde_urlencoded::to_string(params).map_err(ApiError::internal)
}

/// Reads what [`same_form`] wrote.
///
/// # Errors
/// When it was written by another version that knows other filters.
pub fn read_form(text: &str) -> ApiResult<FilterParams> {
    serde_urlencoded::from_str(text).map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_filters_are_the_same_export_in_whatever_order_they_stand() {
        let form = |text: &str| same_form(&serde_urlencoded::from_str(text).expect("parameters")).expect("writes");
        let one = form("status=open&category=potholes&since=2026-01-02T03:04:05%2B01:00");
        assert_eq!(one, form("since=2026-01-02T02:04:05Z&category=potholes&status=open&unknown=1"));
        assert_ne!(one, form("status=open&category=potholes"));
        assert_eq!(form(&one), one, "it reads what it writes");
        assert_eq!(same_form(&read_form(&one).expect("reads")).expect("writes"), one);
    }
}
