//! Whatever stands in an Open311 call's form is read or refused in words.
#![no_main]

use chrono::Utc;
use libfuzzer_sys::fuzz_target;
use mendmap::open311::call::Parameters;
use mendmap::open311::read_requests::Days;
use mendmap::open311::{attributes, markup, read_requests, rules};

fuzz_target!(|form: &str| {
    let Ok(parameters) = Parameters::read(form) else { return };
    let _ = read_requests::conditions(&parameters, Some(1), Days::Few(Utc::now()));
    let _ = read_requests::conditions(&parameters, None, Days::All);
    let _ = read_requests::page(&parameters);
    let _ = attributes::attributes(&parameters);
    for (_, value) in parameters.iter() {
        let _ = rules::moment("start_date", value);
        let _ = rules::status(value);
        let _ = markup::has_markup(value);
    }
});
