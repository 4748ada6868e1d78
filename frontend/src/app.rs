//! The app: what every page shares, and the whole route table.

use std::borrow::Cow;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

use crate::components::Layout;
use crate::parts;
use crate::state::{config::Config, session::Session};

/// A page: the same type for all of them, or the router would be compiled once for each.
type Page = fn() -> AnyView;

/// A page's path as the table below writes it; `:name` stands for any one segment. The router's own paths are of a type each.
#[derive(Clone, Copy)]
struct At(&'static str);

impl PossibleRouteMatch for At {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let mut segments = path.trim_matches('/').split('/');
        let mut params = Vec::new();
        for wanted in self.0.trim_matches('/').split('/') {
            let segment = segments.next()?;
            match wanted.strip_prefix(':') {
                Some(name) if !segment.is_empty() => params.push((Cow::Borrowed(name), segment.to_owned())),
                None if segment == wanted => {}
                _ => return None,
            }
        }
        segments.next().is_none().then(|| PartialPathMatch::new("", params, path))
    }

    /// Only servers ask for it.
    fn generate_path(&self, _: &mut Vec<PathSegment>) {}
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
                    <Route path=At("/") view=parts::front as Page />
                    <Route path=At("/map") view=parts::map as Page />
                    <Route path=At("/report/new") view=parts::report_new as Page />
                    <Route path=At("/reports/:id") view=parts::report as Page />
                    <Route path=At("/sign-in") view=parts::sign_in as Page />
                    <Route path=At("/confirm") view=parts::confirm as Page />
                    <Route path=At("/unsubscribe") view=parts::unsubscribe as Page />
                    <Route path=At("/my/reports") view=parts::my_reports as Page />
                    <Route path=At("/account") view=parts::account as Page />
                    <Route path=At("/desk") view=parts::desk as Page />
                    <Route path=At("/desk/reports/:id") view=parts::desk_report as Page />
                    <Route path=At("/desk/:body") view=parts::desk_list as Page />
                    <Route path=At("/desk/:body/integrations") view=parts::integrations as Page />
                    <Route path=At("/about") view=parts::about as Page />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}
