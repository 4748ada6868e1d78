//! Drawing an area: by pressing the map, at its cross by keyboard, or by typing its corners. What is typed is the truth.

use leptos::prelude::*;
use mendmap_shared::wire::config::PublicConfig;

use super::selection::{corner_line, corners};
use crate::components::{Button, ButtonKind, FormErrors, TextArea};
use crate::i18n::{plural, t};
use crate::map::{MapHandle, MapView, Outline};

/// Characters of all the corners: as many as an address can carry.
const CHARS: usize = 6_000;
/// Lines of the field.
const ROWS: u32 = 5;

/// The map and the field.
#[component]
pub fn DrawArea(
    /// Where the map begins.
    config: PublicConfig,
    /// The corners as they are typed.
    #[prop(into)]
    text: Signal<String>,
    /// Called with every change.
    #[prop(into)]
    on_change: Callback<String>,
    /// The form's errors.
    errors: FormErrors,
) -> impl IntoView {
    let words = t().analysis;
    let map = StoredValue::new_local(None::<(MapHandle, Outline)>);
    let drawn = Memo::new(move |_| text.with(|text| corners(text).unwrap_or_default()));
    let lines = move || {
        let text = text.get_untracked();
        text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let add = move |corner| {
        let mut all = lines();
        all.push(corner_line(corner));
        on_change.run(all.join("\n"));
    };
    let start = drawn.with_untracked(|corners| corners.first().copied());
    let start = (start.unwrap_or(config.map.centre), config.map.zoom);
    let ready = move |handle: MapHandle| {
        let outline = Outline::add_to(&handle);
        outline.show(&drawn.get_untracked());
        map.set_value(Some((handle, outline)));
    };
    Effect::new(move |_| {
        let corners = drawn.get();
        map.with_value(|map| {
            if let Some((_, outline)) = map {
                outline.show(&corners);
            }
        });
    });
    on_cleanup(move || {
        let _gone = map.try_update_value(Option::take);
    });
    let at_cross = move |_| {
        let centre = map.with_value(|map| map.as_ref().and_then(|(map, _)| map.view()).map(|view| view.centre));
        if let Some(centre) = centre {
            add(centre);
        }
    };
    let remove_last = move |_| {
        let mut all = lines();
        all.pop();
        on_change.run(all.join("\n"));
    };
    let number = move || match drawn.with(Vec::len) {
        0 => words.corner_none.to_owned(),
        number => plural(number, words.corner_one, words.corner_count),
    };
    view! {
        <fieldset class="draw-area">
            <legend>{words.draw}</legend>
            <p class="field__hint">{words.draw_hint}</p>
            <div class="draw-area__map">
                <MapView
                    label=words.draw_map
                    config=config.map
                    start=start
                    cross=true
                    on_ready=ready
                    on_press=move |point| add(point)
                />
            </div>
            <p class="draw-area__says" role="status">
                {number}
            </p>
            <div class="draw-area__buttons">
                <Button kind=ButtonKind::Secondary on_press=at_cross>
                    {words.add_corner}
                </Button>
                <Button kind=ButtonKind::Secondary on_press=remove_last>
                    {words.remove_corner}
                </Button>
                <Button kind=ButtonKind::Secondary on_press=move |_| on_change.run(String::new())>
                    {words.remove_all}
                </Button>
            </div>
            <TextArea
                id="polygon"
                label=words.corners
                hint=words.corners_hint
                optional=true
                rows=ROWS
                max_chars=CHARS
                value=text
                on_input=move |value: String| on_change.run(value)
                errors=errors
            />
        </fieldset>
    }
}
