//! What two or more pages are built of.

mod button;
mod error_summary;
mod field;
mod layout;
mod page;
mod pagination;
mod photo_picker;
mod photo_shrink;
mod place_search;
mod report_card;
mod states;
mod status;

pub use button::{Button, ButtonKind, ButtonLink};
pub use error_summary::{ErrorSummary, FieldError, FormErrors};
pub use field::{Check, CheckList, Radios, Select, TextArea, TextField};
pub use layout::Layout;
pub use page::Page;
pub use pagination::ShowMore;
pub use photo_picker::PhotoPicker;
pub use place_search::{LocateButton, PlaceSearch};
pub use report_card::ReportCard;
pub use states::{EmptyState, ErrorState, Fetched, Loading, Notice};
pub use status::{StatusBadge, StatusShape};
