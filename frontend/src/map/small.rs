//! A still map with one pin, for the page of a report.

use leaflet::{Marker, MarkerOptions};
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::workflow::StatusGroup;

use super::handle::lat_lng;
use super::{MapHandle, MapView, icons};
use crate::state::config::use_config;

/// Zoom at which one knows the street and its neighbours.
const ZOOM: u8 = 17;

/// A still map around one report.
#[component]
pub fn SmallMap(
    /// Where.
    location: LonLat,
    /// Colour and shape of the pin.
    group: StatusGroup,
    /// What screen readers are told it shows.
    label: &'static str,
) -> impl IntoView {
    let config = use_config();
    let mark = move |map: MapHandle| {
        let options = MarkerOptions::new();
        options.set_icon(icons::pin(group));
        options.set_interactive(false);
        options.set_keyboard(false);
        Marker::new_with_options(&lat_lng(location), &options).add_to(map.leaflet());
    };
    move || {
        config.get().map(|config| {
            view! { <MapView label=label config=config.map start=(location, ZOOM) interactive=false on_ready=mark /> }
        })
    }
}
