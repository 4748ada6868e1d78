//! A file of reports that the API makes by and by: how far it is, until it can be fetched.

use std::future::Future;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use mendmap_shared::wire::exports::{Export, ExportState};

use crate::api::ApiError;
use crate::i18n::{count, date_time, t};

/// Milliseconds between two looks at how far it is.
const LOOK_EVERY: u32 = 1_500;

/// Follows an export until it can be fetched, and keeps in `made` how far it is. Ends without a word where nobody looks any
/// more: it is made all the same, and goes after a day.
pub async fn follow<F: Future<Output = Result<Export, ApiError>>>(
    mut export: Export,
    made: RwSignal<Option<Export>>,
    look: impl Fn(&str) -> F,
) -> Result<(), ApiError> {
    loop {
        let (id, ready) = (export.id.clone(), export.state == ExportState::Ready);
        if made.try_set(Some(export)).is_some() || ready {
            return Ok(());
        }
        TimeoutFuture::new(LOOK_EVERY).await;
        export = look(&id).await?;
    }
}

/// How far an export is, in words.
pub fn progress(export: &Export) -> String {
    let words = t().exports;
    match (export.state, export.total) {
        (ExportState::Ready, _) => (words.ready)(&count(export.rows), &date_time(export.expires_at)),
        (ExportState::Making, Some(total)) => (words.making)(&count(export.rows), &count(total)),
        _ => words.waiting.to_owned(),
    }
}
