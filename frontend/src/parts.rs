//! What is downloaded when: the map comes with the app; every other page lies, with what it alone uses, in a part of its
//! own that is fetched when somebody goes there, and what only answers somebody (the search for a place) when they turn to
//! it. Each part is one file, and each set of parts that share something one
//! more. Without the feature `split` all of it is in the app.

use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::wasm_split::SplitLoaderError;
use web_sys::HtmlElement;

use crate::api::{self, ApiError};
use crate::components::Later;
use crate::components::person_links;
use crate::components::place_finder;
use crate::components::place_search::{Finder, Locating, Search};
use crate::map::open_cluster::{self, Opening};
use crate::map::sketch::{self, Draw};
use crate::pages;
use crate::pages::map::over::Cards;

/// Declares pages: `name: part, component;`. `name()` is the page, to be put into the route table.
macro_rules! parts {
    ($($name:ident: $part:ident, $page:path;)+) => {
        $(
            pub fn $name() -> AnyView {
                view! { <Later page=|| Box::pin(draw::$name()) /> }.into_any()
            }
        )+

        /// What draws each page, behind the fetching of its part.
        mod draw {
            use super::*;

            $(
                #[cfg(feature = "split")]
                #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
                pub fn $name() -> Result<AnyView, SplitLoaderError> {
                    Ok($page().into_any())
                }

                #[cfg(not(feature = "split"))]
                pub async fn $name() -> Result<AnyView, SplitLoaderError> {
                    Ok($page().into_any())
                }
            )+
        }
    };
}

/// Declares what comes once somebody does something: `part: what it is, by whom`. Whoever asks for it waits for it to come.
macro_rules! deeds {
    ($($name:ident($given:ident: $taken:ty) -> $made:ty: $part:ident, $by:path;)+) => {
        $(
            #[cfg(feature = "split")]
            #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
            pub fn $name($given: $taken) -> Result<$made, SplitLoaderError> {
                Ok($by($given))
            }

            #[cfg(not(feature = "split"))]
            pub async fn $name($given: $taken) -> Result<$made, SplitLoaderError> {
                Ok($by($given))
            }
        )+
    };
}

/// The map: the one page that comes with the app.
pub fn map() -> AnyView {
    pages::map::MapPage().into_any()
}

parts! {
    front: front, pages::front::FrontPage;
    report: report, pages::report::ReportPage;
    report_new: form, pages::report_new::ReportNewPage;
    sign_in: account, pages::sign_in::SignInPage;
    confirm: account, pages::confirm::ConfirmPage;
    unsubscribe: account, pages::unsubscribe::UnsubscribePage;
    my_reports: account, pages::my_reports::MyReportsPage;
    account: account, pages::account::AccountPage;
    about: account, pages::about::AboutPage;
    not_found: account, pages::not_found::NotFoundPage;
    desk: desk, pages::desk::DeskPage;
    desk_list: desk, pages::desk::DeskListPage;
    desk_report: desk, pages::desk::DeskReportPage;
    integrations: desk, pages::desk::IntegrationsPage;
    analysis: figures, pages::analysis::AnalysisPage;
    performance: figures, pages::performance::PerformancePage;
}

deeds! {
    open_cluster(opening: Opening) -> (): deeds, open_cluster::open_cluster;
    pens(layer: HtmlElement) -> Option<Draw>: sketch, sketch::pens::pens;
    cards(cards: Cards) -> AnyView: deeds, pages::map::over::cards;
    find_place(search: Search) -> Finder: deeds, place_finder::find_place;
    locate(locating: Locating) -> (): deeds, place_finder::locate;
    person_links(is_staff: bool) -> AnyView: session, person_links::person_links;
    exchange(nothing: ()) -> LocalBoxFuture<'static, Result<(), ApiError>>: session, api::exchange;
}
