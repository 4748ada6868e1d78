//! What the browser can do already, so that nobody has to download Rust's own way of doing it: numbers to and from text, and
//! the functions of trigonometry. Rust brings tables of some ten thousand bytes for each.

#![expect(
    unsafe_code,
    reason = "the linker takes these functions by their names, instead of the weak ones that Rust brings"
)]

use gloo_timers::callback::Timeout;
use js_sys::{Math, Number};
use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, Url};

/// A number as somebody or a link wrote it.
pub fn read_number(text: &str) -> Option<f64> {
    // To the browser, nothing at all is 0.
    let number = if text.trim().is_empty() { f64::NAN } else { JsValue::from_str(text).unchecked_into_f64() };
    (!number.is_nan()).then_some(number)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_text(text: &str) -> Result<js_sys::Promise, JsValue>;

    /// The query of an address, read as browsers read it.
    #[wasm_bindgen(js_name = URLSearchParams)]
    pub type SearchParams;

    /// Reads a query, with its question mark or without it. There is none that cannot be read.
    #[wasm_bindgen(constructor, js_class = "URLSearchParams")]
    pub fn new(query: &str) -> SearchParams;

    /// The first parameter of this name.
    #[wasm_bindgen(method, js_class = "URLSearchParams")]
    pub fn get(this: &SearchParams, name: &str) -> Option<String>;
}

/// Reads the style sheet's custom properties as they stand now, light or dark.
pub fn custom_properties() -> impl Fn(&str) -> String {
    let style = document().document_element().and_then(|root| window().get_computed_style(&root).ok().flatten());
    move |property| {
        let value = style.as_ref().and_then(|style| style.get_property_value(property).ok());
        value.unwrap_or_default().trim().to_owned()
    }
}

/// Puts a text into the clipboard, at once: browsers allow it only while a press is being handled. Says whether they did.
pub fn copy(text: &str) -> impl Future<Output = bool> + use<> {
    let copied = write_text(text);
    async move {
        match copied {
            Ok(copied) => JsFuture::from(copied).await.is_ok(),
            Err(_) => false,
        }
    }
}

/// Milliseconds after which a file that was handed to the browser is let go of.
const FILE_KEPT: u32 = 60_000;

/// Has the browser save the file under this address, and lets go of it where the browser itself holds it.
pub fn save(address: &str, name: &str) {
    if let Ok(link) = document().create_element("a") {
        let link: HtmlElement = link.unchecked_into();
        // An element takes any attribute.
        let _set = link.set_attribute("href", address).and_then(|()| link.set_attribute("download", name));
        link.click();
    }
    let address = address.to_owned();
    Timeout::new(FILE_KEPT, move || {
        let _gone = Url::revoke_object_url(&address);
    })
    .forget();
}

/// A number with so many digits after its point.
pub fn fixed(number: f64, digits: u8) -> String {
    // It refuses more than a hundred digits only.
    Number::from(number).to_fixed(digits).map(String::from).unwrap_or_default()
}

macro_rules! by_the_browser {
    ($($name:ident($($of:ident),+))+) => {
        $(
            #[unsafe(no_mangle)]
            extern "C" fn $name($($of: f64),+) -> f64 {
                Math::$name($($of),+)
            }
        )+
    };
}

by_the_browser! {
    sin(angle) cos(angle) tan(angle) asin(of) atan(of) atan2(y, x) sinh(of) hypot(x, y) pow(base, exponent)
}
