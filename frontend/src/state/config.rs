//! The site's public settings, asked for once at the start.

use leptos::prelude::*;
use mendmap_shared::wire::config::PublicConfig;
use wasm_bindgen::JsCast;

use crate::api::{self, ApiError};

/// The settings as they arrive: nothing yet, the settings, or why they did not come.
#[derive(Clone, Copy)]
pub struct Config(LocalResource<Result<PublicConfig, ApiError>>);

impl Config {
    /// Asks for the settings and provides them to every page.
    pub fn provide() -> Self {
        let config = Self(LocalResource::new(|| async {
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
    pub const fn resource(self) -> LocalResource<Result<PublicConfig, ApiError>> {
        self.0
    }

    /// Name of the site; the product's own until the settings are here.
    pub fn name(self) -> String {
        self.get().map_or_else(|| "Mendmap".to_owned(), |config| config.brand.name)
    }
}

/// The settings of this site.
pub fn use_config() -> Config {
    expect_context()
}

/// Sets the brand's colours over the style sheet's, through the object model: the content policy allows no inline styles.
fn paint(config: &PublicConfig) {
    let root = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok());
    let Some(root) = root else { return };
    let colours = [("--brand", &config.brand.primary_colour), ("--accent", &config.brand.accent_colour)];
    for (property, colour) in colours {
        if let Some(colour) = colour.as_ref().filter(|colour| is_colour(colour)) {
            // An unknown property or value is ignored by the browser; the style sheet's colour stays.
            let _set = root.style().set_property(property, colour);
        }
    }
}

/// `#rrggbb`.
fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].chars().all(|c| c.is_ascii_hexdigit())
}
