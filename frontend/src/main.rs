//! Mendmap's single-page app: leptos in the browser, talking to the JSON API.

mod api;
mod app;
mod browser;
mod components;
mod i18n;
mod map;
mod pages;
mod parts;
mod state;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
