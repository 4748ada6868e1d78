//! The app: what every page shares, and the whole route table.

use leptos::prelude::*;

use crate::components::Layout;
use crate::parts;
use crate::router::{EMBED, Router, Table, is_embedded};
use crate::state::{config::Config, session::Session};

/// Every page.
static TABLE: Table = Table {
    pages: &[
        ("/", parts::front),
        ("/map", parts::map),
        ("/report/new", parts::report_new),
        ("/reports/:id", parts::report),
        ("/sign-in", parts::sign_in),
        ("/confirm", parts::confirm),
        ("/unsubscribe", parts::unsubscribe),
        ("/my/reports", parts::my_reports),
        ("/account", parts::account),
        ("/desk", parts::desk),
        ("/desk/reports/:id", parts::desk_report),
        ("/desk/:body", parts::desk_list),
        ("/desk/:body/integrations", parts::integrations),
        ("/about", parts::about),
        ("/analysis", parts::analysis),
        ("/bodies/:slug", parts::performance),
        (EMBED, parts::map),
    ],
    other: parts::not_found,
};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    // A page within somebody else's does nothing in anybody's name.
    if !is_embedded() {
        Session::provide();
    }
    Config::provide();
    let router = Router::provide(&TABLE);
    view! { <Layout>{router.page()}</Layout> }
}
