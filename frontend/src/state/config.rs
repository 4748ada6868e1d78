//! The site's public settings, asked for once at the start.

use leptos::prelude::*;
use mendmap_shared::colour::Colour;
use mendmap_shared::wire::config::PublicConfig;
use wasm_bindgen::JsCast;

use crate::api::{self, ApiError};
use crate::state::inquiry::Inquiry;

/// The settings as they arrive: nothing yet, the settings, or why they did not come.
#[derive(Clone, Copy)]
pub struct Config(Inquiry<Result<PublicConfig, ApiError>>);

impl Config {
    /// Asks for the settings and provides them to every page.
    pub fn provide() -> Self {
        let config = Self(Inquiry::new(|| async {
            let answer = api::get_config().await;
            if let Ok(config) = &answer {
                paint(config);
            }
            answer
        }));
        provide_context(config);
        config
    }

    /// The settings, once they are here. Tracks.
    pub fn get(self) -> Option<PublicConfig> {
        self.0.get().and_then(Result::ok)
    }

    /// The resource, for pages that have nothing to show without settings.
    pub const fn resource(self) -> Inquiry<Result<PublicConfig, ApiError>> {
        self.0
    }

    /// Name of the site, once it is known: until then there is no name that would be right. Tracks.
    pub fn name(self) -> Option<String> {
        self.get().map(|config| config.brand.name)
    }
}

/// The settings of this site.
pub fn use_config() -> Config {
    expect_context()
}

/// The ground of the light style sheet on which the least can be read, and that of the dark one (`--info-ground` both).
const GROUNDS: (Colour, Colour) = (Colour::rgb(0xe8, 0xf2, 0xf8), Colour::rgb(0x10, 0x30, 0x3f));

/// Sets the site's own colours, which the style sheet prefers to its own, through the object model: the content policy
/// allows no inline styles. Whatever colours a site has, what stands on them and what is written in them can be read.
fn paint(config: &PublicConfig) {
    let root = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(root) = root else { return };
    let set = |property: &str, colour: Colour| {
        // An unknown property or value is ignored by the browser; the style sheet's colour stays.
        let _set = root.style().set_property(property, &colour.to_string());
    };
    let read = |colour: &Option<String>| colour.as_ref().and_then(|colour| colour.parse::<Colour>().ok());
    if let Some(brand) = read(&config.brand.primary_colour) {
        set("--site-brand", brand);
        set("--site-on-brand", brand.text_on());
    }
    if let Some(accent) = read(&config.brand.accent_colour) {
        let dark = accent.readable_on(GROUNDS.1);
        set("--site-accent", accent);
        set("--site-on-accent", accent.text_on());
        set("--site-link", accent.readable_on(GROUNDS.0));
        set("--site-accent-dark", dark);
        set("--site-on-accent-dark", dark.text_on());
    }
}
