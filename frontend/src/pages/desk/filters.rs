//! Sorting and filtering the desk's list.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use mendmap_shared::wire::categories::CategoryRef;
use mendmap_shared::wire::desk::DeskSort;
use mendmap_shared::workflow::StatusGroup;

use super::address::{href, sort_name, sort_named};
use crate::api::{self, DeskFilter};
use crate::components::{Button, FormErrors, Select, TextField};
use crate::i18n::{status_group_text, status_text, t};
use crate::router::{NavigateOptions, use_navigate};
use crate::state::inquiry::Inquiry;

/// The categories under their groups; a group of more than one can be chosen as a whole.
fn category_options(categories: &[CategoryRef], chosen: &str) -> Vec<(String, String)> {
    let words = t().desk;
    let mut options = vec![(String::new(), words.category_any.to_owned())];
    let mut groups: Vec<(&str, Vec<&CategoryRef>)> = Vec::new();
    for category in categories {
        match groups.iter_mut().find(|(name, _)| *name == category.group) {
            Some((_, group)) => group.push(category),
            None => groups.push((&category.group, vec![category])),
        }
    }
    for (name, group) in groups {
        if group.len() > 1 {
            options.push((name.to_owned(), (words.category_group)(name)));
        }
        options.extend(group.iter().map(|category| (category.code.clone(), category.name.clone())));
    }
    // What the address names stays in sight, even where the list does not know it (yet).
    if !options.iter().any(|(key, _)| key == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}

fn status_options() -> Vec<(String, String)> {
    let words = t().desk;
    let mut options = vec![(String::new(), words.status_any.to_owned())];
    for group in StatusGroup::ALL {
        let statuses: Vec<_> = group.statuses().collect();
        let name = status_group_text(*group);
        let name = if statuses.len() > 1 { (words.status_group)(name) } else { name.to_owned() };
        options.push((group.as_str().to_owned(), name));
        let rest = statuses.into_iter().filter(|status| status.as_str() != group.as_str());
        options.extend(rest.map(|status| (status.as_str().to_owned(), status_text(status).to_owned())));
    }
    options
}

fn sort_options() -> Vec<(String, String)> {
    let words = t().desk;
    [
        (DeskSort::Newest, words.sort_newest),
        (DeskSort::Unread, words.sort_unread),
        (DeskSort::Overdue, words.sort_overdue),
        (DeskSort::Parked, words.sort_parked),
    ]
    .map(|(sort, name)| (sort_name(sort).to_owned(), name.to_owned()))
    .to_vec()
}

/// The form. Nothing changes before its button is pressed; then the address does, and with it the list.
#[component]
pub fn Filters(
    /// Slug of the body.
    #[prop(into)]
    body: Signal<String>,
    /// What the address says.
    #[prop(into)]
    filter: Signal<DeskFilter>,
) -> impl IntoView {
    let words = t().desk;
    let navigate = use_navigate();
    let categories = Inquiry::new(move || body.with(|body| api::list_body_categories(body)));
    // What was changed and not yet applied; the address tells the rest.
    let typed = RwSignal::new(None::<DeskFilter>);
    let now = move || typed.get().unwrap_or_else(|| filter.get());
    let change = move |change: &dyn Fn(&mut DeskFilter)| {
        let mut changed = typed.get_untracked().unwrap_or_else(|| filter.get_untracked());
        change(&mut changed);
        typed.set(Some(changed));
    };
    let category = Memo::new(move |_| now().category);
    let category_list = move || {
        let categories = categories.get().and_then(Result::ok).unwrap_or_default();
        category.with(|chosen| category_options(&categories, chosen))
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let wanted = DeskFilter { cursor: None, ..typed.get_untracked().unwrap_or_else(|| filter.get_untracked()) };
        typed.set(None);
        let options = NavigateOptions { replace: false, scroll: false };
        navigate(&href(&body.get_untracked(), &wanted), options);
    };
    let clear = move || format!("/desk/{}", body.get());
    view! {
        <form class="desk-filters" role="search" aria-label=words.filters on:submit=submit>
            <Select
                id="sort"
                label=words.sort
                options=sort_options()
                value=Signal::derive(move || sort_name(now().sort).to_owned())
                on_change=move |value: String| change(&|filter| filter.sort = sort_named(&value))
            />
            <Select
                id="status"
                label=words.status
                options=status_options()
                value=Signal::derive(move || now().status)
                on_change=move |value: String| change(&|filter| filter.status.clone_from(&value))
            />
            <Select
                id="category"
                label=words.category
                options=Signal::derive(category_list)
                value=category
                on_change=move |value: String| change(&|filter| filter.category.clone_from(&value))
            />
            <TextField
                id="q"
                label=words.search
                kind="search"
                value=Signal::derive(move || now().q)
                on_input=move |value: String| change(&|filter| filter.q.clone_from(&value))
                errors=FormErrors::default()
            />
            <div class="desk-filters__go">
                <Button submit=true>{words.apply}</Button>
                <a href=clear on:click=move |_| typed.set(None)>
                    {words.clear}
                </a>
            </div>
        </form>
    }
}
