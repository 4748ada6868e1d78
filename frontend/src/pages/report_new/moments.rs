//! A point in time between the browser's field, which knows no zone, and the API, which wants one.

use js_sys::Date;
use wasm_bindgen::JsValue;

/// RFC 3339 in UTC from what `<input type="datetime-local">` holds, which is meant in the reader's own zone. `None` for
/// what is no time.
pub fn from_local(text: &str) -> Option<String> {
    // ECMAScript reads a date with a time and no zone as local time.
    let date = Date::new(&JsValue::from_str(text));
    (!date.get_time().is_nan()).then(|| String::from(date.to_iso_string()))
}

/// What `<input type="datetime-local">` wants, from RFC 3339. Empty for what is no time.
pub fn to_local(text: &str) -> String {
    let date = Date::new(&JsValue::from_str(text));
    if date.get_time().is_nan() {
        return String::new();
    }
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}
