//! Taking the data of a selection along: files, and lines to copy for the tools of those who want them again and again.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::selection::Selection;
use crate::browser::copy;
use crate::components::{Button, ButtonKind};
use crate::i18n::t;

/// The files and the lines.
#[component]
pub fn Take(
    /// What is chosen.
    selection: Memo<Selection>,
) -> impl IntoView {
    let words = t().analysis;
    let file = move |name: &'static str, path: &'static str| {
        let href = move || selection.with(|selection| format!("{path}{}", selection.query()));
        view! {
            <li>
                <a href=href rel="external">
                    {name}
                </a>
            </li>
        }
    };
    view! {
        <section class="take">
            <h2>{words.take}</h2>
            <p>{words.take_text}</p>
            <ul class="take__files">
                {file(words.csv, "/api/v1/exports/reports.csv")} {file(words.gpkg, "/api/v1/exports/reports.gpkg")}
                {file(words.fgb, "/api/v1/exports/reports.fgb")} {file(words.geojson, "/api/v1/reports.geojson")}
                {file(words.geojsonl, "/api/v1/reports.geojsonl")} {file(words.atom, "/feeds/reports.atom")}
            </ul>
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

/// The lines for a selection: id, what it is for, and the line.
fn lines(site: &str, selection: &Selection) -> [(&'static str, &'static str, String); 3] {
    let words = t().analysis;
    let address = format!("{site}/api/v1/reports.geojson{}", selection.query());
    let (name, gdal) = match where_clause(selection) {
        Some(clause) => {
            let clause = if clause.is_empty() { String::new() } else { format!(" -where \"{}\"", for_shell(&clause)) };
            (words.line_gdal, format!("ogr2ogr -f GPKG reports.gpkg \"OAPIF:{site}/ogc/\" reports{clause}"))
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
