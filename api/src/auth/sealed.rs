//! Secrets that we must be able to send again (the ones hooks are signed with, the keys of bodies' servers), sealed for the
//! database: whoever reads a copy of it learns none of them without `SECRET_KEY`. What we need only to compare is hashed instead.

use anyhow::{Context as _, anyhow, ensure};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngCore as _;

use super::tokens::Keys;

/// How it was sealed, so that another way can come to stand beside this one.
const VERSION: u8 = 1;
/// Bytes of the nonce: long enough to be drawn at random for as long as there are secrets.
const NONCE_BYTES: usize = 24;

/// The one way in and out of the seal.
pub(super) type Cipher = XChaCha20Poly1305;

/// Seals a secret. `purpose` names what it is for, down to its row ("webhook 0192..."): it opens nowhere else, so that nobody
/// who can write to the database can have one server sent another's secret.
///
/// # Errors
/// When the secret is larger than any can be, which is our fault.
pub fn seal(keys: &Keys, purpose: &str, secret: &str) -> anyhow::Result<Vec<u8>> {
    let mut nonce = [0; NONCE_BYTES];
    rand::rng().fill_bytes(&mut nonce);
    let payload = Payload { msg: secret.as_bytes(), aad: purpose.as_bytes() };
    let sealed = keys.sealing().encrypt(&XNonce::from(nonce), payload).map_err(|_| anyhow!("it cannot be sealed"))?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// The secret that was sealed for this purpose.
///
/// # Errors
/// When it was sealed for another, under another `SECRET_KEY`, or not by us.
pub fn open(keys: &Keys, purpose: &str, sealed: &[u8]) -> anyhow::Result<String> {
    let (version, rest) = sealed.split_first().context("nothing is sealed here")?;
    ensure!(*version == VERSION, "it was sealed in a way we do not know");
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().context("it is too short to be sealed")?;
    let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
    let secret = keys.sealing().decrypt(&XNonce::from(*nonce), payload);
    let secret = secret.map_err(|_| anyhow!("it was sealed for something else, or under another SECRET_KEY"))?;
    String::from_utf8(secret).context("what was sealed is no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Keys {
        Keys::new(secret).expect("keys")
    }

    #[test]
    fn a_secret_opens_with_its_key_for_its_purpose_and_for_nothing_else() {
        let ours = keys("a secret of at least thirty-two characters");
        let sealed = seal(&ours, "webhook 1", "whsec_c2VjcmV0").expect("sealed");
        assert_eq!(open(&ours, "webhook 1", &sealed).expect("ours"), "whsec_c2VjcmV0");
        assert!(open(&ours, "webhook 2", &sealed).is_err());
        assert!(open(&keys("another secret of at least thirty-two"), "webhook 1", &sealed).is_err());
    }

    #[test]
    fn what_was_changed_or_cut_off_does_not_open() {
        let ours = keys("a secret of at least thirty-two characters");
        let sealed = seal(&ours, "webhook 1", "whsec_c2VjcmV0").expect("sealed");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&ours, "webhook 1", &changed).is_err(), "byte {at}");
            assert!(open(&ours, "webhook 1", &sealed[..at]).is_err(), "the first {at}");
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same_and_is_nowhere_to_be_read() {
        let ours = keys("a secret of at least thirty-two characters");
        let [one, other] = [(); 2].map(|()| seal(&ours, "webhook 1", "whsec_c2VjcmV0").expect("sealed"));
        assert_ne!(one, other);
        assert!(!one.windows(6).any(|bytes| b"whsec_".as_slice() == bytes));
    }
}
