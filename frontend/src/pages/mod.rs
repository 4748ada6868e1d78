//! One module per address.

pub mod about;
pub mod account;
pub mod analysis;
pub mod confirm;
pub mod desk;
pub mod front;
pub mod map;
pub mod my_reports;
pub mod not_found;
pub mod performance;
pub mod report;
pub mod report_new;
pub mod sign_in;
pub mod unsubscribe;
