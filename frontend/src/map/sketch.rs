//! What comes into sight while the map is dragged, drawn on a canvas: that takes a tenth of what elements take, which the
//! browser styles, lays out and paints each. Once the map rests they become elements, for the mouse, the keyboard and readers.

use std::cell::OnceCell;

use leptos::prelude::{document, window};
use mendmap_shared::gather::Mark;
use mendmap_shared::geo::TileXyz;
use mendmap_shared::workflow::StatusGroup;
use rustc_hash::FxHashMap;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, HtmlImageElement};

use super::MapHandle;
use super::icons::{Look, short};
use super::marks::{Frame, Spot};
use crate::browser::custom_properties;

/// Pixels around a tile on which its marks are drawn too: half of the largest, and the whole of a drop.
const AROUND_PX: i32 = 40;
/// Edge of a pin's picture, and what it stands on: the tip of a drop, the middle of the others.
const PIN_PX: f64 = 40.0;
const TIP_PX: f64 = 39.0;

/// The canvases, one for each tile.
pub struct Sketch {
    map: MapHandle,
    element: HtmlElement,
    pens: OnceCell<Option<Pens>>,
    tiles: FxHashMap<TileXyz, HtmlCanvasElement>,
}

impl Sketch {
    /// Lays an empty layer over the map, below what is laid over it later.
    pub fn add_to(map: &MapHandle, pane: &HtmlElement) -> Self {
        #[expect(clippy::expect_used, reason = "every document makes elements")]
        let element: HtmlElement = document().create_element("div").expect("an element").unchecked_into();
        element.set_class_name("map-sketch");
        let _added = pane.append_child(&element);
        Self { map: map.clone(), element, pens: OnceCell::new(), tiles: FxHashMap::default() }
    }

    /// Has the pictures read, so that they are there when the first tile comes.
    pub fn prepare(&self) -> Option<&Pens> {
        self.pens.get_or_init(|| Pens::of(&self.element)).as_ref()
    }

    /// Whether this tile is drawn.
    pub fn has(&self, tile: TileXyz) -> bool {
        self.tiles.contains_key(&tile)
    }

    /// Draws these marks of a tile.
    pub fn draw(&mut self, tile: TileXyz, marks: &[Mark]) {
        let frame = Frame::of(self.map.leaflet());
        let Some(canvas) = self.prepare().and_then(|pens| pens.draw_tile(tile, marks, frame)) else { return };
        let _added = self.element.append_child(&canvas);
        if let Some(before) = self.tiles.insert(tile, canvas) {
            before.remove();
        }
    }

    /// Takes all of it away.
    pub fn clear(&mut self) {
        for (_, canvas) in self.tiles.drain() {
            canvas.remove();
        }
    }
}

impl Drop for Sketch {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// What is drawn with: pictures and colours of the style sheet, so that a mark looks the same as an element.
pub struct Pens {
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
