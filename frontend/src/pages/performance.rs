//! `/bodies/:slug`: how a body does with what is reported to it, for everybody to see.

use leptos::prelude::*;
use mendmap_shared::wire::stats::{BodyStats, StatusCount, Unanswered};
use mendmap_shared::workflow::StatusGroup;

use super::analysis::selection::months_ago;
use super::not_found::NotFoundPage;
use crate::api::{self, ApiError, Query};
use crate::components::figures::{OverTime, by_category, fact, totals};
use crate::components::{EmptyState, ErrorState, Loading, Page, PlainSelect};
use crate::i18n::{count, date, plural, status_text, t};
use crate::router::{NavigateOptions, use_navigate, use_param, use_query};
use crate::state::inquiry::Inquiry;

/// Months back where nobody chooses: what the API takes as well.
const USUAL: u32 = 12;

/// The page.
#[component]
pub fn PerformancePage() -> impl IntoView {
    let words = t().performance;
    let slug = use_param("slug");
    let query = use_query();
    let months = Memo::new(move |_| {
        let written = query.with(|query| query.get("months")).and_then(|months| months.parse::<u32>().ok());
        written.filter(|months| (1..=1200).contains(months)).unwrap_or(USUAL)
    });
    let stats = Inquiry::new(move || {
        let since = Some(months.get()).filter(|months| *months != USUAL).map(months_ago);
        let query = Query::new().with_some("since", since.map(|day| format!("{day}T00:00:00Z"))).into_string();
        slug.with(|slug| api::get_body_stats(slug, &query))
    });
    let missing = Memo::new(move |_| matches!(stats.get(), Some(Err(error)) if error.is_not_found()));
    let title = move || match stats.get() {
        Some(Ok(stats)) => (words.title)(&stats.body.name),
        _ => t().analysis.results.to_owned(),
    };
    let shown = move || match stats.get() {
        None | Some(Err(ApiError::Aborted)) => view! { <Loading /> }.into_any(),
        Some(Ok(stats)) => figures(stats),
        Some(Err(error)) => view! { <ErrorState error=error retry=move |()| stats.refetch() /> }.into_any(),
    };
    move || {
        if missing.get() {
            return view! { <NotFoundPage /> }.into_any();
        }
        view! {
            <Page title=Signal::derive(title) class="page--figures">
                <p class="lead">{words.lead}</p>
                <Time slug=slug months=months />
                {shown}
            </Page>
        }
        .into_any()
    }
}

/// The time that is looked at.
#[component]
fn Time(slug: Memo<String>, months: Memo<u32>) -> impl IntoView {
    let words = t().performance;
    let navigate = use_navigate();
    let times = [(3, words.months_3), (12, words.months_12), (36, words.months_36), (120, words.months_120)];
    let options: Vec<_> = times.iter().map(|(months, name)| (months.to_string(), (*name).to_owned())).collect();
    let choose = move |months: String| {
        let query = Query::new().with("months", &months).into_string();
        navigate(
            &format!("/bodies/{}{query}", slug.get_untracked()),
            NavigateOptions { replace: false, scroll: false },
        );
    };
    view! {
        <PlainSelect
            id="months"
            label=words.time
            options=Signal::derive(move || options.clone())
            value=Signal::derive(move || months.get().to_string())
            on_change=choose
        />
    }
}

fn figures(stats: BodyStats) -> AnyView {
    let words = t().performance;
    let BodyStats { body, since, until, open_now, unanswered, made } = stats;
    // The last day is the one before the moment at which it ends.
    let last = until - chrono::TimeDelta::seconds(1);
    let query = Query::new().with("body", &body.slug).into_string();
    let links = [
        (format!("/map{query}"), words.map, None),
        (format!("/analysis{query}"), words.analyse, None),
        (format!("/feeds/reports.atom{query}"), words.feed, Some("external")),
    ];
    let links = links.map(|(href, text, rel)| {
        view! {
            <li>
                <a href=href rel=rel>
                    {text}
                </a>
            </li>
        }
    });
    let rest = if made.total.reported == 0 {
        view! { <EmptyState text=words.none /> }.into_any()
    } else {
        view! {
            {totals(&made.total)}
            {closed(&made.statuses)}
            {waited(unanswered)}
            <p class="quiet">{words.answer_text}</p>
            <OverTime stats=made.clone() />
            {by_category(made.categories)}
        }
        .into_any()
    };
    view! {
        <section class="figures" aria-labelledby="figures-title">
            <h2 id="figures-title">{(words.span)(&date(since), &date(last))}</h2>
            {rest}
        </section>
        <dl class="figures__facts">{fact(words.open_now, count(open_now), String::new())}</dl>
        <ul class="take__files">{links}</ul>
    }
    .into_any()
}

/// Why reports were ended that are not fixed.
fn closed(statuses: &[StatusCount]) -> AnyView {
    let words = t().performance;
    let ended = statuses.iter().filter(|count| count.status.group() == StatusGroup::Closed);
    let rows: Vec<_> =
        ended.map(|found| fact(status_text(found.status), count(found.reports), String::new())).collect();
    if rows.is_empty() {
        return view! { <p>{words.closed_none}</p> }.into_any();
    }
    view! {
        <section>
            <h3>{words.closed_text}</h3>
            <dl class="figures__facts">{rows}</dl>
        </section>
    }
    .into_any()
}

/// Those that nobody answered in time.
fn waited(of: Unanswered) -> AnyView {
    let words = t().performance;
    if of.reports == 0 {
        return ().into_any();
    }
    let still = (of.still > 0).then(|| plural(of.still, words.late_still_one, words.late_still));
    view! {
        <section>
            <h3>{(words.late)(&of.days.to_string())}</h3>
            <p>{(words.late_of)(&count(of.late), &count(of.reports))} ". " {still}</p>
        </section>
    }
    .into_any()
}
