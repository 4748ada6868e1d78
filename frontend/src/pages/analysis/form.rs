//! Choosing reports. Nothing changes before the button is pressed; then the address does, and with it the figures.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use mendmap_shared::wire::categories::{AreaRef, CategoryRef};
use mendmap_shared::wire::config::PublicConfig;
use mendmap_shared::workflow::StatusGroup;

use super::draw::DrawArea;
use super::selection::{Crooked, Selection, corners, lines, wkt};
use crate::api;
use crate::components::field_parts::is_unfinished;
use crate::components::{Button, ErrorSummary, FieldError, FormErrors, Select, TextField};
use crate::i18n::{status_group_text, t};
use crate::router::{NavigateOptions, use_navigate};
use crate::state::inquiry::Inquiry;

/// What was changed and not yet applied: a selection, and the corners as they are typed.
type Typed = (Selection, String);

fn typed(selection: &Selection) -> Typed {
    (selection.clone(), lines(&selection.polygon))
}

/// The choices, and the chosen one where it is none of them: what a link asks for stays.
fn with_chosen(mut options: Vec<(String, String)>, chosen: &str) -> Vec<(String, String)> {
    if !options.iter().any(|(value, _)| value == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}

fn areas(all: Vec<AreaRef>, chosen: &str) -> Vec<(String, String)> {
    let words = t().analysis;
    let name = |area: AreaRef| {
        let name = if area.kind == "council" { words.council } else { words.ward };
        (area.id.to_string(), name(&area.name))
    };
    let any = std::iter::once((String::new(), words.any_area.to_owned()));
    with_chosen(any.chain(all.into_iter().map(name)).collect(), chosen)
}

/// The categories under their groups; a group can be chosen as a whole.
fn categories(all: &[CategoryRef], chosen: &str) -> Vec<(String, String)> {
    let words = t().analysis;
    let mut options = vec![(String::new(), words.any_category.to_owned())];
    let mut last = "";
    for category in all {
        if category.group != last {
            last = &category.group;
            options.push((last.to_owned(), (words.group)(last)));
        }
        options.push((category.code.clone(), category.name.clone()));
    }
    with_chosen(options, chosen)
}

fn statuses() -> Vec<(String, String)> {
    let words = t().analysis;
    let name = |group: &StatusGroup| {
        let name = if *group == StatusGroup::Closed { words.closed } else { status_group_text(*group) };
        (group.as_str().to_owned(), name.to_owned())
    };
    std::iter::once((String::new(), words.any_status.to_owned())).chain(StatusGroup::ALL.iter().map(name)).collect()
}

/// What is wrong with what was typed, or the selection that it is.
fn check((mut selection, text): Typed) -> Result<Selection, Vec<FieldError>> {
    let words = t().analysis;
    let wrong = |field: &str, message: String| FieldError { field: field.to_owned(), message };
    let mut errors = Vec::new();
    for field in ["from", "to"] {
        if is_unfinished(field) {
            errors.push(wrong(field, words.dates_unfinished.to_owned()));
        }
    }
    // Days in this form are in their order as texts, too.
    if !selection.from.is_empty() && !selection.to.is_empty() && selection.to < selection.from {
        errors.push(wrong("to", words.dates_turned.to_owned()));
    }
    // An area that this page cannot draw stays as a link brought it, as long as nobody draws another.
    if !(text.trim().is_empty() && lines(&selection.polygon).is_empty()) {
        match corners(&text).and_then(|corners| wkt(&corners)) {
            Ok(polygon) => selection.polygon = polygon,
            Err(Crooked::Line(line)) => errors.push(wrong("polygon", (words.corner_line)(&line.to_string()))),
            Err(Crooked::Few) => errors.push(wrong("polygon", words.corner_few.to_owned())),
        }
    }
    if errors.is_empty() { Ok(selection) } else { Err(errors) }
}

/// The form.
#[component]
pub fn Choose(
    /// The site's settings.
    config: PublicConfig,
    /// What the address says.
    selection: Memo<Selection>,
) -> impl IntoView {
    let words = t().analysis;
    let navigate = use_navigate();
    let errors = FormErrors::default();
    let known_areas = Inquiry::new(api::list_areas);
    let known_bodies = Inquiry::new(api::list_bodies);
    let changed = RwSignal::new(None::<Typed>);
    let now = move || changed.get().unwrap_or_else(|| selection.with(typed));
    let change = move |change: &dyn Fn(&mut Typed)| {
        let mut next = changed.get_untracked().unwrap_or_else(|| selection.with_untracked(typed));
        change(&mut next);
        changed.set(Some(next));
    };
    let home = config.map.centre;
    let body = Memo::new(move |_| now().0.body);
    let known_categories = Inquiry::new(move || {
        let body = body.get();
        async move {
            if body.is_empty() {
                let at = api::list_categories(home).await?;
                let reference = |group: String, code, name| CategoryRef { code, name, group };
                let all = at.groups.into_iter().flat_map(|group| {
                    let name = group.name;
                    group.categories.into_iter().map(move |one| reference(name.clone(), one.code, one.name))
                });
                Ok(all.collect::<Vec<_>>())
            } else {
                api::list_body_categories(&body).await
            }
        }
    });
    let area_list = move || areas(known_areas.get().and_then(Result::ok).unwrap_or_default(), &now().0.area);
    let body_list = move || {
        let all = known_bodies.get().and_then(Result::ok).unwrap_or_default();
        let any = std::iter::once((String::new(), words.any_body.to_owned()));
        with_chosen(any.chain(all.into_iter().map(|body| (body.slug, body.name))).collect(), &now().0.body)
    };
    let category_list = move || {
        let all = known_categories.get().and_then(Result::ok).unwrap_or_default();
        categories(&all, &now().0.category)
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match check(now()) {
            Ok(wanted) => {
                errors.clear();
                changed.set(None);
                navigate(&wanted.href(), NavigateOptions { replace: false, scroll: false });
            }
            Err(wrong) => errors.set(wrong),
        }
    };
    view! {
        <form class="analysis-form" aria-label=words.form novalidate on:submit=submit>
            <ErrorSummary errors=errors />
            <div class="analysis-form__fields">
                <Select
                    id="area"
                    label=words.area
                    options=Signal::derive(area_list)
                    value=Signal::derive(move || now().0.area)
                    on_change=move |value: String| change(&|typed| typed.0.area.clone_from(&value))
                />
                <Select
                    id="body"
                    label=words.body
                    options=Signal::derive(body_list)
                    value=body
                    on_change=move |value: String| change(&|typed| typed.0.body.clone_from(&value))
                />
                <Select
                    id="category"
                    label=words.category
                    options=Signal::derive(category_list)
                    value=Signal::derive(move || now().0.category)
                    on_change=move |value: String| change(&|typed| typed.0.category.clone_from(&value))
                />
                <Select
                    id="status"
                    label=words.status
                    options=statuses()
                    value=Signal::derive(move || now().0.status)
                    on_change=move |value: String| change(&|typed| typed.0.status.clone_from(&value))
                />
                <TextField
                    id="from"
                    label=words.from
                    optional=true
                    kind="date"
                    value=Signal::derive(move || now().0.from)
                    on_input=move |value: String| change(&|typed| typed.0.from.clone_from(&value))
                    errors=errors
                />
                <TextField
                    id="to"
                    label=words.to
                    hint=words.to_hint
                    optional=true
                    kind="date"
                    value=Signal::derive(move || now().0.to)
                    on_input=move |value: String| change(&|typed| typed.0.to.clone_from(&value))
                    errors=errors
                />
                <TextField
                    id="q"
                    label=words.q
                    optional=true
                    kind="search"
                    value=Signal::derive(move || now().0.q)
                    on_input=move |value: String| change(&|typed| typed.0.q.clone_from(&value))
                    errors=errors
                />
            </div>
            <DrawArea
                config=config
                text=Signal::derive(move || now().1)
                on_change=move |value: String| change(&|typed| typed.1.clone_from(&value))
                errors=errors
            />
            <div class="analysis-form__go">
                <Button submit=true>{words.show}</Button>
                <a href="/analysis" on:click=move |_| changed.set(None)>
                    {words.clear}
                </a>
            </div>
        </form>
    }
}
