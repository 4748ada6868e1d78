//! The app: what every page shares, and the whole route table.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::components::Layout;
use crate::pages;
use crate::parts;
use crate::state::{config::Config, session::Session};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    Session::provide();
    Config::provide();
    view! {
        <Router>
            <Layout>
                <FlatRoutes fallback=pages::not_found::NotFoundPage>
                    <Route path=path!("/") view=parts::front />
                    <Route path=path!("/map") view=pages::map::MapPage />
                    <Route path=path!("/report/new") view=parts::report_new />
                    <Route path=path!("/reports/:id") view=parts::report />
                    <Route path=path!("/sign-in") view=parts::sign_in />
                    <Route path=path!("/confirm") view=parts::confirm />
                    <Route path=path!("/unsubscribe") view=parts::unsubscribe />
                    <Route path=path!("/my/reports") view=parts::my_reports />
                    <Route path=path!("/account") view=parts::account />
                    <Route path=path!("/desk") view=parts::desk />
                    <Route path=path!("/desk/reports/:id") view=parts::desk_report />
                    <Route path=path!("/desk/:body") view=parts::desk_list />
                    <Route path=path!("/about") view=parts::about />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}
