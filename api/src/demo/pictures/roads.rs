//! Pictures of what is wrong with the ground: potholes, pavements, gullies.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Ink, Xy, blob, ellipse, ink, rect, shrink};
use super::street::{Camera, Light, Scene};

/// A hole in the ground around (x, z), `size` metres across; `water` fills it.
fn hole(scene: &mut Scene<'_>, at: Xy, size: f32, water: bool) {
    let rim = blob(at, size * 0.5, size * 0.42, 0.22, scene.rng);
    let camera = scene.camera;
    let broken = camera.ground(&shrink(&rim, at, 1.16), 0.0);
    scene.canvas.fill(&broken, scene.tone(ink(0x85837e), at.1).alpha(0.75));
    let edge = camera.ground(&rim, 0.0);
    scene.canvas.fill(&edge, scene.tone(ink(0x2c2a29), at.1));
    scene.canvas.clip(&edge);
    let depth = (size * 0.12).min(0.11);
    let floor = camera.ground(&shrink(&rim, at, 0.97), -depth);
    scene.canvas.fill(&floor, scene.tone(ink(0x5c5349), at.1));
    for (tone, share) in [(0x40392f, 0.5), (0x80766a, 0.35), (0xa09787, 0.2)] {
        let stones: Vec<Vec<Xy>> = (0..70)
            .map(|_| {
                let spread = size * 0.5;
                let x = at.0 + scene.rng.random_range(-spread..spread);
                let z = at.1 + scene.rng.random_range(-spread..spread) * 0.85;
                let r = size * scene.rng.random_range(0.008..0.035);
                camera.ground(&blob((x, z), r, r, 0.25, scene.rng), -depth)
            })
            .collect();
        scene.canvas.fill_all(&stones, scene.tone(ink(tone), at.1).alpha(0.35 + share));
    }
    if water {
        let pool = camera.ground(&shrink(&rim, at, 0.9), -depth * 0.5);
        let (sky, low) = scene.light.sky();
        let (far, near) = (camera.see((at.0, 0.0, at.1 + size * 0.5)), camera.see((at.0, 0.0, at.1 - size * 0.5)));
        scene.canvas.fade(&pool, (far, low.lit(0.86)), (near, sky.lit(0.55)));
        for ring in 1..4 {
            let r = size * 0.09 * ring as f32;
            let ripple = camera.ground(&ellipse((at.0 - size * 0.08, at.1 + size * 0.05), r, r), -depth * 0.5);
            scene.canvas.line(&ripple, 1.4, ink(0xffffff).alpha(0.25));
        }
    }
    scene.canvas.unclip();
    // The far lip catches the light, cracks run out of the near one.
    let lip: Vec<Xy> = edge.iter().copied().filter(|p| p.1 < camera.see((at.0, 0.0, at.1)).1).collect();
    let middle = camera.see((at.0, 0.0, at.1));
    let mut lip = lip;
    lip.sort_by(|a, b| a.0.total_cmp(&b.0));
    scene.canvas.line(&lip, (5.0 / at.1).clamp(1.0, 4.0), ink(0x151414).alpha(0.55));
    for _ in 0..7 {
        let start = edge[scene.rng.random_range(0..edge.len())];
        let away = ((start.0 - middle.0) * 0.14, (start.1 - middle.1) * 0.14);
        let crack: Vec<Xy> = (0..7)
            .map(|step| {
                let step = step as f32;
                let jitter = (away.0.hypot(away.1)).max(2.0) * 0.35;
                (
                    start.0 + away.0 * step * 0.7 + scene.rng.random_range(-jitter..jitter),
                    start.1 + away.1 * step * 0.7 + scene.rng.random_range(-jitter..jitter) * 0.5,
                )
            })
            .collect();
        scene.canvas.line(&crack, (4.0 / at.1).clamp(0.8, 2.6), ink(0x222120).alpha(0.7));
    }
    for _ in 0..26 {
        let angle = scene.rng.random_range(0.0..std::f32::consts::TAU);
        let far = size * scene.rng.random_range(0.52..0.95);
        let r = size * scene.rng.random_range(0.008..0.028);
        let grit = (at.0 + angle.cos() * far, at.1 + angle.sin() * far * 0.8);
        let grit = camera.ground(&blob(grit, r, r, 0.3, scene.rng), 0.0);
        scene.canvas.fill(&grit, scene.tone(ink(0x3a3836), at.1));
    }
}

/// A pothole (or several) in a street.
pub fn potholes_in_street(rng: &mut ChaCha8Rng, light: Light, holes: &[(f32, f32, f32)], car: u32) -> Canvas {
    let mut scene = Scene::new(Camera::along(-0.6, 640.0), light, rng);
    scene.street();
    scene.tree(5.2, 24.0, 3.4);
    scene.tree(-5.2, 34.0, 3.6);
    scene.car(1.0, 15.0, car);
    scene.car(-1.0, 26.0, 0xd6d8da);
    for &(x, z, size) in holes {
        hole(&mut scene, (x, z), size, light == Light::Grey);
    }
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

fn tarmac(scene: &mut Scene<'_>, tar: u32) {
    let tar = scene.tone(ink(tar), 1.0);
    scene.canvas.fade(&rect(0.0, 0.0, 1200.0, 900.0), ((200.0, 0.0), tar.lit(1.14)), ((900.0, 900.0), tar.lit(0.86)));
    scene.speckle((-2.1, 2.1), (1.0, 3.1), 9000, 0.011);
}

/// A pothole full of water, seen from above.
pub fn pothole_close(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera::down(), Light::Grey, rng);
    tarmac(&mut scene, 0x686a6d);
    hole(&mut scene, (0.05, 1.65), 1.15, true);
    // A boot gives the size.
    let shoe = scene.camera.ground(&blob((-0.55, 1.16), 0.055, 0.15, 0.04, scene.rng), 0.0);
    scene.canvas.fill(&shoe.iter().map(|p| (p.0 + 8.0, p.1 + 8.0)).collect::<Vec<_>>(), ink(0x111111).alpha(0.4));
    scene.canvas.fill(&shoe, ink(0x5b3a24));
    let lace = scene.camera.see((-0.55, 0.0, 1.2));
    for row in 0..4 {
        let y = lace.1 + row as f32 * 16.0;
        scene.canvas.line(&[(lace.0 - 18.0, y), (lace.0 + 18.0, y + 4.0)], 4.0, ink(0xe8dcc0));
    }
    scene.canvas.grain(0.055, scene.rng);
    scene.canvas
}

/// A crack along the road with its edges crumbling.
pub fn cracked_road(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera::down(), Light::Day, rng);
    tarmac(&mut scene, 0x747373);
    let (a, b) = (scene.camera.see((0.75, 0.0, 0.95)), scene.camera.see((0.75, 0.0, 3.4)));
    scene.canvas.line(&[a, b], 46.0, ink(0xe9e6da).alpha(0.85));
    for _ in 0..120 {
        let (x, z) = (0.75 + scene.rng.random_range(-0.05..0.05), scene.rng.random_range(1.0..3.2));
        let chip = scene.camera.ground(&blob((x, z), 0.012, 0.012, 0.3, scene.rng), 0.0);
        scene.canvas.fill(&chip, ink(0x66666a).alpha(0.8));
    }
    // Alligator cracking: cells whose corners all wander the same way.
    let shift: Vec<Vec<Xy>> = (0..13)
        .map(|_| (0..12).map(|_| (scene.rng.random_range(-0.06..0.06), scene.rng.random_range(-0.06..0.06))).collect())
        .collect();
    let corner = |column: usize, row: usize| {
        let (dx, dz) = shift[column][row];
        (-0.95 + column as f32 * 0.13 + dx, 1.0 + row as f32 * 0.18 + dz)
    };
    for column in 0..12 {
        for row in 0..11 {
            for (to_column, to_row) in [(column + 1, row), (column, row + 1)] {
                let heart = (column as f32 - 5.5).hypot(row as f32 - 5.0);
                if scene.rng.random_bool(f64::from((1.15 - heart / 7.0).clamp(0.0, 1.0)))
                    && to_column < 13
                    && to_row < 12
                {
                    let (a, b) = (corner(column, row), corner(to_column, to_row));
                    let bend = ((a.0 + b.0) * 0.5 + 0.015, (a.1 + b.1) * 0.5 - 0.012);
                    let crack = scene.camera.ground(&[a, bend, b], 0.0);
                    scene.canvas.line(&crack, scene.rng.random_range(2.0..6.0), ink(0x1f1e1d).alpha(0.85));
                }
            }
        }
    }
    hole(&mut scene, (-0.25, 1.9), 0.42, false);
    scene.canvas.grain(0.055, scene.rng);
    scene.canvas
}

/// A slab of the pavement with its four corners (X, Z).
fn slab(scene: &mut Scene<'_>, corners: [Xy; 4], lift: f32, paint: Ink) {
    let top: Vec<Xy> = corners
        .iter()
        .enumerate()
        .map(|(n, (x, z))| scene.camera.see((*x, if n == 1 || n == 2 { lift } else { 0.0 }, *z)))
        .collect();
    scene.canvas.fade(&top, (top[1], paint.lit(1.05)), (top[3], paint.lit(0.95)));
}

/// Paving slabs: one cracked through, one lifted by a root.
pub fn broken_slabs(rng: &mut ChaCha8Rng, lifted: bool) -> Canvas {
    let mut scene = Scene::new(Camera::down(), Light::Day, rng);
    scene.canvas.fill(&rect(0.0, 0.0, 1200.0, 900.0), scene.tone(ink(0x55504a), 1.0));
    let (side, gap) = (0.6, 0.012);
    let mut cracked = Vec::new();
    for row in 0..5 {
        for column in -4..4_i32 {
            let stagger = if row % 2 == 0 { 0.0 } else { 0.3 };
            let (x, z) = (column as f32 * side + stagger, 0.85 + row as f32 * 0.5);
            let paint =
                ink(0xb0aaa0).mix(ink(0x9a9188), scene.rng.random::<f32>()).lit(scene.rng.random_range(0.92..1.06));
            let paint = scene.tone(paint, 1.0);
            let corners = [
                (x + gap, z + gap),
                (x + gap, z + 0.5 - gap),
                (x + side - gap, z + 0.5 - gap),
                (x + side - gap, z + gap),
            ];
            let worst = row == 1 && (-1..=0).contains(&column) || row == 2 && column == -1;
            if worst && lifted {
                let shadow = scene.camera.ground(&corners, 0.0);
                scene.canvas.fill(&shadow, ink(0x1c1815));
                slab(&mut scene, corners, 0.07, paint.lit(1.1));
            } else {
                slab(&mut scene, corners, 0.0, paint);
            }
            if worst {
                cracked.push(corners);
            }
        }
    }
    scene.speckle((-2.0, 2.0), (1.0, 3.2), 2500, 0.006);
    for corners in cracked {
        let (x0, x1, z0, z1) = (corners[0].0, corners[2].0, corners[0].1, corners[1].1);
        for _ in 0..3 {
            let (from, to) = ((scene.rng.random_range(x0..x1), z1), (scene.rng.random_range(x0..x1), z0));
            let crack: Vec<Xy> = (0..10)
                .map(|step| {
                    let share = step as f32 / 9.0;
                    let wander = scene.rng.random_range(-0.025..0.025);
                    (from.0 + (to.0 - from.0) * share + wander, from.1 + (to.1 - from.1) * share)
                })
                .collect();
            let crack = scene.camera.ground(&crack, 0.0);
            scene.canvas.line(&crack, scene.rng.random_range(3.0..7.0), ink(0x2a2622).alpha(0.9));
        }
        if !lifted {
            let chip = ((x0 + x1) * 0.5 + 0.1, z0 + 0.06);
            let chip = scene.camera.ground(&blob(chip, 0.13, 0.07, 0.25, scene.rng), 0.0);
            scene.canvas.fill(&chip, scene.tone(ink(0x4a3f35), 1.0));
        }
    }
    weeds(&mut scene);
    scene.canvas.grain(0.05, scene.rng);
    scene.canvas
}

fn weeds(scene: &mut Scene<'_>) {
    for _ in 0..14 {
        let (x, z) = (scene.rng.random_range(-1.2..1.2), 0.85 + 0.5 * scene.rng.random_range(1..4) as f32);
        let root = scene.camera.see((x, 0.0, z));
        for _ in 0..9 {
            let tip = (root.0 + scene.rng.random_range(-26.0..26.0), root.1 - scene.rng.random_range(8.0..34.0));
            let bend = ((root.0 + tip.0) * 0.5 + scene.rng.random_range(-5.0..5.0), (root.1 + tip.1) * 0.5 - 6.0);
            let leaf = ink(0x567a3a).lit(scene.rng.random_range(0.75..1.25) * scene.light.strength());
            scene.canvas.curve(&[root, bend, tip], 3.2, leaf);
        }
    }
}

fn grate(scene: &mut Scene<'_>, at: Xy, half: f32) {
    let corner = |dx: f32, dz: f32| (at.0 + dx * half, at.1 + dz * half);
    let frame = scene.camera.ground(&[corner(-1.1, -1.1), corner(-1.1, 1.1), corner(1.1, 1.1), corner(1.1, -1.1)], 0.0);
    scene.canvas.fill(&frame, scene.tone(ink(0x3c3f44), at.1));
    for bar in 0..7 {
        let dx = -0.85 + bar as f32 * 0.283;
        let slot = scene.camera.ground(
            &[corner(dx - 0.07, -0.88), corner(dx - 0.07, 0.88), corner(dx + 0.07, 0.88), corner(dx + 0.07, -0.88)],
            0.0,
        );
        scene.canvas.fill(&slot, ink(0x08090b));
    }
}

/// A gully choked with leaves, from above.
pub fn blocked_gully(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera::down(), Light::Grey, rng);
    tarmac(&mut scene, 0x5d6063);
    let kerb = scene.camera.ground(&[(0.72, 0.8), (0.72, 3.6), (2.4, 3.6), (2.4, 0.8)], 0.0);
    scene.canvas.fade(&kerb, (kerb[0], scene.tone(ink(0xb4afa5), 1.0)), (kerb[2], scene.tone(ink(0x9a958b), 1.0)));
    let edge = scene.camera.ground(&[(0.66, 0.8), (0.66, 3.6), (0.74, 3.6), (0.74, 0.8)], 0.0);
    scene.canvas.fill(&edge, scene.tone(ink(0x77736b), 1.0));
    let pool = scene.camera.ground(&blob((0.15, 1.75), 0.62, 0.75, 0.12, scene.rng), 0.0);
    scene.canvas.fade(&pool, (pool[54], ink(0x9fabb1)), (pool[18], ink(0x4b565c)));
    grate(&mut scene, (0.32, 1.7), 0.3);
    leaves(&mut scene, (0.3, 1.7), 0.55, 380);
    scene.canvas.grain(0.05, scene.rng);
    scene.canvas
}

/// Fallen leaves around (x, z).
pub fn leaves(scene: &mut Scene<'_>, at: Xy, spread: f32, count: usize) {
    for _ in 0..count {
        let angle = scene.rng.random_range(0.0..std::f32::consts::TAU);
        let far = spread * scene.rng.random::<f32>().powf(0.7);
        let (x, z) = (at.0 + angle.cos() * far, at.1 + angle.sin() * far);
        let (length, turn) = (scene.rng.random_range(0.025..0.055), scene.rng.random_range(0.0..std::f32::consts::TAU));
        let (sin, cos) = turn.sin_cos();
        let leaf: Vec<Xy> = [(-1.0, 0.0), (-0.3, 0.42), (0.4, 0.36), (1.0, 0.0), (0.4, -0.36), (-0.3, -0.42)]
            .iter()
            .map(|(u, v)| (x + length * (u * cos - v * sin), z + length * (u * sin + v * cos)))
            .collect();
        let paint = [0x9a5a22, 0xb9812f, 0x6e4a22, 0x7c6b2c, 0x5a3a1c][scene.rng.random_range(0..5)];
        let leaf = scene.camera.ground(&leaf, 0.0);
        let paint = scene.tone(ink(paint), at.1);
        scene.canvas.fill(&leaf, paint);
        scene.canvas.line(&[leaf[0], leaf[3]], 0.8, paint.lit(0.7));
    }
}

/// A road under water from kerb to kerb.
pub fn flooded_street(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera::along(0.4, 560.0), Light::Grey, rng);
    scene.street();
    scene.tree(-5.2, 22.0, 3.4);
    scene.car(1.0, 19.0, 0x4a6076);
    let mut outline = vec![(-3.5, 3.0)];
    outline.extend((0..=14).map(|n| (-3.5 + n as f32 * 0.5, 15.5 + (n as f32 * 1.3).sin() * 0.8)));
    outline.extend((0..=14).map(|n| (3.5 - n as f32 * 0.5, 3.2 + (n as f32 * 0.9).sin() * 0.45)));
    let pool = scene.camera.ground(&outline, 0.04);
    let (sky, low) = scene.light.sky();
    scene.canvas.fade(&pool, ((600.0, 460.0), low), ((600.0, 860.0), sky.lit(0.62)));
    scene.canvas.clip(&pool);
    // Blurred reflections of the houses, and ripples.
    for n in 0..12 {
        let x = n as f32 * 110.0 + scene.rng.random_range(-30.0..30.0);
        let paint = ink(0x8b6653).mix(ink(0x6d7a80), scene.rng.random::<f32>());
        scene.canvas.fill(&rect(x, 420.0, scene.rng.random_range(30.0..70.0), 330.0), paint.alpha(0.16));
    }
    for _ in 0..90 {
        let z = scene.rng.random_range(3.2..14.0_f32);
        let x = scene.rng.random_range(-3.4..3.2);
        let half = scene.rng.random_range(0.1..0.45);
        let ripple = scene.camera.ground(&[(x - half, z), (x, z + 0.03), (x + half, z)], 0.04);
        scene.canvas.curve(&ripple, (7.0 / z).clamp(0.8, 2.2), ink(0xf2f6f8).alpha(0.4));
    }
    scene.canvas.unclip();
    grate(&mut scene, (3.0, 2.75), 0.22);
    leaves(&mut scene, (2.7, 3.3), 0.6, 90);
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}

/// The same kind of street with a fresh square patch: what "fixed" looks like.
pub fn fresh_patch(rng: &mut ChaCha8Rng) -> Canvas {
    let mut scene = Scene::new(Camera::along(-0.6, 640.0), Light::Day, rng);
    scene.street();
    scene.tree(5.2, 24.0, 3.4);
    scene.car(1.0, 17.0, 0x8c2f33);
    let patch = scene.camera.ground(&[(-1.9, 3.3), (-1.9, 5.4), (0.1, 5.4), (0.1, 3.3)], 0.0);
    scene.canvas.fill(&patch, ink(0x2f3033));
    scene.canvas.clip(&patch);
    scene.speckle((-1.9, 0.1), (3.3, 5.4), 900, 0.012);
    scene.canvas.unclip();
    let mut seam = patch.clone();
    seam.extend(patch.first().copied());
    scene.canvas.line(&seam, 5.0, ink(0x17181a));
    scene.canvas.grain(0.045, scene.rng);
    scene.canvas
}
