//! The filters, and the list beside the map.

use leptos::prelude::*;
use mendmap_shared::geo::{Bbox, LonLat};
use mendmap_shared::wire::Page as Rows;
use mendmap_shared::wire::reports::ReportSummary;
use mendmap_shared::workflow::StatusGroup;

use super::Shared;
use crate::api::{self, ReportFilter};
use crate::components::{EmptyState, Fetched, ReportCard, Select, ShowMore};
use crate::i18n::{count, plural, status_group_text, t};
use crate::state::inquiry::Inquiry;

/// Reports of one page of the list.
const ROWS: u32 = 25;

/// Status and category, kept in the address.
#[component]
pub fn Filters(shared: Shared, home: LonLat) -> impl IntoView {
    let words = t().map;
    let statuses = move || {
        let groups = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];
        let each = groups.map(|group| (group.as_str().to_owned(), status_group_text(group).to_owned()));
        std::iter::once((String::new(), words.any_status.to_owned())).chain(each).collect::<Vec<_>>()
    };
    // What can be reported changes from town to town, not from street to street.
    let town = Memo::new(move |_| {
        let centre = shared.view.get().map_or(home, |view| view.centre);
        let coarse = |degrees: f64| (degrees * 10.0).round() / 10.0;
        (coarse(centre.lon()), coarse(centre.lat()), centre)
    });
    let region = Memo::new(move |_| town.with(|(lon, lat, _)| (*lon, *lat)));
    let known = Inquiry::new(move || {
        region.track();
        api::list_categories(town.get_untracked().2)
    });
    let categories = move || {
        let mut options = vec![(String::new(), words.any_category.to_owned())];
        if let Some(Ok(at)) = known.get() {
            let all = at.groups.into_iter().flat_map(|group| group.categories);
            options.extend(all.map(|category| (category.code, category.name)));
        }
        let chosen = shared.address.with(|address| address.category.clone());
        if !options.iter().any(|(code, _)| *code == chosen) {
            options.push((chosen.clone(), chosen));
        }
        options
    };
    view! {
        <section class="map-page__filters" aria-label=words.filters>
            <Select
                id="status"
                label=words.status
                options=Signal::derive(statuses)
                value=Signal::derive(move || shared.address.with(|address| address.status.clone()))
                on_change=move |value| shared.change(false, |address| address.status = value)
            />
            <Select
                id="category"
                label=words.category
                options=Signal::derive(categories)
                value=Signal::derive(move || shared.address.with(|address| address.category.clone()))
                on_change=move |value| shared.change(false, |address| address.category = value)
            />
        </section>
    }
}

/// The reports on the ground in sight, newest first.
#[component]
pub fn List(shared: Shared) -> impl IntoView {
    let words = t().map;
    let filter = Memo::new(move |_| {
        let bbox = shared.view.get().map(|view| rounded(view.bbox))?;
        let (status, category) = shared.address.with(|address| (address.status.clone(), address.category.clone()));
        Some(ReportFilter { bbox: Some(bbox), status, category, limit: Some(ROWS), ..ReportFilter::default() })
    });
    // With what was asked for: a cursor goes on from there, and not from what the filter says by then.
    let rows = Inquiry::new(move || {
        let filter = filter.get();
        let request = filter.clone().map(api::list_reports);
        async move {
            let rows = match request {
                Some(request) => request.await?,
                None => Rows { items: Vec::new(), next_cursor: None },
            };
            Ok((filter.unwrap_or_default(), rows))
        }
    });
    let found = move || match rows.get() {
        _ if filter.with(Option::is_none) => words.list_moving.to_owned(),
        Some(Ok((_, rows))) if rows.next_cursor.is_some() => (words.list_found_more)(&count(rows.items.len())),
        Some(Ok((_, rows))) => plural(rows.items.len(), words.list_found_one, words.list_found),
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
    let draw = move |(filter, page): (ReportFilter, Rows<ReportSummary>)| {
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
            <h2>{words.list_title}</h2>
            <p class="map-page__found" role="status">
                {found}
            </p>
            <Fetched resource=rows view=draw />
        </section>
    }
}

/// Metres are enough for a list, and equal views give equal addresses.
fn rounded(bbox: Bbox) -> Bbox {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let [west, south, east, north] = bbox.edges().map(round);
    Bbox::new(west, south, east, north).unwrap_or(bbox)
}
