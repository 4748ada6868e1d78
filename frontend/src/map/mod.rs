//! Everything that touches Leaflet, behind a small API: [`MapView`] draws a map, [`MapHandle`] moves it, [`Pins`] shows
//! reports on it. Positions cross this border as [`LonLat`] in degrees only.

mod base_map;
mod handle;
mod icons;
mod live;
mod mark_layer;
mod marks;
mod members;
pub mod open_cluster;
mod outline;
mod pick;
mod pin_tiles;
mod pins;
pub mod sketch;
mod small;
mod streets;
mod streets_draw;
mod view;

pub use handle::{MapHandle, View};
pub use outline::Outline;
pub use pick::PickMap;
pub use pins::{PinEvents, Pins, now};
pub use small::SmallMap;
pub use view::MapView;
