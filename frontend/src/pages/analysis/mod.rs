//! `/analysis`: figures about any choice of reports, and its data to take along. The choice lives in the address.

mod draw;
mod form;
pub mod selection;
mod take;

use leptos::prelude::*;
use mendmap_shared::wire::stats::ReportStats;

use self::form::Choose;
use self::selection::Selection;
use self::take::Take;
use crate::api::{self, ApiError};
use crate::components::figures::{OverTime, by_category, totals};
use crate::components::{EmptyState, ErrorState, Fetched, Loading, Notice, Page};
use crate::i18n::{plural, t};
use crate::router::use_query;
use crate::state::config::use_config;
use crate::state::inquiry::Inquiry;

/// The page.
#[component]
pub fn AnalysisPage() -> impl IntoView {
    let words = t().analysis;
    let config = use_config();
    let query = use_query();
    let selection = Memo::new(move |_| query.with(Selection::read));
    view! {
        <Page title=words.title.to_owned() class="page--figures">
            <p class="lead">{words.lead}</p>
            <Fetched resource=config.resource() view=move |config| view! { <Choose config=config selection=selection /> } />
            <Results selection=selection />
            <Take selection=selection />
        </Page>
    }
}

#[component]
fn Results(selection: Memo<Selection>) -> impl IntoView {
    let words = t().analysis;
    let stats = Inquiry::new(move || api::get_report_stats(&selection.with(Selection::query)));
    let found = move || match stats.get() {
        Some(Ok(stats)) => plural(stats.total.reported, words.found_one, words.found),
        Some(Err(_)) => String::new(),
        None => t().layout.loading.to_owned(),
    };
    view! {
        <section class="figures" aria-labelledby="figures-title">
            <h2 id="figures-title">{words.results}</h2>
            <p class="visually-hidden" role="status">
                {found}
            </p>
            {move || match stats.get() {
                None | Some(Err(ApiError::Aborted)) => view! { <Loading /> }.into_any(),
                Some(Ok(stats)) => figures(stats),
                Some(Err(error)) if !error.fields().is_empty() => {
                    let drawn = error.fields().get("polygon").is_some();
                    let text = if drawn { words.polygon_refused } else { words.refused };
                    view! {
                        <Notice class="notice--error" live=true>
                            {text}
                        </Notice>
                    }
                    .into_any()
                }
                Some(Err(error)) => view! { <ErrorState error=error retry=move |()| stats.refetch() /> }.into_any(),
            }}
        </section>
    }
}

fn figures(stats: ReportStats) -> AnyView {
    if stats.total.reported == 0 {
        return view! { <EmptyState text=t().analysis.none /> }.into_any();
    }
    view! {
        {totals(&stats.total)}
        <OverTime stats=stats.clone() />
        {by_category(stats.categories)}
    }
    .into_any()
}
