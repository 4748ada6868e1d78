//! The app: what every page shares, and the whole route table.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{PossibleRouteMatch, path};

use crate::components::Layout;
use crate::parts;
use crate::state::{config::Config, session::Session};

/// A page's path, and a page: the same two types for all of them, or the router would be compiled once for each.
type Path = Arc<dyn PossibleRouteMatch + Send + Sync>;
type Page = fn() -> AnyView;

fn at(path: impl PossibleRouteMatch + Send + Sync + 'static) -> Path {
    Arc::new(path)
}

/// The app.
#[component]
pub fn App() -> impl IntoView {
    Session::provide();
    Config::provide();
    view! {
        <Router>
            <Layout>
                <FlatRoutes fallback=parts::not_found>
                    <Route path=at(path!("/")) view=parts::front as Page />
                    <Route path=at(path!("/map")) view=parts::map as Page />
                    <Route path=at(path!("/report/new")) view=parts::report_new as Page />
                    <Route path=at(path!("/reports/:id")) view=parts::report as Page />
                    <Route path=at(path!("/sign-in")) view=parts::sign_in as Page />
                    <Route path=at(path!("/confirm")) view=parts::confirm as Page />
                    <Route path=at(path!("/unsubscribe")) view=parts::unsubscribe as Page />
                    <Route path=at(path!("/my/reports")) view=parts::my_reports as Page />
                    <Route path=at(path!("/account")) view=parts::account as Page />
                    <Route path=at(path!("/desk")) view=parts::desk as Page />
                    <Route path=at(path!("/desk/reports/:id")) view=parts::desk_report as Page />
                    <Route path=at(path!("/desk/:body")) view=parts::desk_list as Page />
                    <Route path=at(path!("/desk/:body/integrations")) view=parts::integrations as Page />
                    <Route path=at(path!("/about")) view=parts::about as Page />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}
