//! How a kept answer is written in memcached: under which name, and with which header.
//!
//! Memcached holds what anybody wrote into it, so nothing is believed of it that the header does not confirm.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_web::http::header::EntityTag;
use actix_web::web::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{Kept, Kind, SHARED};

/// Raise it when the header's layout changes, or when answers under the same keys come to say something else: while a new
/// version is rolled out, the old one shares memcached with it.
const VERSION: u8 = 1;
/// How far another machine's clock may be ahead of ours.
const CLOCKS_APART: Duration = Duration::from_millis(500);
/// Bytes of a name's digest in the header.
const DIGEST: usize = 32;
/// Characters of an ETag.
const TAG: usize = 24;
/// Bytes of the header: version, kind, digest, when it was made, ETag, length of the body.
const HEADER: usize = 1 + 1 + DIGEST + 8 + TAG + 4;

/// What an answer is called in memcached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    digest: [u8; DIGEST],
}

/// Makes names that only one site makes.
#[derive(Clone)]
pub(super) struct Names(Hmac<Sha256>);

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    pub(super) fn of(site: &str) -> Self {
        Self(Hmac::new_from_slice(site.as_bytes()).expect("a key"))
    }

    pub(super) fn name(&self, kind: Kind, key: &str) -> Name {
        let mut mac = self.0.clone();
        mac.update(&[VERSION, code(kind)]);
        mac.update(key.as_bytes());
        let digest: [u8; DIGEST] = mac.finalize().into_bytes().into();
        Name { text: format!("mendmap-{}", URL_SAFE_NO_PAD.encode(digest)), digest }
    }
}

const fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Json => 1,
        Kind::VectorTile => 2,
    }
}

/// An answer that shows what was true at `made_at`, as memcached keeps it.
pub(super) fn write(kept: &Kept, name: &Name, made_at: SystemTime) -> Vec<u8> {
    let brotli = kept.brotli().map_or(&[][..], |copy| &copy[..]);
    let milliseconds = made_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut bytes = Vec::with_capacity(HEADER + kept.body().len() + brotli.len());
    bytes.extend([VERSION, code(kept.kind())]);
    bytes.extend(name.digest);
    bytes.extend(u64::try_from(milliseconds).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(kept.tag().tag().as_bytes());
    bytes.extend(u32::try_from(kept.body().len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(kept.body());
    bytes.extend_from_slice(brotli);
    bytes
}

/// The answer of this name and kind, if that is what the bytes hold, and if it is young enough.
pub(super) fn read(bytes: Vec<u8>, name: &Name, kind: Kind) -> Option<Kept> {
    let mut rest = bytes.get(..HEADER)?;
    let mut take = |count: usize| rest.split_off(..count);
    if take(2)? != [VERSION, code(kind)] || take(DIGEST)? != name.digest {
        return None;
    }
    let made_at = Duration::from_millis(u64::from_be_bytes(take(8)?.try_into().ok()?));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    // A memcached that stood still for a while has not counted that time.
    if now > made_at + SHARED || made_at > now + CLOCKS_APART {
        return None;
    }
    let tag = std::str::from_utf8(take(TAG)?).ok().filter(|tag| tag.bytes().all(|b| b.is_ascii_alphanumeric()))?;
    let tag = EntityTag::new_weak(tag.to_owned());
    let end = HEADER.checked_add(usize::try_from(u32::from_be_bytes(take(4)?.try_into().ok()?)).ok()?)?;
    let bytes = Bytes::from(bytes);
    let body = (end <= bytes.len()).then(|| bytes.slice(HEADER..end))?;
    let born = Instant::now().checked_sub(now.saturating_sub(made_at))?;
    Some(Kept::again(kind, body, tag, bytes.slice(end..), born))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::Coding;

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![Just(Kind::Json), Just(Kind::VectorTile)]
    }

    proptest! {
        #[test]
        fn different_keys_kinds_and_sites_never_share_a_name(
            one in (".{0,300}", kind(), ".{0,80}"),
            other in (".{0,300}", kind(), ".{0,80}"),
        ) {
            let name = |(key, kind, site): &(String, Kind, String)| Names::of(site).name(*kind, key);
            let (first, second) = (name(&one), name(&other));
            prop_assert_eq!(first == second, one == other);
            prop_assert_eq!(first.text == second.text, one == other);
            prop_assert!(first.text.len() <= 250 && first.text.bytes().all(|byte| byte.is_ascii_graphic()));
        }

        #[test]
        fn what_is_written_is_read_and_under_no_other_name(
            body in proptest::collection::vec(any::<u8>(), 0..3000), kind in kind(), compressed in any::<bool>(),
        ) {
            let (names, made_at) = (Names::of("site"), SystemTime::now());
            let name = names.name(kind, "this");
            let kept = Kept::new(kind, body, Instant::now());
            if compressed {
                kept.coded(Coding::Brotli);
            }
            let bytes = write(&kept, &name, made_at);
            let again = read(bytes.clone(), &name, kind).expect("it reads");
            prop_assert_eq!((again.body(), again.tag(), again.brotli()), (kept.body(), kept.tag(), kept.brotli()));
            prop_assert!(read(bytes.clone(), &names.name(kind, "that"), kind).is_none());
            prop_assert!(read(bytes[..HEADER - 1].to_vec(), &name, kind).is_none());
        }

        #[test]
        fn nonsense_reads_as_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in kind()) {
            let name = Names::of("site").name(kind, "key");
            prop_assert!(read(bytes.clone(), &name, kind).is_none());
            // Even when it begins as ours do.
            let mut ours = write(&Kept::new(kind, b"body".to_vec(), Instant::now()), &name, SystemTime::now());
            ours.truncate(2 + DIGEST);
            ours.extend(bytes);
            prop_assert!(read(ours, &name, kind).is_none());
        }
    }

    #[test]
    fn what_was_made_too_long_ago_or_not_yet_is_not_read() {
        let name = Names::of("site").name(Kind::Json, "key");
        let kept = Kept::new(Kind::Json, b"[]".to_vec(), Instant::now());
        let read_at = |made_at: SystemTime| read(write(&kept, &name, made_at), &name, Kind::Json).is_some();
        let (now, second) = (SystemTime::now(), Duration::from_secs(1));
        assert!(read_at(now) && read_at(now - second) && read_at(now + CLOCKS_APART / 2));
        assert!(!read_at(now - SHARED - second / 10) && !read_at(now + second) && !read_at(UNIX_EPOCH));
    }
}
