//! A random name this browser keeps, so that one device counts once as a supporter without an account.

use gloo_storage::{LocalStorage, Storage as _};
use wasm_bindgen::prelude::*;

const KEY: &str = "mendmap.device";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(bytes: &js_sys::Uint8Array);
}

/// The name; made at first use. In a browser that stores nothing it is new at every call.
pub fn name() -> String {
    LocalStorage::get(KEY).unwrap_or_else(|_| {
        let made = random_uuid();
        let _stored = LocalStorage::set(KEY, &made);
        made
    })
}

/// A random UUID (version 4). `crypto.randomUUID` is missing on pages that are not secure contexts, so the bits are set here.
pub fn random_uuid() -> String {
    let array = js_sys::Uint8Array::new_with_length(16);
    get_random_values(&array);
    let mut bytes = array.to_vec();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
