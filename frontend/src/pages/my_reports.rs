//! `/my/reports`: one's own reports, those nobody else sees among them.

use leptos::prelude::*;
use mendmap_shared::wire::Page as ListPage;
use mendmap_shared::wire::reports::MyReport;
use mendmap_shared::workflow::Visibility;

use crate::api;
use crate::components::{ButtonLink, EmptyState, Fetched, Page, ReportCard, ShowMore, SignedIn};
use crate::i18n::t;
use crate::state::inquiry::Inquiry;

/// The page.
#[component]
pub fn MyReportsPage() -> impl IntoView {
    let words = t().account;
    view! {
        <Page title=words.my_reports_title class="page--text">
            <SignedIn view=|_| view! { <List /> } />
        </Page>
    }
}

#[component]
fn List() -> impl IntoView {
    let words = t().account;
    let first = Inquiry::new(|| api::list_my_reports(None));
    let draw = move |page: ListPage<MyReport>| {
        if page.items.is_empty() {
            return view! {
                <EmptyState text=words.my_reports_none>
                    <ButtonLink href="/report/new">{words.my_reports_new}</ButtonLink>
                </EmptyState>
            }
            .into_any();
        }
        view! {
            <ul class="cards">{page.items.into_iter().map(row).collect_view()}</ul>
            <ShowMore cursor=page.next_cursor next=|cursor| api::list_my_reports(Some(cursor)) row=row />
        }
        .into_any()
    };
    view! { <Fetched resource=first view=draw /> }
}

fn row(mine: MyReport) -> impl IntoView {
    let words = t().account;
    let seen_by = match mine.visibility {
        Visibility::Published => None,
        Visibility::Unconfirmed => Some(words.my_reports_unconfirmed),
        Visibility::Private => Some(words.my_reports_private),
        Visibility::Hidden => Some(words.my_reports_hidden),
    };
    view! {
        <li>
            <ReportCard report=mine.report level=2>
                {seen_by.map(|text| view! { <p class="mark">{text}</p> })}
            </ReportCard>
        </li>
    }
}
