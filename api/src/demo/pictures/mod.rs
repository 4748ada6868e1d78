//! The demo's photos, drawn by code: a street in perspective with something wrong in it.

mod canvas;
mod roads;
mod rubbish;
mod street;
mod things;

use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use canvas::Canvas;
use rubbish::Dumped;
use street::Light;

/// What a picture shows, so that it goes with the words of its report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A hole in the road.
    Pothole,
    /// A road surface breaking up.
    CrackedRoad,
    /// Broken paving.
    Paving,
    /// A lamp that is dark or flickers.
    DarkLamp,
    /// A lamp that burns by day.
    DayLamp,
    /// A lamp post hit by something.
    LeaningLamp,
    /// Bags and litter.
    Bags,
    /// Furniture and large things.
    Furniture,
    /// Paint on a wall.
    Graffiti,
    /// A sign out of true.
    BentSign,
    /// Road markings gone.
    WornPaint,
    /// A gully choked with leaves.
    Gully,
    /// Water over the road.
    Flood,
    /// A branch on the ground.
    Branch,
    /// A hedge over the pavement.
    Hedge,
    /// A broken bench.
    Bench,
    /// A road mended.
    Mended,
    /// A pavement cleared.
    Cleared,
}

type Draw = fn(&mut ChaCha8Rng) -> Canvas;

/// Every picture there is: what it shows, and how it is drawn.
const PICTURES: &[(Subject, Draw)] = &[
    (Subject::Pothole, |rng| roads::potholes_in_street(rng, Light::Day, &[(-0.9, 4.2, 1.5)], 0x2f5d8a)),
    (Subject::Pothole, |rng| {
        roads::potholes_in_street(rng, Light::Grey, &[(0.7, 6.6, 1.1), (-1.1, 3.9, 1.4)], 0xa33b32)
    }),
    (Subject::Pothole, roads::pothole_close),
    (Subject::Pothole, |rng| {
        let holes = [(-2.4, 9.5, 0.9), (-2.1, 7.2, 1.0), (-1.8, 5.4, 0.8), (-1.7, 3.8, 1.0)];
        roads::potholes_in_street(rng, Light::Day, &holes, 0x3a3f47)
    }),
    (Subject::CrackedRoad, roads::cracked_road),
    (Subject::Paving, |rng| roads::broken_slabs(rng, false)),
    (Subject::Paving, |rng| roads::broken_slabs(rng, true)),
    (Subject::DarkLamp, |rng| things::dark_lamp(rng, false)),
    (Subject::DarkLamp, |rng| things::dark_lamp(rng, true)),
    (Subject::DayLamp, |rng| things::leaning_lamp(rng, true)),
    (Subject::LeaningLamp, |rng| things::leaning_lamp(rng, false)),
    (Subject::Bags, |rng| rubbish::dumped(rng, Light::Grey, Dumped::Bags)),
    (Subject::Furniture, |rng| rubbish::dumped(rng, Light::Day, Dumped::Sofa)),
    (Subject::Furniture, |rng| rubbish::dumped(rng, Light::Grey, Dumped::Fridge)),
    (Subject::Graffiti, |rng| things::painted_wall(rng, Light::Day, 0xb0664c, [0x1f7a8c, 0xd94f70, 0xf2c14e])),
    (Subject::Graffiti, |rng| things::painted_wall(rng, Light::Grey, 0xc9b79b, [0x2b2b33, 0x2f9e6e, 0x5f7fe0])),
    (Subject::BentSign, |rng| things::bent_sign(rng, Light::Day, false)),
    (Subject::BentSign, |rng| things::bent_sign(rng, Light::Grey, true)),
    (Subject::WornPaint, things::worn_crossing),
    (Subject::Gully, roads::blocked_gully),
    (Subject::Flood, roads::flooded_street),
    (Subject::Branch, |rng| things::fallen_branch(rng, Light::Grey)),
    (Subject::Hedge, things::overgrown_hedge),
    (Subject::Bench, things::broken_bench),
    (Subject::Mended, roads::fresh_patch),
    (Subject::Cleared, rubbish::cleared_pavement),
];

/// How many pictures there are.
pub const COUNT: usize = PICTURES.len();

/// What picture `number` shows; `None` past the last.
pub fn subject(number: usize) -> Option<Subject> {
    PICTURES.get(number).map(|picture| picture.0)
}

/// Draws picture `number`, the same every time; `None` past the last.
pub fn draw(number: usize) -> Option<RgbImage> {
    let (_, draw) = PICTURES.get(number)?;
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    Some(draw(&mut rng).into_image())
}
