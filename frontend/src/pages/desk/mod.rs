//! `/desk`, `/desk/:body`, `/desk/reports/:id`, `/desk/:body/integrations`: staff's work.

mod address;
mod answer;
mod choose;
mod contact;
mod deliveries;
mod export;
mod filters;
mod integrations;
mod list;
mod notes;
mod report;

pub use choose::DeskPage;
pub use integrations::IntegrationsPage;
pub use list::DeskListPage;
pub use report::DeskReportPage;
