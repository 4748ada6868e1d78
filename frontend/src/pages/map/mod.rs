//! `/map`: reports on a map, and the same reports in a list beside it. The address holds what is shown, so that back,
//! forward, reload and sharing all work.

mod chosen;
mod crowd;
mod filters;
mod list;
pub mod over;
mod selected;

use leptos::html::H2;
use leptos::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::config::PublicConfig;
use mendmap_shared::wire::map::LiveReport;
use mendmap_shared::wire::places::Place;

use crate::api::Query;
use crate::components::{Fetched, LocateButton, Notice, Page, PlaceSearch};
use crate::i18n::t;
use crate::map::{MapHandle, MapView, PinEvents, Pins, View};
use crate::router::{EMBED, is_embedded, use_path};
use crate::state::config::use_config;
use crate::state::filters::{MapAddress, use_map_address};
use filters::Filters;
use list::List;
use over::Over;

/// Zoom at which the map opens around a place.
const PLACE_ZOOM: u8 = 16;

/// The page.
#[component]
pub fn MapPage() -> impl IntoView {
    let config = use_config();
    let words = t().map;
    let (address, _) = use_map_address();
    let title = move || {
        let place = address.with(|address| address.place.clone());
        if place.is_empty() { words.title.to_owned() } else { (words.title_at)(&place) }
    };
    view! {
        <Page title=Signal::derive(title) class="map-page" hide_title=true>
            <Fetched resource=config.resource() view=move |config| view! { <MapAndList config=config /> } />
        </Page>
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Shared {
    address: Memo<MapAddress>,
    view: RwSignal<Option<View>>,
    pins: StoredValue<Option<(MapHandle, Pins)>, LocalStorage>,
    go: StoredValue<Go>,
    /// Reports that came, changed or went by themselves, and when.
    news: RwSignal<Vec<(LiveReport, f64)>>,
    /// What was pressed last, unless it was a report: that the address holds.
    pressed: RwSignal<Option<Pressed>>,
    list_heading: NodeRef<H2>,
}

/// What a press on the map leads to a card by.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pressed {
    /// A place where nothing is, chosen to report something there.
    Place(LonLat),
    /// A cluster of more reports than the map can show.
    Crowd,
}

impl Pressed {
    fn place(self) -> Option<LonLat> {
        match self {
            Self::Place(point) => Some(point),
            Self::Crowd => None,
        }
    }
}

type Go = Box<dyn Fn(&MapAddress, bool) + Send + Sync>;

impl Shared {
    /// Goes to a changed address; a step for the back button unless `replace`.
    fn change(self, replace: bool, change: impl FnOnce(&mut MapAddress)) {
        let mut address = self.address.get_untracked();
        change(&mut address);
        if address != self.address.get_untracked() {
            self.go.with_value(|go| go(&address, replace));
        }
    }

    /// Does something with the map, once it stands.
    fn with_pins(self, act: impl FnOnce(&MapHandle, &Pins)) {
        let _gone = self.pins.try_with_value(|pins| {
            if let Some((map, pins)) = pins {
                act(map, pins);
            }
        });
    }
}

#[component]
fn MapAndList(config: PublicConfig) -> impl IntoView {
    let words = t().map;
    let (address, go) = use_map_address();
    let shared = Shared {
        address,
        view: RwSignal::new(None),
        pins: StoredValue::new_local(None),
        go: StoredValue::new(Box::new(go)),
        news: RwSignal::new(Vec::new()),
        pressed: RwSignal::new(None),
        list_heading: NodeRef::new(),
    };
    let path = use_path();
    let failed = RwSignal::new(false);
    let start = address.with_untracked(|address| {
        (address.centre.unwrap_or(config.map.centre), address.zoom.unwrap_or(config.map.zoom))
    });
    let home = config.map.centre;

    let ready = move |map: MapHandle| {
        let events = PinEvents {
            on_select: Box::new(move |id| {
                shared.pressed.set(None);
                shared.change(false, |address| address.report = Some(id));
            }),
            on_failed: Box::new(move |some| {
                let _gone = failed.try_set(some);
            }),
            on_change: Box::new(move |report| {
                let _gone = shared.news.try_update(|news| {
                    news.retain(|(before, _)| before.id != report.id);
                    news.push((report, js_sys::Date::now()));
                });
            }),
            on_crowd: Box::new(move || {
                // The page may be gone since the cluster was pressed.
                if shared.pressed.try_set(Some(Pressed::Crowd)).is_none() {
                    shared.change(false, |address| address.report = None);
                }
            }),
        };
        let pins = Pins::add_to(&map, address.with_untracked(|address| address.filter.clone()), events);
        if let Some(view) = map.view() {
            pins.look(&view);
        }
        pins.select(address.with_untracked(|address| address.report));
        shared.pins.set_value(Some((map, pins)));
    };
    let moved = move |view: View| {
        let first = shared.view.with_untracked(Option::is_none);
        shared.view.set(Some(view));
        if shared.pressed.get_untracked() == Some(Pressed::Crowd) {
            shared.pressed.set(None);
        }
        shared.with_pins(|_, pins| pins.look(&view));
        // A map that comes to rest after its page was left must not call people back.
        let here = path.try_with_untracked(|path| path == "/map" || path == EMBED).unwrap_or(false);
        if !first && here {
            shared.change(true, |address| {
                // The place that was searched for names the map only as long as the map stays there.
                if address.centre.is_some_and(|centre| !view.is_at(centre)) {
                    address.place.clear();
                }
                address.centre = Some(view.centre);
                address.zoom = Some(view.zoom);
            });
        }
    };
    // The address may change by the back button or a link: the map follows, and where there is none, the list.
    Effect::new(move |_| {
        let address = address.get();
        let without_map = shared.pins.with_value(Option::is_none) && shared.view.with_untracked(Option::is_some);
        if let (true, Some(centre)) = (without_map, address.centre) {
            shared.view.set(View::around(centre, address.zoom.unwrap_or(PLACE_ZOOM)));
        }
        shared.with_pins(|map, pins| {
            pins.set_filter(address.filter.clone());
            pins.select(address.report);
            if let (Some(centre), Some(view)) = (address.centre, map.view()) {
                let zoom = address.zoom.unwrap_or(PLACE_ZOOM);
                if !view.is_at(centre) || zoom != view.zoom {
                    map.set_view(centre, zoom);
                }
            }
        });
    });
    Effect::new(move |_| {
        let point = shared.pressed.get().and_then(Pressed::place);
        shared.with_pins(|_, pins| pins.point(point));
    });
    on_cleanup(move || shared.with_pins(|_, pins| pins.stop()));

    let goto = move |centre: LonLat, place: String| {
        shared.change(false, |address| {
            address.centre = Some(centre);
            address.zoom = Some(PLACE_ZOOM);
            address.place = place;
            address.report = None;
        });
    };
    let near = Signal::derive(move || Some(shared.view.get().map_or(home, |view| view.centre)));
    let at_cross = move || shared.view.get().map_or(home, |view| view.centre);
    let embedded = is_embedded();
    let choose = (!embedded).then(|| {
        view! {
            <section class="map-page__search" aria-label=words.search_title>
                <PlaceSearch
                    id="map-place"
                    label=t().layout.search_label
                    near=near
                    on_choose=move |place: Place| goto(place.location, place.name)
                />
                <LocateButton on_found=move |point| goto(point, String::new()) />
            </section>
            <Filters shared=shared home=home />
        }
    });
    view! {
        <div class="map-page__side">
            {choose}
            {move || {
                failed
                    .get()
                    .then(|| {
                        view! {
                            <Notice class="notice--warning" live=true>
                                <p>{words.pins_failed}</p>
                            </Notice>
                        }
                        .into_any()
                    })
            }}
            <List shared=shared />
        </div>
        <div class="map-page__map">
          <div class="map-page__frame">
            <MapView
                label=words.map_label
                config=config.map
                start=start
                cross=true
                on_ready=ready
                on_view=moved
                on_press=move |point| {
                    shared.change(false, |address| address.report = None);
                    shared.pressed.set(Some(Pressed::Place(point)));
                }
            />
            <div class="map-page__over">
                <Over shared=shared />
            </div>
          </div>
            <div class="map-page__bar">
                <a class="button" href=move || report_href(at_cross())>
                    {words.report_here}
                </a>
                {embedded
                    .then(|| {
                        view! {
                            <a class="button button--secondary" href=move || address.with(MapAddress::href)>
                                {words.whole_map}
                            </a>
                            <p class="visually-hidden">{words.links_elsewhere}</p>
                        }
                    })}
            </div>
        </div>
    }
}

fn report_href(point: LonLat) -> String {
    format!("/report/new{}", Query::new().at(point).into_string())
}
