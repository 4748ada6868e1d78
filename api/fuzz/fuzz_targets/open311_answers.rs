//! Whatever a body's server answers, in XML or JSON, is read or refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mendmap::delivery::open311::wire;

fuzz_target!(|answer: &[u8]| {
    let _ = wire::services(answer);
    let _ = wire::attributes(answer);
    let _ = wire::accepted(answer);
    let _ = wire::requests(answer);
    let _ = wire::request_updates(answer);
    let _ = wire::taken_update(answer);
    let _ = wire::refusal(answer);
});
