//! Dates, times, numbers and distances, through the browser's own `Intl`.

use chrono::{DateTime, Utc};
use js_sys::Intl::{DateTimeFormat, NumberFormat, RelativeTimeFormat};
use js_sys::{Array, Date, Object, Reflect};
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::stats::Interval;
use wasm_bindgen::JsValue;

use super::{language, t};
use crate::browser::fixed;

fn locales() -> Array {
    Array::of1(&JsValue::from_str(language()))
}

fn options(pairs: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (key, value) in pairs {
        // Setting a property of a fresh plain object cannot fail.
        let _set = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    options
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit a double for 280 000 years")]
fn milliseconds(time: DateTime<Utc>) -> f64 {
    time.timestamp_millis() as f64
}

fn format(time: DateTime<Utc>, pairs: &[(&str, &str)]) -> String {
    let format = DateTimeFormat::new(&locales(), &options(pairs)).format();
    let date = Date::new(&JsValue::from_f64(milliseconds(time)));
    format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// "3 March 2026", in the reader's time zone.
pub fn date(time: DateTime<Utc>) -> String {
    format(time, &[("dateStyle", "long")])
}

/// "3 March 2026 at 14:05", in the reader's time zone.
pub fn date_time(time: DateTime<Utc>) -> String {
    format(time, &[("dateStyle", "long"), ("timeStyle", "short")])
}

/// "5 minutes ago", "yesterday", "in 3 days"; a date once it is more than thirty days off.
pub fn relative(time: DateTime<Utc>) -> String {
    let seconds = (milliseconds(time) - Date::now()) / 1000.0;
    let (value, unit) = match seconds.abs() {
        s if s < 45.0 => return t().layout.just_now.to_owned(),
        s if s < 45.0 * 60.0 => (seconds / 60.0, "minute"),
        s if s < 22.0 * 3600.0 => (seconds / 3600.0, "hour"),
        s if s < 30.0 * 86_400.0 => (seconds / 86_400.0, "day"),
        _ => return date(time),
    };
    let format = RelativeTimeFormat::new(&locales(), &options(&[("numeric", "auto")]));
    String::from(format.format(value.round(), unit))
}

/// A number with the language's separators.
pub fn count(number: impl TryInto<i64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "counts of reports stay far below 2^53")]
    let number = JsValue::from_f64(whole(number) as f64);
    let format = NumberFormat::new(&locales(), &Object::new()).format();
    format.call1(&JsValue::UNDEFINED, &number).ok().and_then(|text| text.as_string()).unwrap_or_default()
}

/// A number with so many digits after its point at most, and the language's separators.
pub fn decimal(number: f64, digits: u8) -> String {
    let format = NumberFormat::new(&locales(), &options(&[])).format();
    let rounded = fixed(number, digits);
    format
        .call1(&JsValue::UNDEFINED, &JsValue::from_str(&rounded))
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

/// "5 hours", "2.5 days", "31 days".
pub fn duration(hours: f64) -> String {
    let words = t().analysis;
    match hours {
        hours if hours < 48.0 => (words.hours)(&decimal(hours, u8::from(hours < 10.0))),
        hours => (words.days)(&decimal(hours / 24.0, u8::from(hours < 240.0))),
    }
}

/// When a period begins: "3 Mar 2026" for a day or a week, "Mar 2026", "2026". Periods are those of UTC.
pub fn period(begins: DateTime<Utc>, interval: Interval) -> String {
    let zone = ("timeZone", "UTC");
    match interval {
        Interval::Day | Interval::Week => {
            format(begins, &[("day", "numeric"), ("month", "short"), ("year", "numeric"), zone])
        }
        Interval::Month => format(begins, &[("month", "short"), ("year", "numeric"), zone]),
        Interval::Year => format(begins, &[("year", "numeric"), zone]),
    }
}

/// The words for a number of things: `one` for exactly one, else `other` with the number in it.
pub fn plural(number: impl TryInto<i64>, one: &str, other: fn(&str) -> String) -> String {
    let number = whole(number);
    if number == 1 { one.to_owned() } else { other(&count(number)) }
}

/// Numbers on screen never come near the largest one.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// "51.58420, -2.99770": degrees north and east, to about a metre.
pub fn coordinates(point: LonLat) -> String {
    format!("{}, {}", fixed(point.lat(), 5), fixed(point.lon(), 5))
}

/// "40 m", "1.2 km".
pub fn distance(metres: f64) -> String {
    if metres < 1_000.0 {
        format!("{} m", fixed((metres / 5.0).round() * 5.0, 0))
    } else {
        format!("{} km", fixed(metres / 1_000.0, 1))
    }
}
