//! The list beside the map.

use leptos::prelude::*;
use mendmap_shared::geo::Bbox;
use mendmap_shared::wire::Page as Rows;
use mendmap_shared::wire::map::LiveReport;
use mendmap_shared::wire::reports::ReportSummary;

use super::Shared;
use crate::api::{self, ReportFilter};
use crate::components::{Button, ButtonKind, EmptyState, Fetched, ReportCard, ShowMore};
use crate::i18n::{count, plural, t};
use crate::map::now;
use crate::state::inquiry::Inquiry;

/// Reports of one page of the list.
const ROWS: u32 = 25;

/// The reports on the ground in sight, newest first.
#[component]
pub fn List(shared: Shared) -> impl IntoView {
    let words = t().map;
    let filter = Memo::new(move |_| {
        let bbox = shared.view.get().map(|view| rounded(view.bbox))?;
        let shown = shared.address.with(|address| address.filter.clone());
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Some(ReportFilter {
            bbox: Some(bbox),
            status: shown.statuses().iter().map(|group| group.as_str()).collect::<Vec<_>>().join(","),
            category: text(shown.category()),
            body: text(shown.body()),
            since: shown.since(now()),
            limit: Some(ROWS),
            ..ReportFilter::default()
        })
    });
    // How often somebody asked for what is new.
    let wishes = RwSignal::new(0_u32);
    // With what was asked for: a cursor goes on from there, and not from what the filter says by then.
    let rows = Inquiry::new(move || {
        let (filter, asked) = (filter.get(), js_sys::Date::now());
        let anew = wishes.get() > 0;
        let request = filter.clone().map(|filter| api::list_reports_anew(filter, anew));
        async move {
            let rows = match request {
                Some(request) => request.await?,
                None => Rows { items: Vec::new(), next_cursor: None },
            };
            Ok((filter.unwrap_or_default(), rows, asked))
        }
    });
    // What changed since the list was asked for. It does not move under whoever reads it.
    let news = move || match rows.get() {
        Some(Ok((_, rows, asked))) => shared.news.with(|news| {
            let is_news = |(report, at): &&(LiveReport, f64)| *at > asked && is_news(&rows, report);
            news.iter().filter(is_news).count()
        }),
        _ => 0,
    };
    let found = move || match rows.get() {
        _ if filter.with(Option::is_none) => words.list_moving.to_owned(),
        Some(Ok((_, rows, _))) if rows.next_cursor.is_some() => (words.list_found_more)(&count(rows.items.len())),
        Some(Ok((_, rows, _))) => plural(rows.items.len(), words.list_found_one, words.list_found),
        _ => words.list_moving.to_owned(),
    };
    let row = move |report: ReportSummary| {
        let (id, location) = (report.id, report.location);
        let point_at = move |id: Option<i64>| shared.with_pins(|_, pins| pins.highlight(id));
        let select = move |_| {
            shared.change(false, |address| {
                address.report = Some(id);
                address.centre = Some(location);
            });
        };
        view! {
            <li
                on:mouseenter=move |_| point_at(Some(id))
                on:mouseleave=move |_| point_at(None)
                on:focusin=move |_| point_at(Some(id))
                on:focusout=move |_| point_at(None)
            >
                <ReportCard report=report>
                    <button id=format!("show-{id}") type="button" class="button button--link" on:click=select>
                        {words.show_on_map}
                    </button>
                </ReportCard>
            </li>
        }
    };
    let draw = move |(filter, page, _): (ReportFilter, Rows<ReportSummary>, f64)| {
        if page.items.is_empty() {
            return view! { <EmptyState text=words.list_none /> }.into_any();
        }
        let next = move |cursor: String| api::list_reports(ReportFilter { cursor: Some(cursor), ..filter.clone() });
        view! {
            <ul class="cards">{page.items.into_iter().map(row).collect_view()}</ul>
            <ShowMore cursor=page.next_cursor next=next row=row />
        }
        .into_any()
    };
    view! {
        <section class="map-page__list">
            <h2 node_ref=shared.list_heading tabindex="-1">
                {words.list_title}
            </h2>
            <p class="map-page__found" role="status">
                {found}
            </p>
            // Read out once, and not again with every number.
            <p class="visually-hidden" role="status">
                {move || if news() > 0 { words.list_news } else { "" }}
            </p>
            {move || {
                (news() > 0)
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Secondary on_press=move |_| wishes.update(|wishes| *wishes += 1)>
                                {move || plural(news(), words.list_news_one, words.list_news_more)}
                            </Button>
                        }
                        .into_any()
                    })
            }}
            <Fetched resource=rows view=draw />
        </section>
    }
}

/// Whether these rows, newest first, would be others with what a live map was told: it also tells what happened just before
/// they were asked for.
fn is_news(rows: &Rows<ReportSummary>, report: &LiveReport) -> bool {
    let all = rows.next_cursor.is_none();
    let row = rows.items.iter().find(|row| row.id == report.id);
    let Some(now) = &report.now else { return row.is_some() || !all };
    match row {
        Some(row) => {
            let told = (now.status, &now.pin.title, &now.category_code, now.pin.location);
            let same_bodies =
                row.bodies.len() == now.bodies.len() && row.bodies.iter().all(|body| now.bodies.contains(&body.slug));
            told != (row.status, &row.title, &row.category.code, row.location) || !same_bodies
        }
        // Older ones come further down, if at all.
        None => all || rows.items.last().is_none_or(|last| now.created_at > last.created_at),
    }
}

/// Metres are enough for a list, and equal views give equal addresses.
fn rounded(bbox: Bbox) -> Bbox {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let [west, south, east, north] = bbox.edges().map(round);
    Bbox::new(west, south, east, north).unwrap_or(bbox)
}
