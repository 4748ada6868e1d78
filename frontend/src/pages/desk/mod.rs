//! `/desk`, `/desk/:body`, `/desk/reports/:id`: staff's work.

mod address;
mod answer;
mod choose;
mod contact;
mod deliveries;
mod filters;
mod list;
mod notes;
mod report;

pub use choose::DeskPage;
pub use list::DeskListPage;
pub use report::DeskReportPage;
