//! One kept answer.

use std::io::{self, Write as _};
use std::sync::OnceLock;
use std::time::Instant;

use actix_web::http::header::EntityTag;
use actix_web::web::Bytes;
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::OLDEST;
use crate::http::etag;

/// How hard brotli tries, of 11. 14 kB of pins take 0.1 ms and become 2.0 kB; at 5 they take twice as long and become no
/// smaller.
const BROTLI_QUALITY: i32 = 4;
/// How far back brotli looks, as a power of two; few answers are longer.
const BROTLI_WINDOW: i32 = 18;
/// What a kept answer takes beside its texts, in bytes, rounded up.
const OVERHEAD: usize = 512;

/// What an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JSON.
    Json,
    /// A vector tile, as Mapbox defines it.
    VectorTile,
}

impl Kind {
    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::VectorTile => "application/vnd.mapbox-vector-tile",
        }
    }
}

/// How a body is compressed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
}

/// An answer ready to be sent; an empty body means that there is nothing.
#[derive(Debug)]
pub struct Kept {
    kind: Kind,
    body: Bytes,
    tag: EntityTag,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
    born: Instant,
}

impl Kept {
    /// An answer of this body, which shows what was true at `born`.
    #[must_use]
    pub fn new(kind: Kind, body: Vec<u8>, born: Instant) -> Self {
        let tag = etag::of(&body);
        Self { kind, body: Bytes::from(body), tag, brotli: OnceLock::new(), gzip: OnceLock::new(), born }
    }

    /// One that comes out of memcached.
    pub(super) fn again(kind: Kind, body: Bytes, tag: EntityTag, brotli: Bytes, born: Instant) -> Self {
        let copy = OnceLock::new();
        if !brotli.is_empty() {
            let _ = copy.set(brotli);
        }
        Self { kind, body, tag, brotli: copy, gzip: OnceLock::new(), born }
    }

    /// What it is written in.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The body, as it was made.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// Its ETag: weak, because it is one for all the body's codings.
    #[must_use]
    pub const fn tag(&self) -> &EntityTag {
        &self.tag
    }

    /// The body in a coding; compressed when first asked for, and only then.
    pub fn coded(&self, coding: Coding) -> &Bytes {
        match coding {
            Coding::Brotli => {
                self.brotli.get_or_init(|| brotli(&self.body).map_or_else(|_| self.body.clone(), Bytes::from))
            }
            Coding::Gzip => self.gzip.get_or_init(|| gzip(&self.body).map_or_else(|_| self.body.clone(), Bytes::from)),
        }
    }

    /// The brotli copy, if there is one.
    pub(super) fn brotli(&self) -> Option<&Bytes> {
        self.brotli.get()
    }

    /// How many whole seconds ago it was true.
    #[must_use]
    pub fn seconds_old(&self) -> u64 {
        self.born.elapsed().as_secs()
    }

    /// Until when it may be given to requests that arrive.
    pub(super) fn fresh_until(&self) -> Instant {
        self.born + OLDEST
    }

    /// What it takes, in bytes; the copies that may be made later are counted from the start.
    pub(super) fn weight(&self) -> usize {
        let brotli = self.brotli.get().map_or(self.body.len() / 4, Bytes::len);
        OVERHEAD + self.body.len() + brotli + self.body.len() / 3
    }
}

fn brotli(body: &[u8]) -> io::Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: body.len(),
        ..BrotliEncoderParams::default()
    };
    let mut coded = Vec::with_capacity(body.len() / 4);
    brotli::BrotliCompress(&mut &*body, &mut coded, &params)?;
    Ok(coded)
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::new(5));
    encoder.write_all(body)?;
    encoder.finish()
}
