//! Pictures of what was left on the pavement, and of the pavement without it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Ink, Xy, blob, ellipse, ink, rect};
use super::street::{Camera, Light, Scene};

/// A tied rubbish bag standing at (x, z).
fn bag(scene: &mut Scene<'_>, x: f32, z: f32, size: f32, paint: u32) {
    scene.shadow(x, z, size * 0.6);
    let scale = scene.camera.focal / z * size;
    let foot = scene.camera.see((x, 0.12, z));
    let centre = (foot.0, foot.1 - 0.36 * scale);
    let mut body = blob(centre, 0.44 * scale, 0.4 * scale, 0.1, scene.rng);
    for point in &mut body {
        point.1 = point.1.min(foot.1);
    }
    let paint = scene.tone(ink(paint), z);
    scene.canvas.fade(
        &body,
        ((centre.0 - 0.4 * scale, centre.1 - 0.4 * scale), paint.lit(1.9)),
        ((centre.0 + 0.3 * scale, foot.1), paint.lit(0.7)),
    );
    let neck = (centre.0 + 0.03 * scale, centre.1 - 0.38 * scale);
    for side in [-1.0, 1.0] {
        let ear = [
            (neck.0, neck.1 + 0.05 * scale),
            (neck.0 + side * 0.16 * scale, neck.1 - 0.13 * scale),
            (neck.0 + side * 0.02 * scale, neck.1 - 0.1 * scale),
        ];
        scene.canvas.fill(&ear, paint.lit(1.25));
    }
    for _ in 0..6 {
        let from = (neck.0 + scene.rng.random_range(-0.04..0.04) * scale, neck.1 + 0.08 * scale);
        let to = (
            centre.0 + scene.rng.random_range(-0.34..0.34) * scale,
            centre.1 + scene.rng.random_range(-0.1..0.2) * scale,
        );
        let bend = ((from.0 + to.0) * 0.5 + scene.rng.random_range(-0.06..0.06) * scale, (from.1 + to.1) * 0.5);
        scene.canvas.curve(&[from, bend, to], 0.016 * scale, paint.lit(scene.rng.random_range(1.6..2.6)).alpha(0.55));
    }
}

/// A solid with straight edges: X from..to, Y from..to, Z near and far.
fn crate_box(scene: &mut Scene<'_>, (x0, x1): Xy, (y0, y1): Xy, (near, far): Xy, paint: Ink) {
    let paint = scene.tone(paint, near);
    let top = scene.camera.see_all(&[(x0, y1, near), (x0, y1, far), (x1, y1, far), (x1, y1, near)]);
    scene.canvas.fill(&top, paint.lit(1.18));
    let x = if scene.camera.x < x0 { x0 } else { x1 };
    let flank = scene.camera.see_all(&[(x, y0, near), (x, y1, near), (x, y1, far), (x, y0, far)]);
    scene.canvas.fill(&flank, paint.lit(0.72));
    let face = scene.camera.see_all(&[(x0, y0, near), (x0, y1, near), (x1, y1, near), (x1, y0, near)]);
    scene.canvas.fade(&face, (face[1], paint.lit(1.04)), (face[0], paint.lit(0.86)));
}

fn sofa(scene: &mut Scene<'_>, x: f32, z: f32, paint: u32) {
    let paint = ink(paint);
    scene.shadow(x + 0.9, z, 1.3);
    crate_box(scene, (x, x + 1.8), (0.12, 1.0), (z + 0.55, z + 0.85), paint.lit(0.9));
    crate_box(scene, (x + 0.2, x + 1.6), (0.12, 0.42), (z, z + 0.6), paint.lit(0.75));
    for n in 0..2 {
        let left = x + 0.22 + n as f32 * 0.7;
        crate_box(scene, (left, left + 0.66), (0.42, 0.58), (z + 0.02, z + 0.55), paint.lit(1.1));
    }
    crate_box(scene, (x, x + 0.22), (0.12, 0.72), (z - 0.02, z + 0.62), paint);
    crate_box(scene, (x + 1.58, x + 1.8), (0.12, 0.72), (z - 0.02, z + 0.62), paint);
    let tear = scene.camera.see((x + 1.2, 0.86, z + 0.55));
    let tear = blob(tear, 26.0, 15.0, 0.3, scene.rng);
    scene.canvas.fill(&tear, scene.tone(ink(0xd9c9a0), z));
}

fn tyre(scene: &mut Scene<'_>, x: f32, z: f32, y: f32) {
    let scale = scene.camera.focal / z;
    let at = scene.camera.see((x, y, z));
    scene.canvas.fill(&ellipse((at.0, at.1 + 0.1 * scale), 0.32 * scale, 0.13 * scale), ink(0x121314));
    scene.canvas.fill(&rect(at.0 - 0.32 * scale, at.1, 0.64 * scale, 0.1 * scale), ink(0x121314));
    scene.canvas.fill(&ellipse(at, 0.32 * scale, 0.13 * scale), ink(0x26282a));
    scene.canvas.fill(&ellipse(at, 0.17 * scale, 0.065 * scale), ink(0x0a0a0b));
}

/// Rubbish left on the pavement.
pub fn dumped(rng: &mut ChaCha8Rng, light: Light, what: Dumped) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 330.0, ..Camera::along(3.4, 430.0) }, light, rng);
    scene.street();
    scene.tree(-5.2, 30.0, 3.4);
    scene.car(-1.0, 20.0, 0x7c8790);
    match what {
        Dumped::Sofa => {
            sofa(&mut scene, 4.0, 4.7, 0x7a4b4e);
            for (x, z, size) in [(5.5, 4.5, 0.7), (3.9, 4.0, 0.62), (4.35, 3.7, 0.55), (4.9, 3.9, 0.68)] {
                bag(&mut scene, x, z, size, 0x23262b);
            }
        }
        Dumped::Bags => {
            for (x, z, size) in [
                (4.6, 5.6, 0.8),
                (5.3, 5.3, 0.75),
                (3.95, 5.2, 0.7),
                (4.9, 4.8, 0.72),
                (4.3, 4.5, 0.75),
                (3.75, 4.1, 0.6),
                (4.75, 3.9, 0.66),
            ] {
                let paint = [0x23262b, 0x1d2b24, 0x3a3f47, 0x20242c][scene.rng.random_range(0..4)];
                bag(&mut scene, x, z, size, paint);
            }
            crate_box(&mut scene, (5.0, 5.6), (0.12, 0.5), (3.9, 4.4), ink(0xb78a54));
            litter(&mut scene, (4.2, 3.6), 0.8);
        }
        Dumped::Fridge => {
            scene.shadow(4.9, 5.2, 1.2);
            crate_box(&mut scene, (5.0, 5.65), (0.12, 1.75), (5.2, 5.8), ink(0xe6e8e6));
            let seam = scene.camera.see_all(&[(5.0, 1.2, 5.2), (5.65, 1.2, 5.2)]);
            scene.canvas.line(&seam, 3.0, ink(0x8b8f90));
            let handle = scene.camera.see_all(&[(5.08, 0.85, 5.2), (5.08, 1.12, 5.2)]);
            scene.canvas.line(&handle, 7.0, ink(0x777c80));
            crate_box(&mut scene, (3.85, 4.9), (0.12, 0.36), (4.6, 6.4), ink(0xd8d2c4));
            for n in 0..6 {
                let x = 3.95 + n as f32 * 0.17;
                let stripe = scene.camera.see_all(&[(x, 0.36, 4.6), (x, 0.36, 6.4)]);
                scene.canvas.line(&stripe, 3.0, ink(0x8aa0b4).alpha(0.8));
            }
            for level in 0..3 {
                tyre(&mut scene, 4.45, 3.9, 0.32 + level as f32 * 0.2);
            }
        }
    }
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

/// What was left there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dumped {
    /// A sofa and bags.
    Sofa,
    /// Many bags and a box.
    Bags,
    /// A fridge, a mattress and tyres.
    Fridge,
}

fn litter(scene: &mut Scene<'_>, at: Xy, spread: f32) {
    for _ in 0..26 {
        let (x, z) =
            (at.0 + scene.rng.random_range(-spread..spread), at.1 + scene.rng.random_range(-spread..spread) * 0.6);
        let r = scene.rng.random_range(0.02..0.07);
        let piece = scene.camera.ground(&blob((x, z), r, r * 0.7, 0.4, scene.rng), 0.12);
        let paint = [0xeee9dc, 0xc23b3b, 0x3f6fa3, 0xd8c25a, 0xffffff][scene.rng.random_range(0..5)];
        scene.canvas.fill(&piece, scene.tone(ink(paint), z));
    }
}

/// A clean pavement: what "cleared" looks like.
pub fn cleared_pavement(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 330.0, ..Camera::along(3.4, 430.0) }, Light::Day, rng);
    scene.street();
    scene.tree(-5.2, 30.0, 3.4);
    scene.tree(5.3, 16.0, 3.2);
    scene.car(-1.0, 20.0, 0x7c8790);
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}
