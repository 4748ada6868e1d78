//! What two or more pages are built of.

mod button;
mod error_summary;
mod field;
mod layout;
mod outcome;
mod page;
mod pagination;
mod password_field;
mod photo_gallery;
mod photo_picker;
mod photo_shrink;
mod place_search;
mod refusal;
mod report_card;
mod signed_in;
mod states;
mod status;
mod story;

pub use button::{Button, ButtonKind, ButtonLink};
pub use error_summary::{ErrorSummary, FieldError, FormErrors};
pub use field::{Check, CheckList, Radios, Select, TextArea, TextField};
pub use layout::Layout;
pub use outcome::{Outcome, OutcomeBox};
pub use page::Page;
pub use pagination::ShowMore;
pub use password_field::PasswordField;
pub use photo_gallery::PhotoGallery;
pub use photo_picker::PhotoPicker;
pub use place_search::{LocateButton, PlaceSearch};
pub use refusal::show_refusal;
pub use report_card::ReportCard;
pub use signed_in::SignedIn;
pub use states::{EmptyState, ErrorState, Fetched, Loading, Notice};
pub use status::StatusBadge;
pub use story::{Story, duplicate_link, focus_entry};
