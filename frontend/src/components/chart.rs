//! Plots. What draws them comes when there is something to plot, and is JavaScript (`frontend/chart.mjs`).

use js_sys::{Array, Function, Object, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local_scoped_with_cancellation;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen(
    inline_js = "export const chart = async (element, stacked, labels, series) => (await import(document.querySelector('meta[name=chart]').content)).default(element, stacked, labels, series);"
)]
extern "C" {
    #[wasm_bindgen(js_name = chart, catch)]
    async fn draw(element: HtmlElement, stacked: bool, labels: Array, series: Array) -> Result<JsValue, JsValue>;
}

/// What a plot is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Bars, the series on top of each other.
    Stacked,
    /// A line for each series.
    Lines,
}

/// What is plotted in one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is, for the legend.
    pub name: &'static str,
    /// The class that gives it its colour.
    pub class: &'static str,
    /// A number for each label; none where there is none.
    pub values: Vec<Option<f64>>,
}

impl Series {
    fn to_js(&self) -> Object {
        let of = Object::new();
        let values: Array = self.values.iter().map(|value| value.map_or(JsValue::NULL, JsValue::from_f64)).collect();
        for (name, value) in [("className", JsValue::from_str(self.class)), ("data", values.into())] {
            // Setting a property of a fresh plain object cannot fail.
            let _set = Reflect::set(&of, &name.into(), &value);
        }
        of
    }
}

/// A plot with its legend. Whatever it shows must stand beside it in words or in a table: `label` says where.
#[component]
pub fn Chart(
    /// What it is made of.
    kind: ChartKind,
    /// What stands below it, from left to right.
    labels: Vec<String>,
    /// What is plotted.
    series: Vec<Series>,
    /// What screen readers are told it shows.
    label: String,
    /// What stands before the legend.
    #[prop(optional)]
    legend: &'static str,
) -> impl IntoView {
    let element = NodeRef::<Div>::new();
    let undo = StoredValue::new_local(None::<Function>);
    let keys = series.iter().map(|series| {
        view! {
            <li class=format!("chart__key {}", series.class)>{series.name}</li>
        }
    });
    let keys = keys.collect_view();
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let labels: Array = labels.iter().map(|label| JsValue::from_str(label)).collect();
        let series: Array = series.iter().map(Series::to_js).collect();
        spawn_local_scoped_with_cancellation(async move {
            // A plot that does not come leaves the table, which says the same.
            if let Ok(done) = draw(element.into(), kind == ChartKind::Stacked, labels, series).await {
                let _gone = undo.try_set_value(done.dyn_into().ok());
            }
        });
    });
    on_cleanup(move || {
        if let Some(undo) = undo.try_update_value(Option::take).flatten() {
            // It only stops listening.
            let _undone = undo.call0(&JsValue::NULL);
        }
    });
    view! {
        <div class="chart-box">
            <p class="chart__legend">{legend}</p>
            <ul class="chart__keys">{keys}</ul>
            <div class="chart" role="img" aria-label=label node_ref=element></div>
        </div>
    }
}
