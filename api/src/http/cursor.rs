//! Keyset paging: a cursor names the last row seen, so pages stay right while rows are added.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mendmap_shared::error::FieldCode;
use mendmap_shared::limits::{PAGE_DEFAULT, PAGE_MAX};
use mendmap_shared::wire::Page;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, ApiResult};

/// Where a list goes on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows of one page, 1 to 100.
    pub limit: Option<u32>,
}

/// The text form of a row's place in the order.
///
/// # Errors
/// When the key cannot be written as JSON, which is our fault.
pub fn encode<K: Serialize>(key: &K) -> ApiResult<String> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).map_err(ApiError::internal)?))
}

/// Reads a cursor back.
///
/// # Errors
/// Refuses anything [`encode`] did not make for this order.
pub fn decode<K: DeserializeOwned>(cursor: Option<&str>) -> ApiResult<Option<K>> {
    cursor
        .filter(|text| !text.is_empty())
        .map(|text| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok();
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| {
                ApiError::parameter(
                    "cursor",
                    FieldCode::Invalid,
                    "send a next_cursor back as it came, with the same sort",
                )
            })
        })
        .transpose()
}

/// Rows of one page: the caller's wish, within [`PAGE_MAX`].
///
/// # Errors
/// Refuses zero and more than the limit.
pub fn page_size(wish: Option<u32>) -> ApiResult<i64> {
    match wish {
        None => Ok(i64::from(PAGE_DEFAULT)),
        Some(n) if (1..=PAGE_MAX).contains(&n) => Ok(i64::from(n)),
        Some(_) => Err(ApiError::parameter("limit", FieldCode::Invalid, format!("limit is 1 to {PAGE_MAX}"))),
    }
}

/// Makes a page from one row more than was asked for: the extra row only says that there is a next page.
///
/// # Errors
/// See [`encode`].
pub fn page<T, K: Serialize>(mut rows: Vec<T>, size: i64, key: impl Fn(&T) -> K) -> ApiResult<Page<T>> {
    let size = usize::try_from(size).map_err(ApiError::internal)?;
    let more = rows.len() > size;
    rows.truncate(size);
    let next_cursor = if more { rows.last().map(|row| encode(&key(row))).transpose()? } else { None };
    Ok(Page { items: rows, next_cursor })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn walking_the_pages_sees_every_row_once(total in 0_i64..60, size in 1_i64..20) {
            let rows: Vec<i64> = (0..total).collect();
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let after: Option<i64> = decode(cursor.as_deref()).expect("our own cursor");
                let found: Vec<i64> = rows.iter().copied().filter(|row| after.is_none_or(|after| *row > after)).take(usize::try_from(size).expect("small") + 1).collect();
                let page = page(found, size, |row| *row).expect("encodes");
                seen.extend(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() { break; }
            }
            prop_assert_eq!(seen, rows);
        }

        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
            let _ = decode::<(i64, i64)>(Some(&text));
        }
    }
}
