//! The map: tiles of reports, streets, what filters can choose among, and live changes.

use std::future::Future;

use mendmap_shared::geo::{Bbox, TileXyz};
use mendmap_shared::map_filter::MapFilter;
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::map::{LIVE_RELOAD, LIVE_REPORT, LivePin, LiveReport, MapTile, StreetTile};
use wasm_bindgen::prelude::*;
use web_sys::{EventSource, MessageEvent};

use super::transport::{Call, address};
use super::{ApiError, Query, read_json};

/// [get_map_tile]: never with a token, so that one answer serves everybody. `anew` asks past the browser's own cache.
pub fn get_map_tile(
    tile: TileXyz,
    filter: &MapFilter,
    anew: bool,
) -> impl Future<Output = Result<MapTile, ApiError>> + use<> {
    let filter = filter.to_string();
    let mark = if filter.is_empty() { "" } else { "?" };
    let call = Call::get(format!("/map/{}/{}/{}.json{mark}{filter}", tile.z(), tile.x(), tile.y())).public();
    if anew { call.anew() } else { call }.fetch_or_empty()
}

/// [get_street_tile]
pub fn get_street_tile(tile: TileXyz) -> impl Future<Output = Result<StreetTile, ApiError>> {
    Call::get(format!("/map/streets/{}/{}/{}.json", tile.z(), tile.x(), tile.y())).public().fetch_or_empty()
}

/// [list_bodies], by name.
pub fn list_bodies() -> impl Future<Output = Result<Vec<BodyRef>, ApiError>> {
    Call::get("/bodies").public().fetch()
}

/// What a live map is told.
pub enum LiveNews {
    /// The connection stands.
    Open,
    /// A report came, changed or went.
    Report(Box<LiveReport>),
    /// More changed than is told one by one.
    Reload,
    /// The server refused, and the browser has given up.
    Lost,
}

/// A connection over which changes on some ground are told. While it lives the browser connects again by itself where it
/// breaks, and goes on from the last event it got. Dropping it closes it.
pub struct Live {
    source: EventSource,
    _listeners: [Closure<dyn FnMut(web_sys::Event)>; 4],
}

/// Reads what serde would read too, without the second way of reading a pin that it would need for what is flattened.
fn read_report(text: &str) -> Option<LiveReport> {
    let get = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or_default();
    let report = js_sys::JSON::parse(text).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "numbers of reports are whole")]
    let id = get(&report, "id").as_f64()? as i64;
    let now = get(&report, "now");
    if now.is_null() || now.is_undefined() {
        return Some(LiveReport { id, now: None });
    }
    let text = |name: &str| get(&now, name).as_string();
    let pin = read_json(&String::from(js_sys::JSON::stringify(&now).ok()?)).ok()?;
    let bodies = js_sys::Array::from(&get(&now, "bodies")).iter().filter_map(|body| body.as_string()).collect();
    let (category_code, category_group) = (text("category_code")?, text("category_group")?);
    let status = text("status")?.parse().ok()?;
    // Not `parse`, which knows every form of a date, and would bring ten thousand bytes for that.
    let created_at = chrono::DateTime::parse_from_rfc3339(&text("created_at")?).ok()?.to_utc();
    Some(LiveReport { id, now: Some(LivePin { pin, status, category_code, category_group, bodies, created_at }) })
}

/// What an event says.
type Read = dyn Fn(&web_sys::Event) -> Option<LiveNews>;

/// [watch_map]
pub fn watch_map(bbox: Bbox, tell: impl Fn(LiveNews) + Clone + 'static) -> Option<Live> {
    let query = Query::new().with_bbox(Some(bbox)).into_string();
    let source = EventSource::new(&address(&format!("/live{query}"))).ok()?;
    let on = |kind: &str, act: Box<Read>| {
        let tell = tell.clone();
        let listener = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            if let Some(news) = act(&event) {
                tell(news);
            }
        });
        let _added = source.add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref());
        listener
    };
    let read = |event: &web_sys::Event| {
        let text = event.dyn_ref::<MessageEvent>()?.data().as_string()?;
        read_report(&text).map(|report| LiveNews::Report(Box::new(report)))
    };
    let here = source.clone();
    let lost = move |_: &web_sys::Event| (here.ready_state() == EventSource::CLOSED).then_some(LiveNews::Lost);
    let listeners = [
        on("open", Box::new(|_| Some(LiveNews::Open))),
        on(LIVE_REPORT, Box::new(read)),
        on(LIVE_RELOAD, Box::new(|_| Some(LiveNews::Reload))),
        on("error", Box::new(lost)),
    ];
    Some(Live { source, _listeners: listeners })
}

impl Drop for Live {
    fn drop(&mut self) {
        self.source.close();
    }
}
