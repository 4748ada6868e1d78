//! Passwords, hashed with argon2id. Slow on purpose, and hungry: see [`apart`].

use std::sync::LazyLock;

use actix_web::web;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::{ApiError, ApiResult};

/// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashings at once in this process; each takes 19 MiB and a core.
static TURNS: Semaphore = Semaphore::const_new(4);

/// Runs what hashes off the async threads, a few at a time, so that many sign-ins at once cost time and not memory.
///
/// # Errors
/// When it cannot be run, which is our fault.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
    let _turn = TURNS.acquire().await.map_err(ApiError::internal)?;
    web::block(work).await.map_err(ApiError::internal)
}

/// Hashes a password with a fresh salt.
///
/// # Errors
/// When hashing fails, which is our fault.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = argon2().hash_password(password.as_bytes(), &salt).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(hash.to_string())
}

/// Whether the password fits. With no hash to compare, it takes as long and says no, so that nobody learns from the
/// clock whether an account exists.
#[must_use]
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| self::hash("nobody's password").unwrap_or_default());
    let stored = hash.unwrap_or(&NOBODY);
    let fits =
        PasswordHash::new(stored).is_ok_and(|parsed| argon2().verify_password(password.as_bytes(), &parsed).is_ok());
    fits && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits_and_no_account_fits_nothing() {
        let stored = hash("correct horse battery").expect("hashes");
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse battery", Some(&stored)));
        assert!(!verify("Correct horse battery", Some(&stored)));
        assert!(!verify("nobody's password", None));
    }
}
