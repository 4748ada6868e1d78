//! Compressing once, as well as it can be done, so that no server has to.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::cache::Cache;

/// Changes when the way of compressing does.
const SETTINGS: &[u8] = b"brotli 11, window 24; gzip 9";

/// What to compress: text and WebAssembly. Pictures and fonts are compressed already.
const KINDS: [&str; 11] = ["css", "html", "js", "json", "map", "mjs", "svg", "txt", "wasm", "webmanifest", "xml"];

/// Whether a file of this name gets smaller by compressing.
pub fn is_worth_it(path: &Path) -> bool {
    path.extension().and_then(|extension| extension.to_str()).is_some_and(|extension| KINDS.contains(&extension))
}

/// `bytes` in brotli's format.
pub fn brotli(bytes: &[u8], cache: &Cache) -> Result<Vec<u8>> {
    cache.bytes("brotli", &[SETTINGS, bytes], || {
        let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, ..Default::default() };
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
        Ok(packed)
    })
}

/// `bytes` in gzip's format.
pub fn gzip(bytes: &[u8], cache: &Cache) -> Result<Vec<u8>> {
    cache.bytes("gzip", &[SETTINGS, bytes], || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes)?;
        Ok(encoder.finish()?)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn both_formats_give_back_what_went_in() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let cache = Cache::open(&dir.path().join("app.wasm"))?;
        let text = "potholes and street lights; ".repeat(200);
        let (mut from_brotli, mut from_gzip) = (String::new(), String::new());
        brotli::Decompressor::new(&brotli(text.as_bytes(), &cache)?[..], 4096).read_to_string(&mut from_brotli)?;
        flate2::read::GzDecoder::new(&gzip(text.as_bytes(), &cache)?[..]).read_to_string(&mut from_gzip)?;
        assert_eq!(from_brotli, text);
        assert_eq!(from_gzip, text);
        Ok(())
    }

    #[test]
    fn pictures_are_left_alone() {
        assert!(is_worth_it(Path::new("a/mendmap.wasm")));
        assert!(!is_worth_it(Path::new("a/marker.png")));
    }
}
