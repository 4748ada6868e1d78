//! What outlives a page: the session, the site's settings, the filters in the address, the draft of a report.

pub mod config;
pub mod device;
pub mod drafts;
pub mod exports;
pub mod filters;
pub mod inquiry;
pub mod kept;
pub mod link_token;
pub mod session;
pub mod sign_out;
pub mod supported;
pub mod update_drafts;
