//! Every word on screen, by area. A second language is a second constant of each struct, checked field by field by the
//! compiler, and one more arm in [`t`].

mod about;
mod account;
mod analysis;
mod desk;
mod errors;
mod exports;
mod fields;
mod form;
mod format;
mod front;
mod integrations;
mod layout;
mod map;
mod photos;
mod report;
mod search;
mod status;

pub use errors::{code_text, error_text, field_text};
pub use format::{coordinates, count, date, date_time, decimal, distance, duration, period, plural, relative};
pub use status::{status_group_text, status_text};

/// Declares the texts of one area: a struct, and its English words. A text with parts in it is written as a function.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($key:ident $(($($part:ident: $type:ty),+))? = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        pub struct $name {
            $(pub $key: crate::i18n::text_type!($(($($type),+))?)),+
        }

        impl $name {
            /// In English.
            pub const ENGLISH: Self = Self {
                $($key: crate::i18n::text_value!($(($($part),+))? $text)),+
            };
        }
    };
}

macro_rules! text_type {
    () => { &'static str };
    (($($type:ty),+)) => { fn($($type),+) -> String };
}

macro_rules! text_value {
    (($($part:ident),+) $text:literal) => { |$($part),+| format!($text) };
    ($text:literal) => { $text };
}

use {text_type, text_value, texts};

/// All texts of one language. Each area is a thing of its own, so that a part of the app brings no words but those it says.
pub struct Texts {
    pub layout: &'static layout::Layout,
    pub front: &'static front::Front,
    pub map: &'static map::Map,
    pub form: &'static form::Form,
    pub report: &'static report::ReportPage,
    pub account: &'static account::Account,
    pub desk: &'static desk::Desk,
    pub integrations: &'static integrations::Integrations,
    pub errors: &'static errors::Errors,
    pub exports: &'static exports::Exports,
    pub fields: &'static fields::Fields,
    pub photos: &'static photos::Photos,
    pub search: &'static search::Search,
    pub about: &'static about::About,
    pub analysis: &'static analysis::Analysis,
    pub performance: &'static analysis::Performance,
    pub status: &'static status::StatusWords,
}

static ENGLISH: Texts = Texts {
    layout: &layout::Layout::ENGLISH,
    front: &front::Front::ENGLISH,
    map: &map::Map::ENGLISH,
    form: &form::Form::ENGLISH,
    report: &report::ReportPage::ENGLISH,
    account: &account::Account::ENGLISH,
    desk: &desk::Desk::ENGLISH,
    integrations: &integrations::Integrations::ENGLISH,
    errors: &errors::Errors::ENGLISH,
    exports: &exports::Exports::ENGLISH,
    fields: &fields::Fields::ENGLISH,
    photos: &photos::Photos::ENGLISH,
    search: &search::Search::ENGLISH,
    about: &about::About::ENGLISH,
    analysis: &analysis::Analysis::ENGLISH,
    performance: &analysis::Performance::ENGLISH,
    status: &status::StatusWords::ENGLISH,
};

/// The texts of the page's language, which is the one `index.html` names.
pub const fn t() -> &'static Texts {
    &ENGLISH
}

/// The page's language as a BCP 47 tag, for the browser's own formatting.
pub const fn language() -> &'static str {
    "en-GB"
}
