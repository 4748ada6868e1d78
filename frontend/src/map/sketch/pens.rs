//! Drawing marks on a canvas as the style sheet has them.

use leptos::prelude::{document, window};
use mendmap_shared::gather::Mark;
use mendmap_shared::geo::TileXyz;
use mendmap_shared::workflow::StatusGroup;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, HtmlImageElement};

use super::Draw;
use crate::browser::custom_properties;
use crate::map::icons::{Look, short};
use crate::map::marks::{Frame, Spot};

/// Pixels around a tile on which its marks are drawn too: half of the largest, and the whole of a drop.
const AROUND_PX: i32 = 40;
/// Edge of a pin's picture, and what it stands on: the tip of a drop, the middle of the others.
const PIN_PX: f64 = 40.0;
const TIP_PX: f64 = 39.0;

/// What draws tiles, with the pictures that marks in this layer would have.
#[expect(clippy::needless_pass_by_value, reason = "it is handed over to a part that comes later")]
pub fn pens(layer: HtmlElement) -> Option<Draw> {
    let pens = Pens::of(&layer)?;
    Some(Box::new(move |tile, marks, frame| pens.draw_tile(tile, marks, frame)))
}

/// What is drawn with: pictures and colours of the style sheet, so that a mark looks the same as an element.
struct Pens {
    open: HtmlImageElement,
    fixed: HtmlImageElement,
    closed: HtmlImageElement,
    colours: [String; 3],
    text: String,
    font: String,
}

impl Pens {
    fn of(layer: &HtmlElement) -> Option<Self> {
        let colours = ["--open", "--fixed", "--closed"].map(custom_properties());
        // The style sheet's own pictures and letters, of an element that nobody sees.
        let probe: HtmlElement = document().create_element("i").ok()?.unchecked_into();
        probe.set_hidden(true);
        layer.append_child(&probe).ok()?;
        let style = window().get_computed_style(&probe).ok()??;
        let read = |name| style.get_property_value(name).unwrap_or_default();
        let picture = |group| {
            probe.set_class_name(Look::Pin(group).classes());
            let image = HtmlImageElement::new().ok()?;
            image.set_src(read("background-image").strip_prefix("url(\"")?.strip_suffix("\")")?);
            Some(image)
        };
        let pictures = (picture(StatusGroup::Open), picture(StatusGroup::Fixed), picture(StatusGroup::Closed));
        probe.set_class_name(Look::Cluster(1, 0, 0).classes());
        let font = format!("{} {} {}", read("font-weight"), read("font-size"), read("font-family"));
        let text = read("color");
        probe.remove();
        let (Some(open), Some(fixed), Some(closed)) = pictures else { return None };
        Some(Self { open, fixed, closed, colours, text, font })
    }

    fn draw_tile(&self, tile: TileXyz, marks: &[Mark], frame: Frame) -> Option<HtmlCanvasElement> {
        let [left, top, edge] = frame.square(tile);
        let (left, top, edge) = (left - AROUND_PX, top - AROUND_PX, edge + 2 * AROUND_PX);
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand pixels")]
        let pixels = (f64::from(edge) * ratio).round() as u32;
        canvas.set_width(pixels);
        canvas.set_height(pixels);
        let style = canvas.style();
        for (name, pixels) in [("left", left), ("top", top), ("width", edge), ("height", edge)] {
            let _set = style.set_property(name, &format!("{pixels}px"));
        }
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let _set = context.scale(ratio, ratio);
        let _set = context.translate(f64::from(-left), f64::from(-top));
        context.set_font(&self.font);
        context.set_text_align("center");
        context.set_text_baseline("middle");
        for mark in marks {
            let (x, y) = Spot::of(mark).on_layer(frame);
            self.draw(&context, Look::of(mark), x.into(), y.into());
        }
        Some(canvas)
    }

    fn draw(&self, context: &CanvasRenderingContext2d, look: Look, x: f64, y: f64) {
        // A picture that is still being read is left out.
        let picture = |image, top| {
            let left = x - PIN_PX / 2.0;
            context
                .draw_image_with_html_image_element_and_dw_and_dh(image, left, top, PIN_PX, PIN_PX)
                .unwrap_or_default();
        };
        match look {
            Look::Pin(StatusGroup::Open) => picture(&self.open, y - TIP_PX),
            Look::Pin(StatusGroup::Fixed) => picture(&self.fixed, y - PIN_PX / 2.0),
            Look::Pin(StatusGroup::Closed) => picture(&self.closed, y - PIN_PX / 2.0),
            Look::Cluster(open, fixed, closed) => {
                self.ring(context, [open, fixed, closed], look.edge_px() / 2.0, (x, y));
            }
        }
    }

    /// A white disc in a ring of the parts, as the style sheet has it.
    fn ring(&self, context: &CanvasRenderingContext2d, parts: [i64; 3], radius: f64, (x, y): (f64, f64)) {
        let disc = |colour: &str, radius: f64, from: f64, to: f64| {
            context.set_fill_style_str(colour);
            context.begin_path();
            context.move_to(x, y);
            let _drawn = context.arc(x, y, radius, from, to);
            context.fill();
        };
        let turn = std::f64::consts::TAU;
        disc("#fff", radius, 0.0, turn);
        let total = parts.iter().sum::<i64>().max(1);
        let mut from = -turn / 4.0;
        for (part, colour) in parts.into_iter().zip(&self.colours) {
            #[expect(clippy::cast_precision_loss, reason = "counts of reports are far below 2^53")]
            let to = from + turn * part as f64 / total as f64;
            if part > 0 {
                disc(colour, radius - 1.0, from, to);
            }
            from = to;
        }
        disc("#fff", (radius - 1.0) * 0.76, 0.0, turn);
        context.set_fill_style_str(&self.text);
        let _written = context.fill_text(&short(total), x, y);
    }
}
