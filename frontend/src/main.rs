//! Mendmap's single-page app: leptos in the browser, talking to the JSON API.

mod api;
mod app;
mod browser;
mod components;
mod i18n;
mod map;
mod pages;
mod parts;
mod router;
mod state;

fn main() {
    // The finished app ends without a word where it made a mistake (`bundle/src/trim.rs`).
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
