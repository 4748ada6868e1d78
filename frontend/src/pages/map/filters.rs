//! The filters beside the map.

use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::MAP_AGES;
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::workflow::StatusGroup;

use super::Shared;
use crate::api;
use crate::components::PlainSelect;
use crate::i18n::{count, status_group_text, t};
use crate::state::inquiry::Inquiry;

/// Status, category, body and age, kept in the address.
#[component]
pub fn Filters(shared: Shared, home: LonLat) -> impl IntoView {
    let words = t().map;
    let set = move |name: &'static str| {
        move |value: String| shared.change(false, |address| address.filter = address.filter.clone().with(name, &value))
    };
    let status = move || {
        shared
            .address
            .with(|address| address.filter.statuses().iter().map(|group| group.as_str()).collect::<Vec<_>>().join(","))
    };
    let statuses = move || {
        let groups = [StatusGroup::Open, StatusGroup::Fixed, StatusGroup::Closed];
        let each = groups.map(|group| (group.as_str().to_owned(), status_group_text(group).to_owned()));
        let all = std::iter::once((String::new(), words.any_status.to_owned())).chain(each);
        // A link may ask for two of them.
        let two = shared.address.with(|address| match address.filter.statuses() {
            [one, other] => Some((words.status_either)(status_group_text(*one), status_group_text(*other))),
            _ => None,
        });
        all.chain(two.map(|text| (status(), text))).collect::<Vec<_>>()
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
    let text = move |of: fn(&MapFilter) -> Option<&str>| {
        shared.address.with(|address| of(&address.filter).unwrap_or_default().to_owned())
    };
    let categories = move || {
        let mut options = vec![(String::new(), words.any_category.to_owned())];
        if let Some(Ok(at)) = known.get() {
            let all = at.groups.into_iter().flat_map(|group| group.categories);
            options.extend(all.map(|category| (category.code, category.name)));
        }
        with_chosen(options, &text(MapFilter::category))
    };
    let known_bodies = Inquiry::new(api::list_bodies);
    let bodies = move || {
        let mut options = vec![(String::new(), words.any_body.to_owned())];
        if let Some(Ok(all)) = known_bodies.get() {
            options.extend(all.into_iter().map(|body| (body.slug, body.name)));
        }
        with_chosen(options, &text(MapFilter::body))
    };
    let ages = std::iter::once((String::new(), words.any_age.to_owned()))
        .chain(MAP_AGES.map(|age| (age.to_string(), age_text(age))))
        .collect::<Vec<_>>();
    view! {
        <section class="map-page__filters" aria-label=words.filters>
            <PlainSelect
                id="status"
                label=words.status
                options=Signal::derive(statuses)
                value=Signal::derive(status)
                on_change=set("status")
            />
            <PlainSelect
                id="category"
                label=words.category
                options=Signal::derive(categories)
                value=Signal::derive(move || text(MapFilter::category))
                on_change=set("category")
            />
            <PlainSelect
                id="body"
                label=words.body
                options=Signal::derive(bodies)
                value=Signal::derive(move || text(MapFilter::body))
                on_change=set("body")
            />
            <PlainSelect
                id="age"
                label=words.age
                options=Signal::derive(move || ages.clone())
                value=Signal::derive(move || shared.address.with(|address| address.filter.age().map(|age| age.to_string()).unwrap_or_default()))
                on_change=set("age")
            />
        </section>
    }
}

/// The choices, and the chosen one where it is none of them: what a link asks for stays.
fn with_chosen(mut options: Vec<(String, String)>, chosen: &str) -> Vec<(String, String)> {
    if !options.iter().any(|(value, _)| value == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}

fn age_text(months: u16) -> String {
    let words = t().map;
    match months {
        1 => words.age_month.to_owned(),
        12 => words.age_year.to_owned(),
        years if years % 12 == 0 => (words.age_years)(&count(years / 12)),
        months => (words.age_months)(&count(months)),
    }
}
