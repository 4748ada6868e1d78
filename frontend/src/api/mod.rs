//! The one client of the API: one function per operation id the app uses, a typed error, and the session's token on every request.
//!
//! Reads (GET) are aborted when the reactive owner they were started under goes away, and when their future is dropped;
//! writes run to their end, because leaving a page must not take back what somebody just sent.

mod account;
mod desk;
mod error;
mod exports;
mod integrations;
mod map;
mod open311;
mod photos;
mod places;
mod query;
mod read;
mod reports;
mod stats;
mod token;
mod transport;

pub use account::*;
pub use desk::*;
pub use error::ApiError;
pub use exports::*;
pub use integrations::*;
pub use map::*;
pub use open311::*;
pub use photos::*;
pub use places::*;
pub use query::{Query, ReportFilter};
pub use read::read_json;
pub use reports::*;
pub use stats::*;
pub use token::{
    SESSION_FLAG, exchange, follow_other_tab, forget_session, keep_session, on_session_change, remembers_session,
    resume_session,
};
pub use transport::Filed;
