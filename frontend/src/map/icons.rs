//! Pins and clusters as Leaflet icons. Shape and colour both tell the status; style sheets colour them by class, because
//! the content policy allows no inline styles.

use leaflet::{DivIconOptions, Icon, Point};
use mendmap_shared::wire::map::Cluster;
use mendmap_shared::workflow::StatusGroup;
use wasm_bindgen::prelude::*;

use crate::browser;
use crate::i18n::count;

#[wasm_bindgen]
extern "C" {
    // leaflet 0.5 declares its own `DivIcon` under the name `Icon`, so that making one makes an `L.Icon`.
    #[wasm_bindgen(extends = Icon, js_namespace = L)]
    type DivIcon;
    #[wasm_bindgen(constructor, js_namespace = L)]
    fn new(options: &DivIconOptions) -> DivIcon;
}

fn icon(html: String, class: &str, (width, height): (f64, f64), (x, y): (f64, f64)) -> Icon {
    let options = DivIconOptions::new();
    options.set_html(html);
    options.set_class_name(class.to_owned());
    options.set_icon_size(Point::new(width, height));
    options.set_icon_anchor(Point::new(x, y));
    DivIcon::new(&options).unchecked_into()
}

/// The pin of a report: a drop with "!", a disc with a tick, a square with a dash.
pub fn pin(group: StatusGroup) -> Icon {
    let (class, body, mark) = match group {
        StatusGroup::Open => (
            "is-open",
            "M20 2a14 14 0 0 0-14 14c0 9.5 14 23 14 23s14-13.5 14-23a14 14 0 0 0-14-14z",
            "M20 9v8.5M20 22.6v.5",
        ),
        StatusGroup::Fixed => ("is-fixed", "M20 5a15 15 0 1 0 0 30a15 15 0 1 0 0-30z", "M13.2 20.6l4.6 4.6l9-10"),
        StatusGroup::Closed => {
            ("is-closed", "M8 6h24a2 2 0 0 1 2 2v24a2 2 0 0 1-2 2h-24a2 2 0 0 1-2-2v-24a2 2 0 0 1 2-2z", "M13 20h14")
        }
    };
    let anchor = if group == StatusGroup::Open { (20.0, 39.0) } else { (20.0, 20.0) };
    icon(svg(body, mark), &format!("pin {class}"), (40.0, 40.0), anchor)
}

/// The pin that marks a place being chosen.
pub fn chosen() -> Icon {
    let body = "M20 2a14 14 0 0 0-14 14c0 9.5 14 23 14 23s14-13.5 14-23a14 14 0 0 0-14-14z";
    icon(svg(body, "M20 10v12M14 16h12"), "pin is-chosen", (40.0, 40.0), (20.0, 39.0))
}

fn svg(body: &str, mark: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 40 40\" width=\"40\" height=\"40\" aria-hidden=\"true\" focusable=\"false\">\
         <path class=\"pin__body\" d=\"{body}\"/><path class=\"pin__mark\" d=\"{mark}\"/></svg>"
    )
}

/// A counted round marker, larger the more it stands for. Its ring shows the parts open, fixed and closed.
pub fn cluster(cluster: &Cluster) -> Icon {
    let total = cluster.total().max(1);
    let edge = match total {
        ..10 => 40.0,
        10..100 => 44.0,
        100..1000 => 48.0,
        _ => 52.0,
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of reports stay far below 2^53")]
    let part = |number: i64| number as f64 / total as f64 * 100.0;
    let (open, fixed) = (part(cluster.open), part(cluster.fixed));
    // `pathLength` makes the whole ring 100 long; each part starts where the one before ended.
    let ring = |class: &str, length: f64, from: f64| {
        if length <= 0.0 {
            return String::new();
        }
        format!(
            "<circle class=\"cluster__part {class}\" cx=\"20\" cy=\"20\" r=\"17\" pathLength=\"100\" \
             stroke-dasharray=\"{} 100\" stroke-dashoffset=\"{}\"/>",
            browser::fixed(length, 2),
            browser::fixed(-from, 2)
        )
    };
    let html = format!(
        "<svg viewBox=\"0 0 40 40\" aria-hidden=\"true\" focusable=\"false\">\
         <circle class=\"cluster__ground\" cx=\"20\" cy=\"20\" r=\"19\"/>{}{}{}\
         <text class=\"cluster__number\" x=\"20\" y=\"24.5\">{}</text></svg>",
        ring("is-open", open, 0.0),
        ring("is-fixed", fixed, open),
        ring("is-closed", 100.0 - open - fixed, open + fixed),
        short(total),
    );
    icon(html, "cluster", (edge, edge), (edge / 2.0, edge / 2.0))
}

/// A count that fits into a ring: "950", "1.2k", "12k".
fn short(number: i64) -> String {
    match number {
        ..1000 => count(number),
        1000..10_000 => format!("{}.{}k", number / 1000, number % 1000 / 100),
        _ => format!("{}k", number / 1000),
    }
}
