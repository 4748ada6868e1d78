//! How pins and clusters look: shape and colour both tell the status. The style sheet draws them by class; a picture of SVG
//! elements in each would make the map a tenth as fast.

use leaflet::{DivIconOptions, Icon, Point};
use mendmap_shared::gather::Mark;
use mendmap_shared::workflow::StatusGroup;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

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

/// The pin of a report, as Leaflet's icon: a drop with "!", a disc with a tick, a square with a dash. The style sheet draws it.
pub fn pin(group: StatusGroup) -> Icon {
    let anchor = if group == StatusGroup::Open { (20.0, 39.0) } else { (20.0, 20.0) };
    icon(String::new(), Look::Pin(group).classes(), (40.0, 40.0), anchor)
}

/// The pin that marks a place being chosen.
pub fn chosen() -> Icon {
    let svg = "<svg viewBox=\"0 0 40 40\" width=\"40\" height=\"40\" aria-hidden=\"true\" focusable=\"false\">\
               <path class=\"pin__body\" d=\"M20 2a14 14 0 0 0-14 14c0 9.5 14 23 14 23s14-13.5 14-23a14 14 0 0 0-14-14z\"/>\
               <path class=\"pin__mark\" d=\"M20 10v12M14 16h12\"/></svg>";
    icon(svg.to_owned(), "pin is-chosen", (40.0, 40.0), (20.0, 39.0))
}

/// How a mark looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The pin of a report with this status.
    Pin(StatusGroup),
    /// Reports counted together: how many are open, fixed and closed.
    Cluster(i64, i64, i64),
}

impl Look {
    /// The look of a mark.
    pub fn of(mark: &Mark) -> Self {
        match mark.single() {
            Some(pin) => Self::Pin(pin.status_group),
            None => Self::Cluster(mark.counts.open, mark.counts.fixed, mark.counts.closed),
        }
    }

    /// Its classes. A cluster is larger the more it stands for.
    pub const fn classes(self) -> &'static str {
        match self {
            Self::Pin(StatusGroup::Open) => "pin is-open",
            Self::Pin(StatusGroup::Fixed) => "pin is-fixed",
            Self::Pin(StatusGroup::Closed) => "pin is-closed",
            Self::Cluster(open, fixed, closed) => match open + fixed + closed {
                ..10 => "cluster",
                10..100 => "cluster is-many",
                _ => "cluster is-most",
            },
        }
    }

    /// Pixels along its edges, as the style sheet has them.
    pub fn edge_px(self) -> f64 {
        match self.classes() {
            "cluster is-many" => 42.0,
            "cluster is-most" => 44.0,
            _ => 40.0,
        }
    }

    /// Puts it on a mark's element. A cluster's ring shows the parts open, fixed and closed.
    pub fn put_on(self, element: &HtmlElement) {
        let Self::Cluster(open, fixed, closed) = self else { return element.set_text_content(None) };
        let total = (open + fixed + closed).max(1);
        element.set_text_content(Some(&short(total)));
        let style = element.style();
        for (name, until) in [("--open-until", open), ("--fixed-until", open + fixed)] {
            let _set = style.set_property(name, &format!("{}%", until * 100 / total));
        }
    }
}

/// A count that fits into a ring: "950", "1.2k", "12k".
pub fn short(number: i64) -> String {
    match number {
        ..1000 => number.to_string(),
        1000..10_000 => format!("{}.{}k", number / 1000, number % 1000 / 100),
        _ => format!("{}k", number / 1000),
    }
}
