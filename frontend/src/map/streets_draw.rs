//! Drawing a tile of streets: water and rails below, then casings, then fills, then names along the lines.

use mendmap_shared::wire::map::{STREET_TILE_EXTENT, StreetClass, StreetLine, StreetTile};
use web_sys::CanvasRenderingContext2d;

use crate::browser::{custom_properties, fixed};

/// From this map zoom on, streets have their names.
const NAMES_ZOOM: i32 = 16;
/// Height of a name in pixels.
const NAME_PX: f64 = 12.0;

/// The style sheet's colours for the map.
pub struct Palette {
    casing: String,
    minor: String,
    main: String,
    trunk: String,
    path: String,
    water: String,
    rail: String,
    name: String,
    halo: String,
    font: String,
}

impl Palette {
    /// Reads the custom properties as they stand now, light or dark.
    pub fn read() -> Self {
        let read = custom_properties();
        Self {
            casing: read("--map-casing"),
            minor: read("--map-minor"),
            main: read("--map-main"),
            trunk: read("--map-trunk"),
            path: read("--map-path"),
            water: read("--map-water"),
            rail: read("--map-rail"),
            name: read("--map-name"),
            halo: read("--map-halo"),
            font: read("--font"),
        }
    }

    fn fill(&self, class: StreetClass) -> &str {
        match class {
            StreetClass::Trunk => &self.trunk,
            StreetClass::Main => &self.main,
            StreetClass::Minor => &self.minor,
            StreetClass::Path => &self.path,
            StreetClass::Water => &self.water,
            StreetClass::Rail => &self.rail,
        }
    }
}

/// Which part of the data's tile fills the canvas: one of `parts` × `parts` squares.
#[derive(Clone, Copy)]
pub struct Part {
    /// Squares along each edge; 1 for the whole tile.
    pub parts: u32,
    /// From the west.
    pub column: u32,
    /// From the north.
    pub row: u32,
}

/// Draws a tile of `edge` CSS pixels.
pub fn draw(
    context: &CanvasRenderingContext2d,
    tile: &StreetTile,
    part: Part,
    map_zoom: i32,
    edge: f64,
    palette: &Palette,
) {
    let scale = edge * f64::from(part.parts) / f64::from(STREET_TILE_EXTENT);
    let (left, top) = (f64::from(part.column) * edge, f64::from(part.row) * edge);
    let place = |line: &StreetLine| -> Vec<(f64, f64)> {
        let pairs = line.points.chunks_exact(2);
        pairs.map(|xy| (f64::from(xy[0]) * scale - left, f64::from(xy[1]) * scale - top)).collect()
    };
    let lines: Vec<(&StreetLine, Vec<(f64, f64)>)> = tile.streets.iter().map(|line| (line, place(line))).collect();
    let of = |class: StreetClass| lines.iter().filter(move |(line, _)| line.class == class);

    context.set_line_join("round");
    context.set_line_cap("round");
    let stroke = |class: StreetClass, colour: &str, width: f64, dashes: &[f64]| {
        if width <= 0.0 {
            return;
        }
        let pattern: js_sys::Array = dashes.iter().map(|dash| wasm_bindgen::JsValue::from_f64(*dash)).collect();
        let _set = context.set_line_dash(&pattern);
        context.set_stroke_style_str(colour);
        context.set_line_width(width);
        context.begin_path();
        for (_, points) in of(class) {
            trace(context, points);
        }
        context.stroke();
    };
    stroke(StreetClass::Water, palette.fill(StreetClass::Water), width(StreetClass::Water, map_zoom), &[]);
    stroke(StreetClass::Rail, palette.fill(StreetClass::Rail), width(StreetClass::Rail, map_zoom), &[]);
    let rail_gap = if map_zoom >= 14 { width(StreetClass::Rail, map_zoom) - 2.0 } else { 0.0 };
    stroke(StreetClass::Rail, &palette.halo, rail_gap, &[6.0, 6.0]);
    let paths = if map_zoom >= 14 { width(StreetClass::Path, map_zoom) } else { 0.0 };
    stroke(StreetClass::Path, palette.fill(StreetClass::Path), paths, &[4.0, 3.0]);
    let roads = [StreetClass::Minor, StreetClass::Main, StreetClass::Trunk];
    for class in roads {
        let casing = if map_zoom >= 13 || class != StreetClass::Minor { 2.0 } else { 1.0 };
        stroke(class, &palette.casing, width(class, map_zoom) + casing, &[]);
    }
    for class in roads {
        stroke(class, palette.fill(class), width(class, map_zoom), &[]);
    }
    if map_zoom >= NAMES_ZOOM {
        let _set = context.set_line_dash(&js_sys::Array::new());
        names(context, &lines, map_zoom, edge, palette);
    }
}

fn trace(context: &CanvasRenderingContext2d, points: &[(f64, f64)]) {
    if let [(x, y), rest @ ..] = points {
        context.move_to(*x, *y);
        for (x, y) in rest {
            context.line_to(*x, *y);
        }
    }
}

/// Width in pixels of a line at a map zoom.
fn width(class: StreetClass, zoom: i32) -> f64 {
    // From zoom 15 on streets grow with the ground, up to a comfortable width.
    let growth = 1.5_f64.powi((zoom - 15).clamp(-4, 4));
    let (base, least, most) = match class {
        StreetClass::Trunk => (9.0, 2.5, 26.0),
        StreetClass::Main => (7.5, 2.0, 24.0),
        StreetClass::Minor => (5.0, 0.8, 20.0),
        StreetClass::Path => (1.5, 1.0, 3.0),
        StreetClass::Water => (5.0, 1.5, 14.0),
        StreetClass::Rail => (3.0, 1.5, 5.0),
    };
    (base * growth).max(least).min(most)
}

/// Writes each street's name once, along the longest straight piece that holds it, where no other name stands.
fn names(
    context: &CanvasRenderingContext2d,
    lines: &[(&StreetLine, Vec<(f64, f64)>)],
    map_zoom: i32,
    edge: f64,
    palette: &Palette,
) {
    let size = if map_zoom >= 18 { NAME_PX + 2.0 } else { NAME_PX };
    context.set_font(&format!("500 {}px {}", fixed(size, 1), palette.font));
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_line_width(3.5);
    context.set_stroke_style_str(&palette.halo);
    context.set_fill_style_str(&palette.name);
    let mut written: Vec<&str> = Vec::new();
    let mut boxes: Vec<(f64, f64, f64)> = Vec::new();
    for (line, points) in lines {
        let Some(name) = line.name.as_deref().filter(|name| !written.contains(name)) else { continue };
        let Some((x, y, angle, length)) = longest_straight(points) else { continue };
        let Ok(measured) = context.measure_text(name) else { continue };
        let half = measured.width() / 2.0 + 4.0;
        let (reach_x, reach_y) = (half * angle.cos().abs() + size, half * angle.sin().abs() + size);
        let inside = x - reach_x >= 0.0 && x + reach_x <= edge && y - reach_y >= 0.0 && y + reach_y <= edge;
        let free = boxes.iter().all(|(bx, by, r)| (bx - x).hypot(by - y) > (r + half) * 0.75);
        if length < half * 2.0 || !inside || !free {
            continue;
        }
        context.save();
        let _moved = context.translate(x, y);
        let _turned = context.rotate(angle);
        let _haloed = context.stroke_text(name, 0.0, 0.0);
        let _written = context.fill_text(name, 0.0, 0.0);
        context.restore();
        written.push(name);
        boxes.push((x, y, half));
    }
}

/// Middle, angle (so that text is never upside down) and length of the longest nearly straight piece of a line.
fn longest_straight(points: &[(f64, f64)]) -> Option<(f64, f64, f64, f64)> {
    const BEND: f64 = 0.25;
    let direction = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1).atan2(b.0 - a.0);
    let mut best: Option<(usize, usize, f64)> = None;
    let mut from = 0;
    for to in 1..points.len() {
        let turned = {
            let whole = direction(points[from], points[to - 1]);
            let step = direction(points[to - 1], points[to]);
            let turn = (step - whole).abs();
            to - 1 > from && turn.min(std::f64::consts::TAU - turn) > BEND
        };
        if turned {
            from = to - 1;
        }
        let length = (points[to].0 - points[from].0).hypot(points[to].1 - points[from].1);
        if best.is_none_or(|(_, _, longest)| length > longest) {
            best = Some((from, to, length));
        }
    }
    let (from, to, length) = best?;
    let (a, b) = (points[from], points[to]);
    let mut angle = direction(a, b);
    if angle.abs() > std::f64::consts::FRAC_PI_2 {
        angle -= std::f64::consts::PI * angle.signum();
    }
    Some((f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1), angle, length))
}
