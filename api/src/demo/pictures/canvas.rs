//! Drawing surface of the demo's pictures: filled and stroked shapes with soft edges, gradients and grain.

use image::{DynamicImage, RgbImage, RgbaImage};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tiny_skia::{
    Color, FillRule, FilterQuality, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint, Path, PathBuilder,
    Pattern, Pixmap, Point, RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

/// Width of every picture in pixels.
pub const WIDTH: u32 = 1200;
/// Height of every picture in pixels.
pub const HEIGHT: u32 = 900;

/// A point on the picture in pixels, from the top left.
pub type Xy = (f32, f32);

/// A colour: red, green, blue, opacity, each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink(pub f32, pub f32, pub f32, pub f32);

/// An opaque colour from `0xRRGGBB`.
pub fn ink(hex: u32) -> Ink {
    let part = |shift: u32| ((hex >> shift) & 0xff) as f32 / 255.0;
    Ink(part(16), part(8), part(0), 1.0)
}

impl Ink {
    /// The same colour, see-through: 0 invisible, 1 opaque.
    pub fn alpha(self, opacity: f32) -> Self {
        Self(self.0, self.1, self.2, opacity)
    }

    /// This colour with a share (0 to 1) of another.
    pub fn mix(self, other: Self, share: f32) -> Self {
        let blend = |a: f32, b: f32| a + (b - a) * share.clamp(0.0, 1.0);
        Self(blend(self.0, other.0), blend(self.1, other.1), blend(self.2, other.2), blend(self.3, other.3))
    }

    /// Brighter (above 1) or darker (below 1).
    pub fn lit(self, factor: f32) -> Self {
        let scale = |part: f32| (part * factor).clamp(0.0, 1.0);
        Self(scale(self.0), scale(self.1), scale(self.2), self.3)
    }

    fn color(self) -> Color {
        let part = |value: f32| value.clamp(0.0, 1.0);
        Color::from_rgba(part(self.0), part(self.1), part(self.2), part(self.3)).unwrap_or(Color::BLACK)
    }
}

/// The surface. Shapes with nothing to draw (fewer than two points) are skipped.
pub struct Canvas {
    pixels: Pixmap,
    mask: Option<Mask>,
}

impl Canvas {
    /// An empty picture.
    ///
    /// # Panics
    /// Never: the size is constant and not zero.
    pub fn new() -> Self {
        #[expect(clippy::expect_used, reason = "the size is constant and not zero")]
        let pixels = Pixmap::new(WIDTH, HEIGHT).expect("a picture of a size");
        Self { pixels, mask: None }
    }

    /// Lets later shapes show only inside this outline, until [`Self::unclip`].
    pub fn clip(&mut self, outline: &[Xy]) {
        if let (Some(mut mask), Some(path)) = (Mask::new(WIDTH, HEIGHT), path(outline, true)) {
            mask.fill_path(&path, FillRule::Winding, true, Transform::identity());
            self.mask = Some(mask);
        }
    }

    /// Ends [`Self::clip`].
    pub fn unclip(&mut self) {
        self.mask = None;
    }

    fn fill_with(&mut self, path: &Path, shader: Shader<'_>) {
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        self.pixels.fill_path(path, &paint, FillRule::Winding, Transform::identity(), self.mask.as_ref());
    }

    /// A filled outline.
    pub fn fill(&mut self, outline: &[Xy], ink: Ink) {
        if let Some(path) = path(outline, true) {
            self.fill_with(&path, Shader::SolidColor(ink.color()));
        }
    }

    /// A filled outline whose colour runs from `from` to `to` between two points.
    pub fn fade(&mut self, outline: &[Xy], from: (Xy, Ink), to: (Xy, Ink)) {
        let stops = vec![GradientStop::new(0.0, from.1.color()), GradientStop::new(1.0, to.1.color())];
        let (start, end) = (Point::from_xy(from.0.0, from.0.1), Point::from_xy(to.0.0, to.0.1));
        let shader = LinearGradient::new(start, end, stops, SpreadMode::Pad, Transform::identity());
        if let (Some(path), Some(shader)) = (path(outline, true), shader) {
            self.fill_with(&path, shader);
        }
    }

    /// A round glow (or shade) that fades out at `radius` pixels, flattened by `squash` (1 = round).
    pub fn glow(&mut self, centre: Xy, radius: f32, squash: f32, ink: Ink) {
        let stops = vec![
            GradientStop::new(0.0, ink.color()),
            GradientStop::new(0.45, ink.alpha(ink.3 * 0.5).color()),
            GradientStop::new(1.0, ink.alpha(0.0).color()),
        ];
        let middle = Point::from_xy(0.0, 0.0);
        let place = Transform::from_row(1.0, 0.0, 0.0, squash, centre.0, centre.1);
        let shader = RadialGradient::new(middle, 0.0, middle, radius, stops, SpreadMode::Pad, place);
        if let (Some(path), Some(shader)) = (path(&ellipse(centre, radius, radius * squash), true), shader) {
            self.fill_with(&path, shader);
        }
    }

    /// An open line of a width in pixels, with round ends.
    pub fn line(&mut self, points: &[Xy], width: f32, ink: Ink) {
        if let Some(path) = path(points, false) {
            self.stroke(&path, width, ink);
        }
    }

    /// A line that runs smoothly through its points.
    pub fn curve(&mut self, points: &[Xy], width: f32, ink: Ink) {
        if let Some(path) = smooth(points) {
            self.stroke(&path, width, ink);
        }
    }

    fn stroke(&mut self, path: &Path, width: f32, ink: Ink) {
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        let paint = Paint { shader: Shader::SolidColor(ink.color()), anti_alias: true, ..Paint::default() };
        self.pixels.stroke_path(path, &paint, &stroke, Transform::identity(), self.mask.as_ref());
    }

    /// Many outlines of one colour at once, far faster than one by one.
    pub fn fill_all(&mut self, outlines: &[Vec<Xy>], ink: Ink) {
        let mut builder = PathBuilder::new();
        for outline in outlines {
            trace(&mut builder, outline, true);
        }
        if let Some(path) = builder.finish() {
            self.fill_with(&path, Shader::SolidColor(ink.color()));
        }
    }

    /// Fine grain over the whole picture, as a camera leaves it. `strength` 0 to 1.
    pub fn grain(&mut self, strength: f32, rng: &mut ChaCha8Rng) {
        const TILE: u32 = 192;
        let Some(mut tile) = Pixmap::new(TILE, TILE) else { return };
        // Black or white with an opacity of its own per pixel; premultiplied, so white carries its opacity as colour.
        for pixel in tile.data_mut().chunks_exact_mut(4) {
            let opacity = (rng.random::<f32>() * strength * 255.0) as u8;
            let shade = if rng.random::<bool>() { opacity } else { 0 };
            pixel.copy_from_slice(&[shade, shade, shade, opacity]);
        }
        let (mode, quality) = (SpreadMode::Repeat, FilterQuality::Nearest);
        let shader = Pattern::new(tile.as_ref(), mode, quality, 1.0, Transform::identity());
        if let Some(all) = Rect::from_xywh(0.0, 0.0, WIDTH as f32, HEIGHT as f32) {
            let paint = Paint { shader, ..Paint::default() };
            self.pixels.fill_rect(all, &paint, Transform::identity(), None);
        }
    }

    /// The finished picture.
    pub fn into_image(self) -> RgbImage {
        // Through `image` rather than pixel by pixel here: its loops are compiled with optimisation even in a debug build.
        RgbaImage::from_raw(WIDTH, HEIGHT, self.pixels.take())
            .map(|picture| DynamicImage::ImageRgba8(picture).into_rgb8())
            .unwrap_or_default()
    }
}

fn trace(builder: &mut PathBuilder, points: &[Xy], close: bool) {
    let mut rest = points.iter();
    if let Some(&(x, y)) = rest.next() {
        builder.move_to(x, y);
        rest.for_each(|&(x, y)| builder.line_to(x, y));
        if close {
            builder.close();
        }
    }
}

fn path(points: &[Xy], close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    trace(&mut builder, points, close);
    builder.finish()
}

fn smooth(points: &[Xy]) -> Option<Path> {
    let mut builder = PathBuilder::new();
    let (first, last) = (points.first()?, points.last()?);
    builder.move_to(first.0, first.1);
    for pair in points.windows(2) {
        let middle = (f32::midpoint(pair[0].0, pair[1].0), f32::midpoint(pair[0].1, pair[1].1));
        builder.quad_to(pair[0].0, pair[0].1, middle.0, middle.1);
    }
    builder.line_to(last.0, last.1);
    builder.finish()
}

/// The four corners of an upright rectangle.
pub fn rect(x: f32, y: f32, width: f32, height: f32) -> [Xy; 4] {
    [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
}

/// An ellipse around a point.
pub fn ellipse(centre: Xy, rx: f32, ry: f32) -> Vec<Xy> {
    (0..40)
        .map(|step| {
            let (sin, cos) = (step as f32 / 40.0 * std::f32::consts::TAU).sin_cos();
            (centre.0 + rx * cos, centre.1 + ry * sin)
        })
        .collect()
}

/// A rough closed outline around a point: an ellipse whose edge wanders by a share of its radius.
pub fn blob(centre: Xy, rx: f32, ry: f32, rough: f32, rng: &mut ChaCha8Rng) -> Vec<Xy> {
    let waves: Vec<(f32, f32, f32)> = (2..9)
        .map(|n| (n as f32, rng.random_range(0.0..std::f32::consts::TAU), rng.random_range(0.2..1.0) / n as f32))
        .collect();
    (0..72)
        .map(|step| {
            let angle = step as f32 / 72.0 * std::f32::consts::TAU;
            let wander: f32 = waves.iter().map(|(n, phase, size)| size * (n * angle + phase).sin()).sum();
            let radius = 1.0 + rough * wander + rough * rng.random_range(-0.12..0.12);
            (centre.0 + rx * radius * angle.cos(), centre.1 + ry * radius * angle.sin())
        })
        .collect()
}

/// Every point of an outline moved towards a centre: 1 leaves it, 0 collapses it.
pub fn shrink(outline: &[Xy], centre: Xy, factor: f32) -> Vec<Xy> {
    outline.iter().map(|p| (centre.0 + (p.0 - centre.0) * factor, centre.1 + (p.1 - centre.1) * factor)).collect()
}
