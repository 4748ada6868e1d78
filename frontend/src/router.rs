//! Pages by their addresses: a link to another page of ours draws that page and loads nothing anew, and the browser's back
//! and forward work as they do between documents.
//!
//! leptos_router does that and much more, which every visitor would download: some eighteen thousand bytes, compressed, for
//! nested routes, transitions between pages, forms that are links, and paths of a type each. What it does and this does not
//! besides: links within a page (`#name`) and relative ones are left to the browser, of a query's parameters of one name the
//! first counts, and no state is kept with a step of the history.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::ev;
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::browser::SearchParams;

/// The map within a page of another site. The server lets this address be framed, and no other.
pub const EMBED: &str = "/embed/map";

/// Whether the app shows the map within a page of another site. It stays there: every link opens a tab of its own.
pub fn is_embedded() -> bool {
    window().location().pathname().is_ok_and(|path| path == EMBED)
}

/// Whether the app was at another address before.
static MOVED: AtomicBool = AtomicBool::new(false);

/// Whether the app went from one address to another since it was opened; also where it did before the first one's page came.
pub fn has_moved() -> bool {
    MOVED.load(Ordering::Relaxed)
}

/// What draws a page: one type for all of them.
pub type Page = fn() -> AnyView;

/// Links that are ours to follow: to a path of this site, in this tab, and not to a place within a page. What the API
/// itself shows (its documentation) is marked `external`.
const OURS: &str =
    "a[href^='/']:not([href^='//']):not([href*='#']):not([target]):not([download]):not([rel~='external'])";

/// The route table. `:name` in a path stands for any one segment; the first path that fits counts.
pub struct Table {
    /// Paths and their pages.
    pub pages: &'static [(&'static str, Page)],
    /// The page of every other path.
    pub other: Page,
}

/// How to go to another address.
#[derive(Clone, Copy)]
pub struct NavigateOptions {
    /// Leaves no step for the back button.
    pub replace: bool,
    /// Begins at the top of the page.
    pub scroll: bool,
}

impl Default for NavigateOptions {
    fn default() -> Self {
        Self { replace: false, scroll: true }
    }
}

/// One stay on a page. It goes on while the address changes to another one of the same entry in the table.
#[derive(Clone)]
struct Visit {
    /// The page's path in the table; empty for every other path.
    route: &'static str,
    page: Page,
    /// Path and query. What belongs to a page sees no other page's address while that page is left.
    address: ArcRwSignal<String>,
}

impl Visit {
    fn new(table: &Table, address: String) -> Self {
        let found = table.pages.iter().find(|(route, _)| fits(route, path_of(&address)));
        let (route, page) = found.copied().unwrap_or(("", table.other));
        Self { route, page, address: ArcRwSignal::new(address) }
    }
}

/// Where the app is. Copy it freely.
#[derive(Clone, Copy)]
pub struct Router {
    table: &'static Table,
    visit: RwSignal<Visit>,
}

impl Router {
    /// Follows the address from now on, and provides itself to everything.
    pub fn provide(table: &'static Table) -> Self {
        let router = Self { table, visit: RwSignal::new(Visit::new(table, here())) };
        provide_context(router);
        // The app is never taken down: nobody removes these.
        if is_embedded() {
            open_links_elsewhere();
        } else {
            let _click = window_event_listener(ev::click, move |event| {
                if let Some(href) = followed(&event) {
                    event.prevent_default();
                    router.go(&href, NavigateOptions::default());
                }
            });
        }
        let _popstate = window_event_listener(ev::popstate, move |_| router.follow());
        router
    }

    /// The page of the address.
    pub fn page(self) -> impl Fn() -> AnyView {
        let app = Owner::current().unwrap_or_default();
        move || {
            let visit = self.visit.get();
            // What a page has made outlives it by a moment: its last events come while it is taken away.
            app.child().with(|| {
                let page = visit.page;
                provide_context(visit);
                // What a page reads while it is drawn is no reason to draw all of it again.
                OwnedView::new(untrack(page)).into_any()
            })
        }
    }

    fn go(self, href: &str, NavigateOptions { replace, scroll }: NavigateOptions) {
        let stays = replace || here() == href;
        let gone = window().history().and_then(|history| {
            let step =
                if stays { web_sys::History::replace_state_with_url } else { web_sys::History::push_state_with_url };
            step(&history, &JsValue::NULL, "", Some(href))
        });
        if gone.is_err() {
            // Browsers allow only so many steps in a short time, and none to another site.
            let _loading = window().location().set_href(href);
            return;
        }
        self.follow();
        if scroll {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }

    /// Takes over what the address bar says.
    fn follow(self) {
        MOVED.store(true, Ordering::Relaxed);
        let visit = Visit::new(self.table, here());
        let before = self.visit.get_untracked();
        if before.route == visit.route {
            before.address.set(visit.address.get_untracked());
        } else {
            self.visit.set(visit);
        }
    }
}

/// The path the app is at, whichever page asks. Tracks.
pub fn use_path() -> Memo<String> {
    let router = expect_context::<Router>();
    Memo::new(move |_| router.visit.get().address.with(|address| path_of(address).to_owned()))
}

/// Goes to an address of ours.
pub fn use_navigate() -> impl Fn(&str, NavigateOptions) + Copy + Send + Sync + 'static {
    let router = expect_context::<Router>();
    move |href, options| router.go(href, options)
}

/// Path and query of the page's address. Tracks.
pub fn use_address() -> Signal<String> {
    expect_context::<Visit>().address.into()
}

/// What stands in the page's path for `:name`, as it is written there; nothing where there is no such segment.
pub fn use_param(name: &'static str) -> Memo<String> {
    let Visit { route, address, .. } = expect_context();
    let at = segments(route).position(|segment| segment.strip_prefix(':') == Some(name));
    Memo::new(move |_| {
        let segment = |address: &String| segments(path_of(address)).nth(at?).map(str::to_owned);
        address.with(segment).unwrap_or_default()
    })
}

/// The query of the page's address.
#[derive(Clone, Copy)]
pub struct PageQuery(Memo<String>);

impl PageQuery {
    /// Reads it. Tracks.
    pub fn with<T>(self, read: impl FnOnce(&SearchParams) -> T) -> T {
        self.0.with(|query| read(&SearchParams::new(query)))
    }

    /// Reads it as it is now. Does not track.
    pub fn with_untracked<T>(self, read: impl FnOnce(&SearchParams) -> T) -> T {
        untrack(|| self.with(read))
    }
}

/// The query of the page's address.
pub fn use_query() -> PageQuery {
    let Visit { address, .. } = expect_context();
    let query = |address: &String| address.split_once('?').map_or("", |(_, query)| query).to_owned();
    PageQuery(Memo::new(move |_| address.with(query)))
}

/// Has the browser open every link in a tab of its own.
fn open_links_elsewhere() {
    let base = document().create_element("base").ok().zip(document().head());
    if let Some((base, head)) = base {
        // The browser takes this of every `base` element.
        let _set = base.set_attribute("target", "_blank");
        let _added = head.append_child(&base);
    }
}

/// Path and query in the address bar.
fn here() -> String {
    let location = window().location();
    // Only the address of a document that is gone cannot be read.
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// Where a click leads, if that is for us to follow.
fn followed(event: &MouseEvent) -> Option<String> {
    let elsewhere = event.meta_key() || event.ctrl_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || elsewhere {
        return None;
    }
    event.target()?.dyn_into::<Element>().ok()?.closest(OURS).ok()??.get_attribute("href")
}

fn path_of(address: &str) -> &str {
    address.split_once('?').map_or(address, |(path, _)| path)
}

/// The segments of a path; a slash at its end makes no difference.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

fn fits(route: &str, path: &str) -> bool {
    let mut there = segments(path);
    let fits = |wanted: &str| {
        there
            .next()
            .is_some_and(|segment| if wanted.starts_with(':') { !segment.is_empty() } else { segment == wanted })
    };
    segments(route).all(fits) && there.next().is_none()
}
