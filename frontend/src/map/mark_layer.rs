//! The layer of marks on a map: brought in step with what is to be seen, each mark in place, and gliding out of and into one
//! another as the zoom changes.

mod label;
mod press;

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use leaflet::{Event, Point};
use leptos::prelude::document;
use mendmap_shared::gather::{DROP_PX, Key, Mark, fan, gather};
use mendmap_shared::geo::{LonLat, TileXyz};
use mendmap_shared::workflow::StatusGroup;
use rustc_hash::FxHashMap;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::MapHandle;
use super::handle::{lat_lng, wants_less_motion};
use super::icons::Look;
use super::marks::{Frame, Shown, Spot, Wanted};
use super::members::{Members, Slot};
use super::sketch::Sketch;
use label::label_of;
use press::{pressed, was_dragged};

/// Milliseconds a mark glides; the style sheet says the same.
const GLIDE_MS: u32 = 220;
/// Pixels from the map's left and top edge, and from its right and bottom one, within which a mark with the focus is brought
/// further in. On the right are the buttons that zoom.
const EDGES_PX: [(f64, f64); 2] = [(40.0, 56.0), (88.0, 40.0)];

/// Marks made with one frame, at most, unless the zoom changes: each takes a part of a millisecond.
const AT_ONCE: usize = 24;

/// The marks on a map.
pub struct MarkLayer {
    map: MapHandle,
    element: HtmlElement,
    shown: FxHashMap<Slot, Shown>,
    members: Members,
    /// What came while the map was on its way.
    sketch: Sketch,
    next_number: u32,
    /// What is still to be made, and behind what each is to stand; the first one last.
    rest: Vec<(Slot, Wanted, Option<Slot>)>,
    /// How often the marks were drawn.
    drawing: u32,
    selected: Option<i64>,
    highlighted: Option<i64>,
    /// What leads the mark that is fanned out, and the zoom at which it is.
    fan: Option<(Key, u8)>,
    /// Whether that has changed since marks were drawn.
    turned: bool,
    _listeners: [Closure<dyn FnMut(web_sys::Event)>; 3],
}

impl MarkLayer {
    /// Lays an empty layer over the map. `on_press` is told the number of the mark pressed, by mouse, touch or key; `on_focus`
    /// that of the mark the keyboard has come to.
    pub fn add_to(map: &MapHandle, on_press: impl Fn(u32) + 'static, on_focus: impl Fn(u32) + 'static) -> Self {
        #[expect(clippy::expect_used, reason = "every document makes elements")]
        let element: HtmlElement = document().create_element("div").expect("an element").unchecked_into();
        element.set_class_name("map-marks");
        let pane = map.leaflet().get_pane_by_name("markerPane");
        let sketch = Sketch::add_to(map, &pane);
        let _added = pane.append_child(&element);
        let on = |kind: &str, act: Box<dyn FnMut(web_sys::Event)>| {
            let listener = Closure::<dyn FnMut(web_sys::Event)>::new(act);
            let _added = element.add_event_listener_with_callback(kind, listener.as_ref().unchecked_ref());
            listener
        };
        let leaflet = map.clone();
        let press = move |event: web_sys::Event| {
            // A press on a mark is none on the map.
            event.stop_propagation();
            // A key's press has no detail; the end of dragging the map by a mark is no press.
            let by_mouse = event.dyn_ref::<web_sys::MouseEvent>().is_some_and(|event| event.detail() > 0);
            if let Some((_, number)) = pressed(&event).filter(|_| !(by_mouse && was_dragged(&leaflet))) {
                on_press(number);
            }
        };
        let focus = move |event: web_sys::Event| {
            if let Some((mark, number)) = pressed(&event)
                && mark.matches(":focus-visible").unwrap_or(false)
            {
                on_focus(number);
            }
        };
        let listeners = [
            on("click", Box::new(press)),
            on("dblclick", Box::new(|event| event.stop_propagation())),
            on("focusin", Box::new(focus)),
        ];
        Self {
            map: map.clone(),
            element,
            shown: FxHashMap::default(),
            members: Members::default(),
            sketch,
            next_number: 0,
            rest: Vec::new(),
            drawing: 0,
            selected: None,
            highlighted: None,
            fan: None,
            turned: false,
            _listeners: listeners,
        }
    }

    /// Takes all marks away.
    pub fn clear(&mut self) {
        self.element.set_inner_html("");
        self.sketch.clear();
        self.shown.clear();
        self.rest.clear();
        self.members = Members::default();
        self.fan = None;
    }

    /// What the mark with this number stands for.
    pub fn mark(&self, number: u32) -> Option<Mark> {
        Some(self.shown.values().find(|shown| shown.number == number)?.mark.clone())
    }

    /// The element of the mark a report is part of.
    pub fn element_of(&self, id: i64) -> Option<HtmlElement> {
        Some(self.shown.get(&self.members.of_pin(id)?)?.element().clone())
    }

    /// Puts every mark where it will be at the end of the zooming that has begun; the style sheet lets it get there.
    pub fn zoom_to(&mut self, zooming: Event) {
        self.sketch.clear();
        let (frame, coming) = (Frame::of(self.map.leaflet()), Frame::coming(self.map.leaflet(), zooming));
        self.shown.values().for_each(|shown| shown.pull(frame, &shown.spot, coming));
    }

    /// Puts every mark where it is.
    pub fn place_all(&mut self) {
        self.sketch.clear();
        let frame = Frame::of(self.map.leaflet());
        self.shown.values().for_each(|shown| shown.place(frame));
    }

    /// Selects a report, or none; whether that is another one.
    pub fn select(&mut self, id: Option<i64>) -> bool {
        let before = std::mem::replace(&mut self.selected, id);
        self.stress(before);
        before != id
    }

    /// The report that is to stand alone, where there is one.
    pub fn alone(&self) -> Option<i64> {
        self.selected.filter(|_| self.fan.is_none())
    }

    /// Points at a report, or none.
    pub fn highlight(&mut self, id: Option<i64>) {
        let before = std::mem::replace(&mut self.highlighted, id);
        self.stress(before);
        self.stress(id);
    }

    /// Draws a report's mark as selected or pointed at, as it now is.
    fn stress(&self, id: Option<i64>) {
        let Some(shown) = id.and_then(|id| self.shown.get(&self.members.of_pin(id)?)) else { return };
        shown.set_class("is-selected", self.selected == id);
        shown.set_class("is-highlighted", self.highlighted == id);
    }

    /// Fans out the mark with this lead, or folds it up if it is.
    pub fn turn_fan(&mut self, lead: Key) {
        let zoom = self.map.zoom();
        self.fan = Some((lead, zoom)).filter(|_| self.fan != Some((lead, zoom)));
        self.turned = true;
    }

    /// Folds up what is fanned out, and keeps the keyboard on it; whether anything was.
    pub fn fold(&mut self) -> bool {
        let Some((lead, _)) = self.fan.take() else { return false };
        self.turned = true;
        if let Some((Slot::Fanned(_), _)) = self.focused()
            && let Some(shown) = self.shown.get(&Slot::Place(lead))
        {
            let _focused = shown.element().focus();
        }
        true
    }

    /// The mark that has the focus.
    fn focused(&self) -> Option<(Slot, LonLat)> {
        let active: Element = document().active_element().filter(|active| self.element.contains(Some(active)))?;
        let (slot, shown) = self.shown.iter().find(|(_, shown)| ***shown.element() == *active)?;
        Some((*slot, shown.location()))
    }

    /// Gets ready to show what comes into sight while the map is on its way.
    pub fn set_off(&self) {
        self.sketch.prepare();
    }

    /// Shows what has come into sight with a tile while the map is on its way: nothing that is there is touched.
    pub fn sketch(&mut self, tile: TileXyz, marks: impl FnOnce() -> Vec<Mark>) {
        if self.sketch.has(tile) {
            return;
        }
        let is_new = |mark: &Mark| self.members.holder(mark).is_none_or(|slot| !self.shown.contains_key(&slot));
        let new: Vec<Mark> = marks().into_iter().filter(is_new).collect();
        if !new.is_empty() {
            self.sketch.draw(tile, &new);
        }
    }

    /// Whether not all is made that was to be seen when the marks were drawn last.
    pub fn has_rest(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Brings the marks in step with what is to be seen. What is not there any more goes, but for where `is_blank` says that
    /// nothing is known yet: so nothing flickers while zooming, and where a tile did not come, what was known stays. Unless the
    /// zoom changed, only so many new ones are made with one frame. Answers whether there are more: see
    /// [`MarkLayer::draw_rest`].
    pub fn draw(&mut self, marks: Vec<Mark>, is_blank: impl Fn(LonLat) -> bool) -> bool {
        let zoom = self.map.zoom();
        let frame = Frame::of(self.map.leaflet());
        let wanted = self.wanted(gather(marks, self.alone(), zoom), zoom);
        let before = std::mem::take(&mut self.members);
        let focused = self.focused();
        let changes = std::mem::take(&mut self.turned) || self.shown.values().any(|shown| shown.zoom != zoom);
        let glides = changes && !wants_less_motion();
        self.drawing += 1;

        let mut arriving: Vec<Slot> = Vec::new();
        let mut nearest = None::<(Slot, f64)>;
        let mut last = None;
        self.rest.clear();
        for (slot, wanted) in wanted {
            self.members.add(slot, &wanted.mark);
            let after = last.replace(slot);
            if let Some(shown) = self.shown.get_mut(&slot) {
                shown.update(wanted, zoom, frame);
                shown.drawing = self.drawing;
                continue;
            }
            // The focus may have to go to one of them.
            if !changes && focused.is_none() {
                self.rest.push((slot, wanted, after));
                continue;
            }
            let parent = before.holder(&wanted.mark);
            let from = parent
                .filter(|parent| *parent != slot)
                .and_then(|parent| self.shown.get(&parent))
                .map(|from| from.spot);
            if let (Some((lost, at)), Some(parent)) = (focused, parent)
                && lost == parent
            {
                let away = at.metres_to(wanted.mark.location);
                nearest = nearest.filter(|(_, other)| *other <= away).or(Some((slot, away)));
            }
            let shown = self.make(slot, wanted, after, frame);
            if let Some(from) = from.filter(|_| glides) {
                shown.pull(frame, &from, frame);
                arriving.push(slot);
            }
        }
        // The last ones first, as they are taken from the end.
        self.rest.reverse();
        self.draw_rest();
        let drawing = self.drawing;
        let gone = self.shown.extract_if(|_, shown| shown.drawing != drawing && !is_blank(shown.location()));
        let gone: Vec<_> = gone.collect();
        for (slot, shown) in self.shown.iter().filter(|(_, shown)| shown.drawing != drawing) {
            self.members.add(*slot, &shown.mark);
        }
        for (slot, shown) in gone {
            let lost = focused.is_some_and(|(focused, _)| focused == slot);
            let holder = if glides || lost { self.members.holder(&shown.mark) } else { None };
            let into = holder.filter(|_| glides).and_then(|holder| self.shown.get(&holder));
            leave(&shown, into.map(|into| &into.spot), frame);
            if lost {
                self.hand_on(nearest.map(|(slot, _)| slot).or(holder));
            }
        }
        self.glide(&arriving);
        self.stress(self.selected);
        self.stress(self.highlighted);
        !self.rest.is_empty()
    }

    /// Makes some of the marks that were left over when the others were drawn. Answers whether there are more.
    pub fn draw_rest(&mut self) -> bool {
        let frame = Frame::of(self.map.leaflet());
        for _ in 0..AT_ONCE {
            let Some((slot, wanted, after)) = self.rest.pop() else { break };
            self.make(slot, wanted, after, frame);
            if [self.selected, self.highlighted].into_iter().flatten().any(|id| self.members.of_pin(id) == Some(slot)) {
                self.stress(self.selected);
                self.stress(self.highlighted);
            }
        }
        if self.rest.is_empty() {
            self.sketch.clear();
        }
        !self.rest.is_empty()
    }

    /// Makes a mark behind another one: in the order of reading, for the keyboard. What is there stays, because moving it would
    /// take its focus.
    fn make(&mut self, slot: Slot, wanted: Wanted, after: Option<Slot>, frame: Frame) -> &Shown {
        self.next_number += 1;
        let shown = Shown::new(wanted, self.next_number, self.map.zoom(), self.drawing);
        shown.place(frame);
        let next = match after.and_then(|after| self.shown.get(&after)) {
            Some(after) => after.element().next_sibling(),
            None => self.element.first_child(),
        };
        let _added = self.element.insert_before(shown.element(), next.as_ref());
        self.shown.entry(slot).insert_entry(shown).into_mut()
    }

    /// Gives the keyboard to the mark that follows the one it was on, or to the map.
    fn hand_on(&self, slot: Option<Slot>) {
        let next = slot.and_then(|slot| self.shown.get(&slot)).map(|shown| shown.element().clone());
        let _focused = next.unwrap_or_else(|| self.map.leaflet().get_container()).focus();
    }

    /// Lets marks that stand where they came from glide to their places.
    fn glide(&self, arriving: &[Slot]) {
        if arriving.is_empty() {
            return;
        }
        // Where they start from must be known before they are told where to go.
        let _laid_out = self.element.offset_width();
        let mut gliding = Vec::new();
        for shown in arriving.iter().filter_map(|slot| self.shown.get(slot)) {
            shown.set_class("is-gliding", true);
            shown.let_go();
            gliding.push(shown.element().clone());
        }
        Timeout::new(GLIDE_MS, move || {
            for element in gliding {
                let _set = element.class_list().remove_1("is-gliding");
            }
        })
        .forget();
    }

    /// The marks as they are to be shown, in the order of reading; a fan's pins follow what they fan out from.
    fn wanted(&mut self, gathered: Vec<Mark>, zoom: u8) -> Vec<(Slot, Wanted)> {
        if self.fan.is_some_and(|(_, at)| at != zoom) {
            self.fan = None;
        }
        let mut wanted = Vec::with_capacity(gathered.len());
        let mut fanned = false;
        for mark in gathered {
            let slot = Slot::Place(mark.key);
            let is_heap = mark.is_heap(zoom);
            let opened = is_heap && self.fan.is_some_and(|(lead, _)| lead == mark.key);
            fanned |= opened;
            let pins = if opened { mark.pins.clone() } else { Vec::new() };
            let (location, spot) = (mark.location, Spot::of(&mark));
            let (look, label) = (Look::of(&mark), label_of(&mark, is_heap));
            wanted.push((slot, Wanted { mark, spot, look, label, expanded: is_heap.then_some(opened), leg: None }));
            for (pin, leg) in pins.iter().zip(fan(pins.len())) {
                let mut mark = Mark::pin(Rc::clone(pin));
                let lift = if pin.status_group == StatusGroup::Open { DROP_PX } else { 0.0 };
                let spot = Spot { at: spot.at, shift: (spot.shift.0 + leg.0, spot.shift.1 + leg.1 + lift) };
                mark.location = location;
                let (look, label) = (Look::of(&mark), label_of(&mark, false));
                wanted.push((Slot::Fanned(pin.id), Wanted { mark, spot, look, label, expanded: None, leg: Some(leg) }));
            }
        }
        if !fanned {
            self.fan = None;
        }
        wanted
    }
}

impl Drop for MarkLayer {
    fn drop(&mut self) {
        self.element.remove();
    }
}

/// Takes a mark off the map; first into another one, where it becomes part of that.
fn leave(shown: &Shown, into: Option<&Spot>, frame: Frame) {
    let element = shown.element().clone();
    let Some(into) = into else { return element.remove() };
    // Whoever reads or presses it is too late.
    let _set = element.set_attribute("inert", "");
    shown.set_class("is-gliding", true);
    shown.set_class("is-leaving", true);
    shown.pull(frame, into, frame);
    Timeout::new(GLIDE_MS, move || element.remove()).forget();
}

/// Brings a place inwards that lies at the map's edge or beyond it.
pub fn reveal(map: &MapHandle, location: LonLat) {
    let options = js_sys::Object::new();
    for (corner, (right, down)) in [("paddingTopLeft", EDGES_PX[0]), ("paddingBottomRight", EDGES_PX[1])] {
        let _set = js_sys::Reflect::set(&options, &corner.into(), &Point::new(right, down));
    }
    map.leaflet().pan_inside_with_options(&lat_lng(location), &options);
}
