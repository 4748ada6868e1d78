//! The app: what every page shares, and the whole route table.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::components::Layout;
use crate::pages;
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
                    <Route path=path!("/") view=pages::front::FrontPage />
                    <Route path=path!("/map") view=pages::map::MapPage />
                    <Route path=path!("/report/new") view=pages::report_new::ReportNewPage />
                    <Route path=path!("/reports/:id") view=pages::report::ReportPage />
                    <Route path=path!("/sign-in") view=pages::sign_in::SignInPage />
                    <Route path=path!("/confirm") view=pages::confirm::ConfirmPage />
                    <Route path=path!("/unsubscribe") view=pages::unsubscribe::UnsubscribePage />
                    <Route path=path!("/my/reports") view=pages::my_reports::MyReportsPage />
                    <Route path=path!("/account") view=pages::account::AccountPage />
                    <Route path=path!("/desk") view=pages::desk::DeskPage />
                    <Route path=path!("/desk/reports/:id") view=pages::desk::DeskReportPage />
                    <Route path=path!("/desk/:body") view=pages::desk::DeskListPage />
                    <Route path=path!("/about") view=pages::about::AboutPage />
                </FlatRoutes>
            </Layout>
        </Router>
    }
}
