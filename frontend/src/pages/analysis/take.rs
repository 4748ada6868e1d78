//! Taking the data of a selection along: files, and lines to copy for the tools of those who want them again and again.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mendmap_shared::wire::exports::{Export, ExportFormat};

use super::selection::Selection;
use crate::api::{self, ApiError, Filed};
use crate::browser::{copy, save};
use crate::components::{Button, ButtonKind, ErrorState, Notice};
use crate::i18n::t;
use crate::state::exports::{follow, progress};

/// The files and the lines.
#[component]
pub fn Take(
    /// What is chosen.
    selection: Memo<Selection>,
) -> impl IntoView {
    let words = t().analysis;
    // Another selection has other files: what was begun of the last one is not offered for it.
    let files = move || {
        let query = selection.with(Selection::query);
        let large = |name: &'static str, format: ExportFormat| {
            view! { <LargeFile name=name format=format query=query.clone() /> }
        };
        let streamed = |name: &'static str, path: &'static str| {
            view! {
                <li>
                    <a href=format!("{path}{query}") rel="external">
                        {name}
                    </a>
                </li>
            }
        };
        view! {
            {large(words.csv, ExportFormat::Csv)} {large(words.gpkg, ExportFormat::GeoPackage)}
            {large(words.fgb, ExportFormat::FlatGeobuf)} {streamed(words.geojson, "/api/v1/reports.geojson")}
            {streamed(words.geojsonl, "/api/v1/reports.geojsonl")} {streamed(words.atom, "/feeds/reports.atom")}
        }
    };
    view! {
        <section class="take">
            <h2>{words.take}</h2>
            <p>{words.take_text}</p>
            <ul class="take__files">{files}</ul>
            <h3>{words.lines}</h3>
            {move || {
                let site = window().location().origin().unwrap_or_default();
                selection
                    .with(|selection| lines(&site, selection))
                    .into_iter()
                    .map(|(id, what, line)| view! { <Line id=id what=what line=line /> })
                    .collect_view()
            }}
        </section>
    }
}

/// A file that the API sends at once where it is small, and has made by and by where it is large. It stays a link, whose address
/// can be copied; a plain press of it asks for the file here, and the focus stays where it is.
#[component]
fn LargeFile(name: &'static str, format: ExportFormat, query: String) -> impl IntoView {
    let words = t().analysis;
    let busy = RwSignal::new(false);
    let says = RwSignal::new("");
    let made = RwSignal::new(None::<Export>);
    let failed = RwSignal::new(None::<ApiError>);
    let href = api::export_address(format, &query);
    let ask = move |event: MouseEvent| {
        // Whoever wants it in another tab or window gets it there.
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
            return;
        }
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        made.set(None);
        says.set(words.file_asked);
        let request = api::export_reports(format, &query);
        spawn_local(async move {
            let answer = match request.await {
                Ok(Filed::Here(address) | Filed::There(address)) => {
                    // Nobody waits for it any more where another selection was made meanwhile.
                    if says.try_set(words.file_saved).is_none() {
                        save(&address, &format!("reports.{format}"));
                    }
                    Ok(())
                }
                Ok(Filed::Later(export)) => follow(export, made, api::get_export).await,
                Err(error) => Err(error),
            };
            if busy.try_set(false).is_some() {
                return;
            }
            if let Err(error) = answer {
                made.set(None);
                says.set("");
                failed.set(Some(error));
            }
        });
    };
    let far = move || made.with(|made| made.as_ref().map_or_else(|| says.get().to_owned(), progress));
    let ready = move || {
        made.with(|made| made.as_ref().and_then(api::export_file)).map(|address| {
            view! {
                <a class="button button--secondary" href=address download="" rel="external">
                    {t().exports.save}
                    <span class="visually-hidden">": " {name}</span>
                </a>
            }
        })
    };
    let wrong = move || {
        failed.get().map(|error| {
            if error.fields().is_empty() {
                return view! { <ErrorState error=error title=words.file_failed /> }.into_any();
            }
            view! {
                <Notice class="notice--error" live=true>
                    {words.file_refused}
                </Notice>
            }
            .into_any()
        })
    };
    view! {
        <li>
            <a href=href rel="external" aria-disabled=move || busy.get().then_some("true") on:click=ask>
                {name}
            </a>
            <p class="take__says" role="status">
                {far}
            </p>
            {ready}
            {wrong}
        </li>
    }
}

/// The lines for a selection: id, what it is for, and the line.
fn lines(site: &str, selection: &Selection) -> [(&'static str, &'static str, String); 3] {
    let words = t().analysis;
    let address = format!("{site}/api/v1/reports.geojson{}", selection.query());
    let (name, gdal) = match where_clause(selection) {
        Some(clause) => {
            let clause = if clause.is_empty() { String::new() } else { format!(" -where \"{}\"", for_shell(&clause)) };
            // GDAL 3.6 asks for ten reports at a time unless it is told otherwise.
            let from = format!("-oo PAGE_SIZE=1000 \"OAPIF:{site}/ogc/\" reports");
            (words.line_gdal, format!("ogr2ogr -f GPKG reports.gpkg {from}{clause}"))
        }
        None => (words.line_gdal_file, format!("ogr2ogr -f GPKG reports.gpkg '{address}'")),
    };
    let curl = format!("curl --compressed --fail --output reports.geojson '{address}'");
    [("line-qgis", words.line_qgis, address), ("line-gdal", name, gdal), ("line-curl", words.line_curl, curl)]
}

/// The selection in OGR's words; none where OGC API Features cannot be asked for it exactly.
fn where_clause(selection: &Selection) -> Option<String> {
    let Selection { area, body, category, status, from, to, q, polygon } = selection;
    if [area, q, polygon].into_iter().any(|text| !text.is_empty()) {
        return None;
    }
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut all = Vec::new();
    if !body.is_empty() {
        let like = |pattern: String| format!("body LIKE {}", text(&pattern));
        let alone = format!("body = {}", text(body));
        let among = [like(format!("{body},%")), like(format!("%,{body}")), like(format!("%,{body},%"))];
        all.push(format!("({alone} OR {})", among.join(" OR ")));
    }
    if !category.is_empty() {
        all.push(format!("(category = {0} OR \"group\" = {0})", text(category)));
    }
    if !status.is_empty() {
        all.push(format!("status_group = {}", text(status)));
    }
    if !from.is_empty() {
        all.push(format!("reported >= {}", text(&format!("{from}T00:00:00Z"))));
    }
    if !to.is_empty() {
        all.push(format!("reported <= {}", text(&format!("{to}T23:59:59Z"))));
    }
    Some(all.join(" AND "))
}

/// What stands between double quotation marks in a shell.
fn for_shell(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

/// A line to copy.
#[component]
fn Line(id: &'static str, what: &'static str, line: String) -> impl IntoView {
    let words = t().analysis;
    let says = RwSignal::new("");
    let text = line.clone();
    let press = move |_| {
        let copied = copy(&text);
        spawn_local(async move {
            let _gone = says.try_set(if copied.await { words.copied } else { words.copy_by_hand });
        });
    };
    view! {
        <div class="take__line">
            <label class="field__label" for=id>
                {what}
            </label>
            <div class="take__copy">
                <input class="field__input" id=id readonly value=line spellcheck="false" />
                <Button kind=ButtonKind::Secondary on_press=press>
                    {words.copy}
                    <span class="visually-hidden">": " {what}</span>
                </Button>
            </div>
            <p class="take__says" role="status">
                {says}
            </p>
        </div>
    }
}
