//! Pictures of what stands in the street: lamps, walls, signs, trees, benches.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Ink, Xy, blob, ellipse, ink, rect};
use super::roads::leaves;
use super::street::{Camera, Light, Scene};

/// A lamp that is dark at dusk while the others burn.
pub fn dark_lamp(rng: &mut ChaCha8Rng, flicker: bool) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 560.0, ..Camera::along(2.6, 430.0) }, Light::Dusk, rng);
    scene.street();
    for (x, z) in [(-4.6, 46.0), (4.6, 40.0), (-4.6, 28.0), (4.6, 22.0)] {
        let lamp = scene.lamp(x, z, 0.0);
        scene.canvas.glow(lamp, 1500.0 / z, 1.0, ink(0xffd98a).alpha(0.75));
        scene.canvas.fill(&ellipse(lamp, 200.0 / z, 70.0 / z), ink(0xfff3cf));
        let pool = scene.camera.see((x - x.signum() * 1.2, 0.02, z));
        scene.canvas.glow(pool, 2600.0 / z, 0.22, ink(0xffd98a).alpha(0.3));
    }
    let lamp = scene.lamp(4.4, 8.0, 0.0);
    if flicker {
        scene.canvas.glow(lamp, 70.0, 0.8, ink(0xff9a4a).alpha(0.8));
        scene.canvas.fill(&ellipse(lamp, 26.0, 8.0), ink(0xffb56b));
    } else {
        scene.canvas.fill(&ellipse(lamp, 36.0, 8.0), ink(0x2c3036));
    }
    scene.canvas.grain(0.08, scene.rng);
    scene.canvas
}

/// A lamp post knocked over by something, or burning in daylight.
pub fn leaning_lamp(rng: &mut ChaCha8Rng, lit: bool) -> Canvas {
    let light = if lit { Light::Day } else { Light::Grey };
    let mut scene = Scene::new(Camera { horizon: 540.0, ..Camera::along(2.2, 480.0) }, light, rng);
    scene.street();
    scene.tree(-5.2, 22.0, 3.2);
    scene.car(-1.0, 14.0, 0x49708a);
    let lamp = scene.lamp(4.5, 8.5, if lit { 0.0 } else { -1.1 });
    if lit {
        scene.canvas.glow(lamp, 110.0, 0.8, ink(0xfff0b0).alpha(0.95));
        scene.canvas.fill(&ellipse(lamp, 42.0, 11.0), ink(0xfffbe2));
    } else {
        let foot = blob((4.5, 8.4), 0.5, 0.4, 0.25, scene.rng);
        let foot = scene.camera.ground(&foot, 0.12);
        scene.canvas.fill(&foot, scene.tone(ink(0x57504a), 5.0));
    }
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

/// A brick wall with spray paint on it.
pub fn painted_wall(rng: &mut ChaCha8Rng, light: Light, brick: u32, paints: [u32; 3]) -> Canvas {
    let mut scene = Scene::new(Camera::along(0.0, 600.0), light, rng);
    let base = scene.tone(ink(brick), 4.0);
    scene.canvas.fade(&rect(0.0, 0.0, 1200.0, 760.0), ((100.0, 0.0), base.lit(0.72)), ((900.0, 760.0), base.lit(0.6)));
    for row in 0..21 {
        for column in -1..16_i32 {
            let x = column as f32 * 80.0 + if row % 2 == 0 { 0.0 } else { 40.0 };
            let paint =
                base.lit(scene.rng.random_range(0.86..1.12)).mix(ink(0x6a4438), scene.rng.random::<f32>() * 0.2);
            scene.canvas.fill(&rect(x + 2.0, row as f32 * 36.0 + 2.0, 76.0, 32.0), paint);
        }
    }
    scene.canvas.fade(
        &rect(0.0, 740.0, 1200.0, 160.0),
        ((0.0, 740.0), scene.tone(ink(0x6c6861), 3.0)),
        ((0.0, 900.0), scene.tone(ink(0xaaa59a), 3.0)),
    );
    for n in 0..9 {
        let x = n as f32 * 170.0 - 120.0;
        scene.canvas.line(&[(x + 60.0, 752.0), (x - (600.0 - x) * 0.12, 900.0)], 2.0, ink(0x6e6a62).alpha(0.8));
    }
    scene.canvas.glow((600.0, 750.0), 700.0, 0.05, ink(0x000000).alpha(0.4));
    tag(&mut scene, (190.0, 400.0), 150.0, 6, ink(paints[0]));
    tag(&mut scene, (420.0, 560.0), 80.0, 8, ink(paints[1]));
    // A large one with an outline: three loose letters.
    for letter in 0..3 {
        let at = (720.0 + letter as f32 * 130.0, 380.0 + scene.rng.random_range(-26.0..26.0));
        let shape = blob(at, 84.0, 128.0, 0.2, scene.rng);
        scene.canvas.fade(
            &shape,
            ((at.0, at.1 - 130.0), ink(paints[2]).alpha(0.94)),
            ((at.0, at.1 + 130.0), ink(paints[1]).alpha(0.94)),
        );
        let mut outline = shape.clone();
        outline.extend(shape.first().copied());
        scene.canvas.line(&outline, 9.0, ink(0x18181c).alpha(0.9));
        let counter = blob((at.0 + 6.0, at.1 - 30.0), 22.0, 34.0, 0.15, scene.rng);
        scene.canvas.fill(&counter, base.lit(0.8));
        for _ in 0..2 {
            let x = at.0 + scene.rng.random_range(-50.0..50.0);
            let drip = at.1 + scene.rng.random_range(170.0..260.0);
            scene.canvas.line(&[(x, at.1 + 100.0), (x, drip)], 5.0, ink(0x18181c).alpha(0.75));
        }
    }
    scene.canvas.grain(0.055, scene.rng);
    scene.canvas
}

fn tag(scene: &mut Scene<'_>, at: Xy, size: f32, strokes: usize, paint: Ink) {
    let mut pen = at;
    let mut stroke = vec![pen];
    for n in 0..strokes * 2 {
        let up = if n % 2 == 0 { -1.0 } else { 1.0 };
        pen = (pen.0 + size * scene.rng.random_range(0.1..0.34), at.1 + up * size * scene.rng.random_range(0.3..0.7));
        stroke.push(pen);
        stroke.push((pen.0 - size * 0.14, at.1 + up * size * scene.rng.random_range(0.1..0.4)));
    }
    scene.canvas.curve(&stroke, size * 0.2, paint.alpha(0.18));
    scene.canvas.curve(&stroke, size * 0.11, paint.alpha(0.92));
    let under = [
        (at.0 - 10.0, at.1 + size * 0.8),
        (pen.0 * 0.5 + at.0 * 0.5, at.1 + size * 0.66),
        (pen.0 + 12.0, at.1 + size * 0.85),
    ];
    scene.canvas.curve(&under, size * 0.09, paint.alpha(0.9));
}

/// A road sign knocked out of true.
pub fn bent_sign(rng: &mut ChaCha8Rng, light: Light, warning: bool) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 500.0, ..Camera::along(2.8, 420.0) }, light, rng);
    scene.street();
    scene.tree(-5.2, 20.0, 3.2);
    scene.car(-1.0, 13.0, 0x2f5d46);
    let (x, z) = (4.4, 4.6);
    let post = scene.camera.see_all(&[(x, 0.12, z), (x - 0.05, 0.8, z), (x - 0.42, 1.7, z), (x - 0.62, 2.35, z)]);
    scene.canvas.curve(&post, 20.0, scene.tone(ink(0x6f777c), z).lit(0.8));
    let bright: Vec<Xy> = post.iter().map(|p| (p.0 - 4.0, p.1)).collect();
    scene.canvas.curve(&bright, 6.0, scene.tone(ink(0xb9c0c4), z));
    let at = post[3];
    let turned = |dx: f32, dy: f32| {
        let (sin, cos) = (-0.32_f32).sin_cos();
        (at.0 + (dx * cos - dy * sin) * 0.86, at.1 + dx * sin + dy * cos)
    };
    let shape = |points: &[Xy]| points.iter().map(|p| turned(p.0, p.1)).collect::<Vec<_>>();
    let red = scene.tone(ink(0xc4262e), 3.0);
    let white = scene.tone(ink(0xf6f4ee), 3.0);
    let black = ink(0x17181a);
    if warning {
        scene.canvas.fill(&shape(&[(0.0, -130.0), (140.0, 105.0), (-140.0, 105.0)]), red);
        scene.canvas.fill(&shape(&[(0.0, -88.0), (100.0, 82.0), (-100.0, 82.0)]), white);
        scene.canvas.fill(
            &shape(&[(-52.0, 62.0), (-40.0, 24.0), (-10.0, 12.0), (14.0, 22.0), (34.0, 4.0), (52.0, 62.0)]),
            black,
        );
    } else {
        scene.canvas.fill(&shape(&ellipse((0.0, 0.0), 122.0, 122.0)), red);
        scene.canvas.fill(&shape(&ellipse((0.0, 0.0), 92.0, 92.0)), white);
        // "20", drawn: a hook with a foot, and a ring.
        let two = [
            (-58.0, -18.0),
            (-54.0, -52.0),
            (-22.0, -58.0),
            (-10.0, -26.0),
            (-34.0, 6.0),
            (-60.0, 44.0),
            (-60.0, 46.0),
        ];
        scene.canvas.curve(&shape(&two), 15.0, black);
        scene.canvas.line(&shape(&[(-60.0, 46.0), (-8.0, 46.0)]), 15.0, black);
        let mut ring = shape(&ellipse((38.0, -4.0), 26.0, 50.0));
        ring.extend(ring.first().copied());
        scene.canvas.line(&ring, 15.0, black);
    }
    for _ in 0..5 {
        let from = (scene.rng.random_range(-60.0..60.0), scene.rng.random_range(-40.0..60.0));
        let to = (from.0 + scene.rng.random_range(-30.0..30.0), from.1 + scene.rng.random_range(-8.0..26.0));
        scene.canvas.line(&shape(&[from, to]), 2.0, ink(0x6a6a6a).alpha(0.7));
    }
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

/// A crossing whose paint has worn away.
pub fn worn_crossing(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 320.0, ..Camera::along(0.3, 570.0) }, Light::Day, rng);
    scene.street();
    scene.tree(5.2, 20.0, 3.4);
    scene.car(-1.0, 17.0, 0xc9b26a);
    let far = scene.camera.ground(&[(-3.5, 2.4), (-3.5, 7.4), (3.5, 7.4), (3.5, 2.4)], 0.0);
    scene.canvas.fill(&far, scene.tone(ink(0x66676a), 3.0));
    for n in 0..7 {
        let x = -3.3 + n as f32;
        let bar = scene.camera.ground(&[(x, 3.2), (x, 6.4), (x + 0.55, 6.4), (x + 0.55, 3.2)], 0.0);
        scene.canvas.fill(&bar, scene.tone(ink(0xe4e1d6), 3.0).alpha(0.78));
        scene.canvas.clip(&bar);
        for _ in 0..34 {
            let (sx, sz) = (x + scene.rng.random_range(0.0..0.55), scene.rng.random_range(3.2..6.4));
            let r = scene.rng.random_range(0.05..0.2);
            let worn = scene.camera.ground(&blob((sx, sz), r * 0.6, r * 1.6, 0.35, scene.rng), 0.0);
            scene.canvas.fill(&worn, scene.tone(ink(0x66676a), 3.0).alpha(0.85));
        }
        scene.canvas.unclip();
    }
    scene.speckle((-3.4, 3.4), (2.4, 7.0), 1600, 0.012);
    scene.canvas.grain(0.05, scene.rng);
    scene.canvas
}

/// A branch across the pavement.
pub fn fallen_branch(rng: &mut ChaCha8Rng, light: Light) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 330.0, ..Camera::along(3.6, 470.0) }, light, rng);
    scene.street();
    scene.car(-1.0, 18.0, 0x8c2f33);
    scene.tree(5.4, 11.0, 4.2);
    let bark = scene.tone(ink(0x5a4535), 4.0);
    let limb = [(5.6, 0.3, 5.6), (4.9, 0.42, 5.0), (4.2, 0.3, 4.6), (3.3, 0.16, 4.3), (2.5, 0.06, 4.1)];
    for (from, to) in
        [(1, (4.4, 0.9, 4.2)), (2, (4.6, 0.2, 3.6)), (2, (3.5, 0.8, 4.9)), (3, (3.0, 0.5, 3.7)), (3, (2.6, 0.3, 4.9))]
    {
        twig(&mut scene, limb[from], to, bark);
    }
    for (n, pair) in limb.windows(2).enumerate() {
        let part = scene.camera.see_all(pair);
        scene.canvas.line(&part, 34.0 - n as f32 * 7.0, bark);
        let lit: Vec<Xy> = part.iter().map(|p| (p.0, p.1 - 7.0 + n as f32)).collect();
        scene.canvas.line(&lit, 7.0, bark.lit(1.5));
    }
    let end = scene.camera.see(limb[0]);
    scene.canvas.fill(&ellipse(end, 15.0, 19.0), scene.tone(ink(0xd9b27a), 4.0));
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

fn twig(scene: &mut Scene<'_>, from: (f32, f32, f32), to: (f32, f32, f32), bark: Ink) {
    let (a, b) = (scene.camera.see(from), scene.camera.see(to));
    scene.canvas.glow(((a.0 + b.0) * 0.5, a.1.max(b.1) + 40.0), 170.0, 0.25, ink(0x000000).alpha(0.3));
    scene.canvas.line(&[a, b], 11.0, bark);
    for _ in 0..110 {
        let share = scene.rng.random_range(0.25..1.15);
        let at = (
            a.0 + (b.0 - a.0) * share + scene.rng.random_range(-62.0..62.0),
            a.1 + (b.1 - a.1) * share + scene.rng.random_range(-46.0..46.0),
        );
        let (sin, cos) = scene.rng.random_range(0.0..std::f32::consts::TAU).sin_cos();
        let (long, wide) = (scene.rng.random_range(12.0..22.0), scene.rng.random_range(5.0..9.0));
        let leaf: Vec<Xy> = ellipse((0.0, 0.0), long, wide)
            .iter()
            .step_by(4)
            .map(|p| (at.0 + p.0 * cos - p.1 * sin, at.1 + p.0 * sin + p.1 * cos))
            .collect();
        let green = [0x3f6638, 0x4f7c42, 0x6b9a52, 0x85a95a][scene.rng.random_range(0..4)];
        scene.canvas.fill(&leaf, scene.tone(ink(green), 4.0));
    }
}

/// A hedge grown over half the pavement.
pub fn overgrown_hedge(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 350.0, ..Camera::along(3.9, 520.0) }, Light::Day, rng);
    scene.street();
    scene.car(-1.0, 16.0, 0x49708a);
    for step in (0..48).rev() {
        let z = 2.9 + step as f32 * 0.3;
        let bulge = 0.75 + 0.25 * (z * 1.3).sin();
        for n in 0..32 {
            // From the wall outwards and from the foot up, so that the lit tips lie on top.
            let (y, out) =
                (0.15 + n as f32 * 0.06 + scene.rng.random_range(-0.1..0.1), scene.rng.random_range(0.35..1.0));
            let x = 6.1 - out * 1.3 * bulge * (1.0 - (y - 0.9) * (y - 0.9) * 0.28);
            let at = scene.camera.see((x, y, z));
            let r = scene.rng.random_range(0.07..0.15) * scene.camera.focal / z;
            let green = ink(0x2f5228).mix(ink(0x86aa58), y / 2.6 * scene.rng.random_range(0.3..1.1));
            let tuft = blob(at, r, r * 0.8, 0.35, scene.rng);
            scene.canvas.fill(&tuft, scene.tone(green, z));
        }
    }
    leaves(&mut scene, (4.6, 3.4), 0.8, 60);
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

/// A bench with a broken seat, or a bollard knocked flat.
pub fn broken_bench(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera { horizon: 330.0, ..Camera::along(3.2, 400.0) }, Light::Day, rng);
    scene.street();
    scene.tree(5.6, 9.0, 3.6);
    scene.car(-1.0, 20.0, 0xd6d8da);
    scene.shadow(4.8, 4.8, 1.2);
    let wood = ink(0x9a6a3c);
    let iron = scene.tone(ink(0x2d3033), 4.0);
    for x in [4.0, 5.6] {
        for (from, to) in
            [((x, 0.12, 4.6), (x, 0.55, 4.6)), ((x, 0.12, 5.1), (x, 1.15, 5.2)), ((x, 0.55, 4.6), (x, 0.55, 5.1))]
        {
            let leg = scene.camera.see_all(&[from, to]);
            scene.canvas.line(&leg, 11.0, iron);
        }
    }
    for (y, z) in [(1.08, 5.2), (0.86, 5.18)] {
        let slat = scene.camera.see_all(&[(3.92, y, z), (5.68, y, z), (5.68, y - 0.13, z), (3.92, y - 0.13, z)]);
        scene.canvas.fade(&slat, (slat[0], scene.tone(wood.lit(1.15), 4.0)), (slat[3], scene.tone(wood.lit(0.8), 4.0)));
    }
    for (n, z) in [4.62_f32, 4.8, 4.98].into_iter().enumerate() {
        let drop = if n == 1 { 0.4 } else { 0.0 };
        let slat = scene.camera.see_all(&[
            (3.92, 0.57, z),
            (3.92, 0.57, z + 0.13),
            (5.68 - drop * 1.6, 0.57 - drop, z + 0.13),
            (5.68 - drop * 1.6, 0.57 - drop, z),
        ]);
        scene.canvas.fill(&slat, scene.tone(wood.lit(1.0 + n as f32 * 0.08), 4.0));
    }
    for (x, turn) in [(4.3, 0.3), (5.1, -0.2)] {
        let plank = scene.camera.see_all(&[
            (x, 0.13, 4.1 + turn),
            (x + 0.9, 0.13, 4.1 - turn),
            (x + 0.92, 0.13, 4.2 - turn),
            (x, 0.13, 4.22 + turn),
        ]);
        scene.canvas.fill(&plank, scene.tone(wood.lit(0.75), 4.0));
    }
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}
