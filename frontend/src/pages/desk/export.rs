//! Taking the desk's list out as a file.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::exports::{Export, ExportFormat, ExportState, NewDeskExport};

use crate::api::{self, DeskFilter};
use crate::browser::save;
use crate::components::{Button, ErrorSummary, FormErrors, Select};
use crate::i18n::t;
use crate::state::device::random_uuid;
use crate::state::exports::{follow, progress};

fn format_options() -> Vec<(String, String)> {
    let words = t().desk;
    let name = |format| match format {
        ExportFormat::Csv => words.export_csv,
        ExportFormat::GeoJsonLines => words.export_geojsonl,
        ExportFormat::GeoPackage => words.export_gpkg,
        ExportFormat::FlatGeobuf => words.export_fgb,
    };
    ExportFormat::ALL.map(|format| (format.as_str().to_owned(), name(format).to_owned())).to_vec()
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// Has the reports of the list made into a file, shows how far that is, and hands the file over.
#[component]
pub fn ExportForm(
    /// Slug of the body.
    body: Memo<String>,
    /// What the list shows.
    filter: Memo<DeskFilter>,
) -> impl IntoView {
    let words = t().desk;
    let format = RwSignal::new(ExportFormat::Csv.as_str().to_owned());
    let made = RwSignal::new(None::<Export>);
    let errors = FormErrors::default();
    let busy = RwSignal::new(false);
    let idempotency_key = StoredValue::new(random_uuid());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        errors.clear();
        made.set(None);
        busy.set(true);
        let DeskFilter { status, category, q, .. } = filter.get_untracked();
        let format = format.with_untracked(|format| format.parse()).unwrap_or(ExportFormat::Csv);
        let wanted = NewDeskExport { format, status: some(status), category: some(category), q: some(q) };
        let of_body = body.get_untracked();
        let request = api::create_desk_export(&of_body, &idempotency_key.get_value(), &wanted);
        spawn_local(async move {
            let answer = match request.await {
                Ok(export) => follow(export, made, |id| api::get_desk_export(&of_body, id)).await,
                Err(error) => Err(error),
            };
            if busy.try_set(false).is_some() {
                return;
            }
            // Whoever asks again wants another: it may be another day's, or other filters'.
            idempotency_key.set_value(random_uuid());
            if let Err(error) = answer {
                errors.set_error(&error);
            }
        });
    };
    let fetching = RwSignal::new(false);
    let fetch = move |export: &Export| {
        errors.clear();
        fetching.set(true);
        let name = format!("reports.{}", export.format);
        let request = api::fetch_desk_export(&body.get_untracked(), export);
        spawn_local(async move {
            let answer = request.await;
            if fetching.try_set(false).is_some() {
                return;
            }
            match answer {
                Ok(file) => save(&file, &name),
                Err(error) => errors.set_error(&error),
            }
        });
    };
    let download = move || {
        made.get().filter(|export| export.state == ExportState::Ready).map(|export| {
            view! {
                <Button busy=fetching on_press=move |_| fetch(&export)>
                    {t().exports.save}
                </Button>
            }
        })
    };
    view! {
        <details class="desk-export">
            <summary>{words.export}</summary>
            <form class="desk-export__form" on:submit=submit aria-label=words.export>
                <p>{words.export_about}</p>
                <ErrorSummary errors=errors />
                <Select
                    id="format"
                    label=words.export_format
                    options=format_options()
                    value=format
                    on_change=move |value: String| format.set(value)
                    errors=errors
                />
                <Button submit=true busy=busy>
                    {words.export_start}
                </Button>
                <p role="status">{move || made.with(|made| made.as_ref().map(progress))}</p>
                {download}
            </form>
        </details>
    }
}
