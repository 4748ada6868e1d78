//! The street the pictures are taken in, built in metres and seen through a pinhole camera.
//!
//! `X` runs to the right from the middle of the road, `Y` up from the carriageway, `Z` away from the camera.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, HEIGHT, Ink, WIDTH, Xy, blob, ellipse, ink, rect};

/// A point in the street in metres: right, up, away.
pub type Xyz = (f32, f32, f32);

/// Where the picture is taken from.
#[derive(Debug, Clone, Copy)]
pub struct Camera {
    /// Pixels a metre covers at a distance of one metre.
    pub focal: f32,
    /// Row of the horizon in pixels; above the picture when looking down.
    pub horizon: f32,
    /// Column of the vanishing point in pixels.
    pub middle: f32,
    /// Metres to the right of the middle of the road.
    pub x: f32,
    /// Height of the lens in metres.
    pub height: f32,
}

impl Camera {
    /// Along the street, from `x` metres right of the middle.
    pub const fn along(x: f32, middle: f32) -> Self {
        Self { focal: 860.0, horizon: 370.0, middle, x, height: 1.6 }
    }

    /// Down at the ground a step ahead.
    pub const fn down() -> Self {
        Self { focal: 1000.0, horizon: -560.0, middle: 600.0, x: 0.0, height: 1.6 }
    }

    /// Where a point of the street shows on the picture.
    pub fn see(&self, (x, y, z): Xyz) -> Xy {
        let scale = self.focal / z.max(0.4);
        (self.middle + (x - self.x) * scale, self.horizon + (self.height - y) * scale)
    }

    /// Several points.
    pub fn see_all(&self, points: &[Xyz]) -> Vec<Xy> {
        points.iter().map(|point| self.see(*point)).collect()
    }

    /// A flat shape on the ground, given as (X, Z) pairs at height `y`.
    pub fn ground(&self, outline: &[Xy], y: f32) -> Vec<Xy> {
        outline.iter().map(|(x, z)| self.see((*x, y, *z))).collect()
    }
}

/// What light the picture is taken in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Light {
    /// A bright day.
    Day,
    /// A grey, wet day.
    Grey,
    /// After sunset.
    Dusk,
}

impl Light {
    /// The sky's colour at the top and at the horizon.
    pub fn sky(self) -> (Ink, Ink) {
        match self {
            Self::Day => (ink(0x7fb2dd), ink(0xe6eff2)),
            Self::Grey => (ink(0x98a5af), ink(0xd3d9dc)),
            Self::Dusk => (ink(0x1d2747), ink(0xd98f66)),
        }
    }

    /// How bright painted things are.
    pub const fn strength(self) -> f32 {
        match self {
            Self::Day => 1.0,
            Self::Grey => 0.86,
            Self::Dusk => 0.38,
        }
    }
}

const BRICK: [u32; 8] = [0xa9654c, 0x9a5a46, 0xb98063, 0xd8cbb4, 0xe3ddd0, 0xb7a58c, 0x8f6a5a, 0xc7d0cf];
const DOORS: [u32; 6] = [0x1f4e6b, 0x7b2d2d, 0x2f5d46, 0x3a3a44, 0xb9893a, 0x5a4a78];

/// A street and the light and place it is seen from.
pub struct Scene<'a> {
    /// What is drawn on.
    pub canvas: Canvas,
    /// From where.
    pub camera: Camera,
    /// In which light.
    pub light: Light,
    /// Chance, the same in every run.
    pub rng: &'a mut ChaCha8Rng,
}

impl<'a> Scene<'a> {
    /// An empty scene.
    pub fn new(camera: Camera, light: Light, rng: &'a mut ChaCha8Rng) -> Self {
        Self { canvas: Canvas::new(), camera, light, rng }
    }

    /// A colour as it looks `z` metres away in this light.
    pub fn tone(&self, paint: Ink, z: f32) -> Ink {
        let haze = self.light.sky().1;
        paint.lit(self.light.strength()).mix(haze, ((z - 8.0) / 140.0).clamp(0.0, 0.75))
    }

    /// Sky, houses on both sides, road and pavements.
    pub fn street(&mut self) {
        self.sky();
        self.terrace(-1.0);
        self.terrace(1.0);
        self.carriageway();
    }

    /// Sky and clouds.
    pub fn sky(&mut self) {
        let (top, low) = self.light.sky();
        let all = rect(0.0, 0.0, WIDTH as f32, HEIGHT as f32);
        self.canvas.fade(&all, ((0.0, 0.0), top), ((0.0, self.camera.horizon.max(1.0)), low));
        for _ in 0..7 {
            let at = (self.rng.random_range(0.0..WIDTH as f32), self.rng.random_range(20.0..260.0));
            let radius = self.rng.random_range(120.0..300.0);
            let cloud = if self.light == Light::Dusk { ink(0xf3b58c).alpha(0.22) } else { ink(0xffffff).alpha(0.5) };
            self.canvas.glow(at, radius, 0.22, cloud);
        }
        let far = self.tone(ink(0x6d8a6b), 90.0);
        let (x, y) = (self.camera.middle, self.camera.horizon + 6.0);
        let hill = blob((x, y), 420.0, 46.0, 0.2, self.rng);
        self.canvas.fill(&hill, far);
    }

    /// A row of houses on one side: -1 left, 1 right.
    pub fn terrace(&mut self, side: f32) {
        let mut starts = vec![2.4_f32];
        while let Some(last) = starts.last().copied().filter(|z| *z < 95.0) {
            starts.push(last + self.rng.random_range(4.6..6.2));
        }
        let eaves = self.rng.random_range(5.2..5.9);
        let houses: Vec<(f32, f32)> = starts.windows(2).map(|pair| (pair[0], pair[1])).collect();
        for (near, far) in houses.into_iter().rev() {
            self.house(side, near, far, eaves);
        }
        // The garden walls stand in front of all houses.
        let stone = ink(*[0x9d8a78, 0x8b5e4c, 0xa9a69c].choose(self.rng).unwrap_or(&0x9d8a78));
        let (x, near, far) = (side * 6.0, 1.2, 95.0);
        let wall = self.camera.see_all(&[(x, 0.1, near), (x, 0.95, near), (x, 0.95, far), (x, 0.1, far)]);
        let (close, away) = (self.tone(stone.lit(0.82), near), self.tone(stone, 60.0));
        self.canvas.fade(&wall, (wall[0], close), ((self.camera.middle, wall[2].1), away));
        let cap = [(x, 0.95, near), (x, 1.03, near), (x, 1.03, far), (x, 0.95, far)];
        let cap = self.camera.see_all(&cap);
        self.canvas.fill(&cap, self.tone(stone.lit(1.2), 4.0));
    }

    fn house(&mut self, side: f32, near: f32, far: f32, eaves: f32) {
        let face = side * 8.6;
        let brick = ink(*BRICK.choose(self.rng).unwrap_or(&BRICK[0]));
        let shade = if side < 0.0 { 1.0 } else { 0.84 };
        let wall = self.tone(brick.lit(shade), near);
        let slate = ink(0x5b5f69).lit(self.rng.random_range(0.85..1.15));
        let roof = self.tone(slate, near);
        let ridge = (side * 12.2, eaves + 2.6);
        let roof_shape = [(face, eaves, near), (ridge.0, ridge.1, near), (ridge.0, ridge.1, far), (face, eaves, far)];
        let roof_shape = self.camera.see_all(&roof_shape);
        self.canvas.fill(&roof_shape, roof);
        let stack_z = far - 0.5;
        let stack = [(ridge.0, ridge.1 - 0.3), (ridge.0, ridge.1 + 1.1)];
        let stack = [
            (stack[0].0, stack[0].1, stack_z - 0.9),
            (stack[1].0, stack[1].1, stack_z - 0.9),
            (stack[1].0, stack[1].1, stack_z),
            (stack[0].0, stack[0].1, stack_z),
        ];
        let stack = self.camera.see_all(&stack);
        self.canvas.fill(&stack, wall.lit(0.85));
        let front = [(face, 0.0, near), (face, eaves, near), (face, eaves, far), (face, 0.0, far)];
        let front = self.camera.see_all(&front);
        self.canvas.fade(&front, (front[1], wall.lit(1.06)), (front[0], wall.lit(0.9)));
        self.canvas.line(&[front[1], front[2]], (26.0 / near).clamp(1.0, 6.0), roof.lit(0.8));
        let width = far - near;
        let lit = self.light == Light::Dusk;
        for (from, to, low, high) in [(0.12, 0.38, 0.9, 2.4), (0.12, 0.38, 3.3, 4.7), (0.62, 0.86, 3.3, 4.7)] {
            let glass = match lit && self.rng.random_bool(0.55) {
                true => ink(0xf2c879).lit(self.rng.random_range(0.8..1.05)),
                false => self.tone(ink(0x5d7486), near),
            };
            let frame = self.tone(ink(0xf2f0ea), near);
            self.opening(face, (near + width * from, near + width * to), (low, high), (frame, glass));
        }
        let door = ink(*DOORS.choose(self.rng).unwrap_or(&DOORS[0]));
        let door = self.tone(door, near);
        let frame = self.tone(ink(0xe8e4da), near);
        self.opening(face, (near + width * 0.64, near + width * 0.84), (0.15, 2.3), (frame, door));
    }

    fn opening(&mut self, face: f32, (near, far): (f32, f32), (low, high): (f32, f32), (frame, fill): (Ink, Ink)) {
        let quad = |inset: f32, camera: &Camera| {
            let (near, far, low, high) = (near + inset, far - inset, low + inset, high - inset);
            camera.see_all(&[(face, low, near), (face, high, near), (face, high, far), (face, low, far)])
        };
        let (outer, inner) = (quad(-0.08, &self.camera), quad(0.0, &self.camera));
        self.canvas.fill(&outer, frame);
        self.canvas.fade(&inner, (inner[1], fill.lit(1.12)), (inner[3], fill.lit(0.9)));
    }

    /// Road, kerbs, pavements and the dashed line in the middle.
    pub fn carriageway(&mut self) {
        let (near, far) = (1.3, 160.0);
        let wet = self.light == Light::Grey;
        let flat = |x0: f32, x1: f32, y: f32| [(x0, y, near), (x0, y, far), (x1, y, far), (x1, y, near)];
        for side in [-1.0_f32, 1.0] {
            let slabs = self.camera.see_all(&flat(side * 3.6, side * 6.1, 0.12));
            let (close, away) = (self.tone(ink(0xb3aea4), 2.0), self.tone(ink(0xb9b5ad), 60.0));
            self.canvas.fade(&slabs, ((600.0, 900.0), close), ((600.0, self.camera.horizon), away));
            let joint = self.tone(ink(0x8d887f), 4.0).alpha(0.7);
            for row in 0..26 {
                let z = 1.6 + row as f32 * 0.9;
                let line = self.camera.see_all(&[(side * 3.75, 0.12, z), (side * 6.0, 0.12, z)]);
                self.canvas.line(&line, (5.0 / z).clamp(0.4, 2.4), joint);
            }
            for column in [4.5_f32, 5.25] {
                let line = self.camera.see_all(&[(side * column, 0.12, 1.4), (side * column, 0.12, 40.0)]);
                self.canvas.line(&line, 1.2, joint.alpha(0.4));
            }
        }
        let road = self.camera.see_all(&flat(-3.5, 3.5, 0.0));
        let tar = if wet { ink(0x565b61) } else { ink(0x6a6b6d) };
        let (close, away) = (self.tone(tar.lit(0.92), 2.0), self.tone(tar.lit(1.25), 70.0));
        self.canvas.fade(&road, ((600.0, 900.0), close), ((600.0, self.camera.horizon), away));
        self.canvas.clip(&road);
        self.speckle((-3.5, 3.5), (1.4, 16.0), 2600, 0.012);
        for _ in 0..3 {
            let (x, z) = (self.rng.random_range(-3.0..3.0), self.rng.random_range(5.0..22.0));
            let (w, l) = (self.rng.random_range(0.5..1.2), self.rng.random_range(1.0..3.0));
            let patch = self.camera.ground(&[(x - w, z - l), (x - w, z + l), (x + w, z + l), (x + w, z - l)], 0.0);
            self.canvas.fill(&patch, self.tone(ink(0x4b4c50), z).alpha(0.35));
        }
        if wet {
            self.canvas.glow((self.camera.middle, 620.0), 420.0, 0.6, ink(0xe3e9ec).alpha(0.16));
        }
        self.canvas.unclip();
        for side in [-1.0_f32, 1.0] {
            let kerb = flat(side * 3.5, side * 3.68, 0.12);
            let stone = self.camera.see_all(&kerb);
            self.canvas.fill(&stone, self.tone(ink(0xcac6bd), 3.0));
            let x = side * 3.5;
            let edge = self.camera.see_all(&[(x, 0.0, near), (x, 0.12, near), (x, 0.12, far), (x, 0.0, far)]);
            self.canvas.fill(&edge, self.tone(ink(0x807c75), 3.0));
        }
        let mut z = 2.0;
        while z < 90.0 {
            let dash = self.camera.ground(&[(-0.06, z), (-0.06, z + 2.0), (0.06, z + 2.0), (0.06, z)], 0.0);
            self.canvas.fill(&dash, self.tone(ink(0xf0eee6), z).alpha(0.85));
            z += 5.0;
        }
    }

    /// Stones of many tones on the ground between two X and two Z, `size` metres across.
    pub fn speckle(&mut self, (x0, x1): Xy, (z0, z1): Xy, count: usize, size: f32) {
        for (tone, opacity) in [(0x2f3033, 0.35), (0x45464a, 0.4), (0x8b8c8e, 0.35), (0xb3b2ad, 0.3)] {
            let stones: Vec<Vec<Xy>> = (0..count / 4)
                .map(|_| {
                    // More of them near the camera, where they are large enough to see.
                    let share: f32 = self.rng.random::<f32>();
                    let (x, z) = (self.rng.random_range(x0..x1), z0 + (z1 - z0) * share * share);
                    let r = size * self.rng.random_range(0.4..1.3);
                    let stone = [(x - r, z), (x - r * 0.3, z + r), (x + r, z + r * 0.4), (x + r * 0.5, z - r)];
                    self.camera.ground(&stone, 0.0)
                })
                .collect();
            self.canvas.fill_all(&stones, ink(tone).lit(self.light.strength()).alpha(opacity));
        }
    }

    /// A soft shadow under something `half` metres to each side of (x, z) on the pavement.
    pub fn shadow(&mut self, x: f32, z: f32, half: f32) {
        let at = self.camera.see((x, 0.12, z));
        self.canvas.glow(at, half * 1.25 * self.camera.focal / z, 0.22, ink(0x000000).alpha(0.5));
    }

    /// A street tree: trunk at (x, z), crown `size` metres across.
    pub fn tree(&mut self, x: f32, z: f32, size: f32) {
        let trunk = [(x - 0.14, 0.1, z), (x - 0.09, 3.0, z), (x + 0.09, 3.0, z), (x + 0.14, 0.1, z)];
        let trunk = self.camera.see_all(&trunk);
        self.canvas.fill(&trunk, self.tone(ink(0x5a4638), z));
        let scale = self.camera.focal / z;
        for (part, leaf) in [(0x3f6638, 1.0), (0x4f7c42, 0.82), (0x6b9a52, 0.6)] {
            for _ in 0..5 {
                let dx = self.rng.random_range(-0.35..0.35) * size;
                let dy = self.rng.random_range(-0.25..0.35) * size - (1.0 - leaf) * 0.3;
                let centre = self.camera.see((x + dx, 4.2 + dy, z));
                let r = size * 0.36 * leaf * scale;
                let crown = blob(centre, r, r * 0.85, 0.13, self.rng);
                self.canvas.fill(&crown, self.tone(ink(part), z));
            }
        }
    }

    /// A parked car against the kerb: -1 left, 1 right.
    pub fn car(&mut self, side: f32, z: f32, paint: u32) {
        let paint = self.tone(ink(paint), z);
        let (inner, outer) = (side * 1.75, side * 3.35);
        let (back, front) = (z, z + 4.1);
        let shadow = self.camera.ground(&[(inner, back), (inner, front), (outer, front), (outer, back)], 0.0);
        self.canvas.fill(&shadow, ink(0x101014).alpha(0.45));
        let side_shape = [(0.3, back), (0.95, back), (1.0, back + 0.5), (0.98, front), (0.3, front)];
        let flank: Vec<Xy> = side_shape.iter().map(|(y, z)| self.camera.see((inner, *y, *z))).collect();
        self.canvas.fill(&flank, paint.lit(0.8));
        let roof_z = (back + 0.55, front - 1.5);
        let cabin = [
            (inner, 0.98, back + 0.1),
            (inner + side * 0.15, 1.45, roof_z.0),
            (inner + side * 0.15, 1.45, roof_z.1),
            (inner, 0.98, front - 0.9),
        ];
        let cabin = self.camera.see_all(&cabin);
        self.canvas.fill(&cabin, self.tone(ink(0x39454e), z));
        let rear = [(inner, 0.3, back), (inner, 0.98, back), (outer, 0.98, back), (outer, 0.3, back)];
        let rear = self.camera.see_all(&rear);
        self.canvas.fade(&rear, (rear[1], paint.lit(1.1)), (rear[0], paint.lit(0.85)));
        let glass = [
            (inner, 0.98, back + 0.05),
            (inner + side * 0.15, 1.45, roof_z.0),
            (outer - side * 0.15, 1.45, roof_z.0),
            (outer, 0.98, back + 0.05),
        ];
        let glass = self.camera.see_all(&glass);
        self.canvas.fill(&glass, self.tone(ink(0x4d5b66), z).lit(1.15));
        for x in [inner + side * 0.2, outer - side * 0.2] {
            let lamp = self.camera.see((x, 0.78, back));
            self.canvas.fill(&ellipse(lamp, 100.0 / z, 62.0 / z), self.tone(ink(0xb02a24), z));
            let tyre = self.camera.see_all(&[
                (x - 0.12, 0.0, back),
                (x - 0.12, 0.32, back),
                (x + 0.12, 0.32, back),
                (x + 0.12, 0.0, back),
            ]);
            self.canvas.fill(&tyre, ink(0x1a1b1d));
        }
        let plate = self.camera.see_all(&[
            (side * 2.3, 0.45, back),
            (side * 2.3, 0.56, back),
            (side * 2.8, 0.56, back),
            (side * 2.8, 0.45, back),
        ]);
        self.canvas.fill(&plate, self.tone(ink(0xe9c64a), z));
    }

    /// A lamp post at (x, z) that leans by `lean` metres at the top; returns where its lamp shows.
    pub fn lamp(&mut self, x: f32, z: f32, lean: f32) -> Xy {
        let reach = -x.signum() * 1.1;
        let points = [(x, 0.1, z), (x + lean * 0.5, 2.6, z), (x + lean, 5.2, z)];
        let post = self.camera.see_all(&points);
        let width = 0.13 * self.camera.focal / z;
        let steel = self.tone(ink(0x7d868c), z);
        self.canvas.line(&post, width, steel.lit(0.75));
        let bright: Vec<Xy> = post.iter().map(|p| (p.0 - width * 0.2, p.1)).collect();
        self.canvas.line(&bright, width * 0.35, steel.lit(1.25));
        let base = self.camera.see_all(&[(x, 0.1, z), (x + lean * 0.1, 0.9, z)]);
        self.canvas.line(&base, width * 1.7, steel.lit(0.7));
        let arm =
            [(x + lean, 5.2, z), (x + lean, 5.5, z), (x + lean + reach * 0.4, 5.75, z), (x + lean + reach, 5.7, z)];
        let arm = self.camera.see_all(&arm);
        self.canvas.curve(&arm, width * 0.7, steel.lit(0.8));
        let head = (x + lean + reach, 5.66, z);
        let shape = [
            (head.0 - 0.45, head.1 + 0.02, z),
            (head.0 - 0.3, head.1 + 0.16, z),
            (head.0 + 0.3, head.1 + 0.16, z),
            (head.0 + 0.45, head.1 + 0.02, z),
        ];
        let shape = self.camera.see_all(&shape);
        self.canvas.fill(&shape, steel.lit(0.6));
        self.camera.see((head.0, head.1 - 0.02, z))
    }
}
