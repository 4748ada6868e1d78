//! Signing out.

use super::update_drafts::forget_staff_drafts;
use crate::api;

/// Signs out. Offline, the session ends on this side all the same; what staff began to write goes with it.
pub async fn sign_out() {
    let _answer = api::delete_session().await;
    forget_staff_drafts();
}
