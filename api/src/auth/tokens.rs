//! What we sign: access tokens, links in mails, and the keys of photos that are not public. And what secrets are sealed with.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::KeyInit as _;
use chrono::Utc;
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::ACCESS_TOKEN_SECONDS;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::sealed::Cipher;
use crate::error::{ApiError, ApiResult};

/// Hours a key for a photo that is not public is valid; addresses stay the same for that long, so browsers keep them.
const PHOTO_KEY_HOURS: i64 = 12;
/// Hours a key in a letter to a body is valid: half a year, the time a slow repair takes.
const MAILED_PHOTO_KEY_HOURS: i64 = 24 * 183;

/// Everything derived from the one secret; cheap to clone.
#[derive(Clone)]
pub struct Keys {
    access_encoding: EncodingKey,
    access_decoding: DecodingKey,
    links: Hmac<Sha256>,
    photos: Hmac<Sha256>,
    devices: Hmac<Sha256>,
    requests: Hmac<Sha256>,
    addresses: Hmac<Sha256>,
    sealing: Cipher,
}

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    iat: i64,
}

fn mac(key: &[u8]) -> anyhow::Result<Hmac<Sha256>> {
    Hmac::new_from_slice(key).map_err(|error| anyhow::anyhow!("{error}"))
}

fn tag(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(part);
        mac.update(&[0]);
    }
    mac.finalize().into_bytes().into()
}

/// Compares in a time that tells nothing about where they differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
}

impl Keys {
    /// Derives a key for each purpose, so that a signature for one is worth nothing for another.
    ///
    /// # Errors
    /// When the secret cannot serve as a key.
    pub fn new(secret: &str) -> anyhow::Result<Self> {
        let root = mac(secret.as_bytes())?;
        let derive = |purpose: &str| tag(&root, &[purpose.as_bytes()]);
        let access = derive("access tokens");
        Ok(Self {
            access_encoding: EncodingKey::from_secret(&access),
            access_decoding: DecodingKey::from_secret(&access),
            links: mac(&derive("links"))?,
            photos: mac(&derive("photos"))?,
            devices: mac(&derive("devices"))?,
            requests: mac(&derive("requests"))?,
            addresses: mac(&derive("mail addresses"))?,
            sealing: Cipher::new(&derive("sealed secrets").into()),
        })
    }

    /// What a mail address is known by where it is not to be kept, however it is written.
    #[must_use]
    pub fn address_hash(&self, address: &str) -> [u8; 32] {
        tag(&self.addresses, &[address.trim().to_lowercase().as_bytes()])
    }

    /// What secrets are sealed with.
    pub(super) const fn sealing(&self) -> &Cipher {
        &self.sealing
    }

    /// An access token for this account.
    ///
    /// # Errors
    /// When signing fails, which is our fault.
    pub fn access_token(&self, user_id: i64) -> ApiResult<String> {
        let now = Utc::now().timestamp();
        let claims = Claims { sub: user_id.to_string(), iat: now, exp: now + ACCESS_TOKEN_SECONDS };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.access_encoding).map_err(ApiError::internal)
    }

    /// The account an access token speaks for.
    ///
    /// # Errors
    /// `unauthenticated` when it is forged or has run out.
    pub fn check_access_token(&self, token: &str) -> ApiResult<i64> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let data = jsonwebtoken::decode::<Claims>(token, &self.access_decoding, &validation)
            .map_err(|_| ApiError::code(ErrorCode::Unauthenticated))?;
        data.claims.sub.parse().map_err(|_| ErrorCode::Unauthenticated.into())
    }

    /// The text in a mailed link that stands for this row of `link_tokens` or this alert.
    #[must_use]
    pub fn link_token(&self, purpose: &str, id: Uuid) -> String {
        let tag = tag(&self.links, &[purpose.as_bytes(), id.as_bytes()]);
        URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &tag[..16]].concat())
    }

    /// The row a link's text stands for, if we made it for one of these purposes.
    #[must_use]
    pub fn check_link_token(&self, purposes: &[&str], token: &str) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(token.trim()).ok()?;
        let (id, given) = bytes.split_at_checked(16)?;
        let id = Uuid::from_slice(id).ok()?;
        let ours = |purpose: &&str| same(&tag(&self.links, &[purpose.as_bytes(), id.as_bytes()])[..16], given);
        purposes.iter().any(ours).then_some(id)
    }

    /// What stands for a report whose number is not given out yet.
    #[must_use]
    pub fn request_token(&self, report: i64) -> String {
        let number = report.to_be_bytes();
        URL_SAFE_NO_PAD.encode([number.as_slice(), &tag(&self.requests, &[&number])[..16]].concat())
    }

    /// The report a token stands for, if we made it.
    #[must_use]
    pub fn check_request_token(&self, token: &str) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (number, given) = bytes.split_at_checked(8)?;
        let ours = same(&tag(&self.requests, &[number])[..16], given);
        Some(i64::from_be_bytes(number.try_into().ok()?)).filter(|_| ours)
    }

    /// The query that lets whoever holds the address see this photo for some hours.
    #[must_use]
    pub fn photo_query(&self, photo: &str) -> String {
        self.photo_query_for(photo, PHOTO_KEY_HOURS)
    }

    /// The query that lets whoever got a letter see this photo for as long as the letter may matter.
    #[must_use]
    pub fn mailed_photo_query(&self, photo: &str) -> String {
        self.photo_query_for(photo, MAILED_PHOTO_KEY_HOURS)
    }

    /// Between `hours` and twice as many.
    fn photo_query_for(&self, photo: &str, hours: i64) -> String {
        let until = (Utc::now().timestamp() / 3600 / hours + 2) * hours;
        format!("?key={until}.{}", self.photo_tag(photo, until))
    }

    fn photo_tag(&self, photo: &str, until: i64) -> String {
        URL_SAFE_NO_PAD.encode(&tag(&self.photos, &[photo.as_bytes(), &until.to_be_bytes()])[..16])
    }

    /// Whether the key belongs to this photo and is still valid.
    #[must_use]
    pub fn check_photo_key(&self, photo: &str, key: &str) -> bool {
        let Some((until, given)) = key.split_once('.') else { return false };
        let Ok(until) = until.parse::<i64>() else { return false };
        let holds = until.checked_mul(3600).is_some_and(|end| end > Utc::now().timestamp());
        holds && same(self.photo_tag(photo, until).as_bytes(), given.as_bytes())
    }

    /// A name for a device that cannot be turned back into the browser's own.
    #[must_use]
    pub fn device_name(&self, device: &str) -> String {
        URL_SAFE_NO_PAD.encode(&tag(&self.devices, &[device.as_bytes()])[..16])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new("a secret of at least thirty-two characters").expect("keys")
    }

    #[test]
    fn an_access_token_names_its_account_and_a_forged_one_names_nobody() {
        let token = keys().access_token(42).expect("signs");
        assert_eq!(keys().check_access_token(&token).expect("ours"), 42);
        let other = Keys::new("another secret of at least thirty-two").expect("keys");
        assert!(other.check_access_token(&token).is_err());
        assert!(keys().check_access_token(&format!("{token}x")).is_err());
    }

    #[test]
    fn a_link_for_one_purpose_opens_no_other() {
        let id = Uuid::new_v4();
        let token = keys().link_token("sign_in", id);
        assert_eq!(keys().check_link_token(&["confirm_report", "sign_in"], &token), Some(id));
        assert_eq!(keys().check_link_token(&["confirm_report"], &token), None);
        assert_eq!(keys().check_link_token(&["sign_in"], "nonsense"), None);
    }

    #[test]
    fn a_photo_key_fits_its_own_photo_only() {
        let query = keys().photo_query("abc");
        let key = query.strip_prefix("?key=").expect("a key");
        assert!(keys().check_photo_key("abc", key));
        assert!(!keys().check_photo_key("abd", key));
        assert!(!keys().check_photo_key("abc", "1.x"));
    }
}
