//! One `Idempotency-Key`, one effect: the answer is kept in the very transaction that writes.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::IDEMPOTENCY_KEY_CHARS;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, ApiResult};
use crate::schema::idempotency_keys;

/// The caller's `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl FromRequest for IdempotencyKey {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
        ready(Self::read(key.unwrap_or_default()))
    }
}

impl IdempotencyKey {
    /// Reads a key.
    ///
    /// # Errors
    /// `idempotency_key_required` where there is none, or a text that is none.
    pub fn read(text: &str) -> ApiResult<Self> {
        let key = text.trim();
        let usable =
            !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_CHARS && key.bytes().all(|byte| byte.is_ascii_graphic());
        if usable { Ok(Self(key.to_owned())) } else { Err(ErrorCode::IdempotencyKeyRequired.into()) }
    }

    /// Runs `work` once per key, in the caller's transaction, and keeps its answer with the key. A second request with
    /// the same key waits here until the first has committed or failed, and then gets the first one's answer.
    ///
    /// `scope` is the operation and the caller: a key means something only there.
    ///
    /// # Errors
    /// What `work` returns (the key is free again then), or `idempotency_mismatch` when the key came with another body.
    pub fn once<T: Serialize>(
        &self,
        conn: &mut PgConnection,
        scope: &str,
        body: &[u8],
        work: impl FnOnce(&mut PgConnection) -> ApiResult<T>,
    ) -> ApiResult<Answer> {
        use idempotency_keys as kept;
        let hash = Sha256::digest(body).to_vec();
        let row = (scope, &self.0);
        if self.is_first(conn, scope, &hash)? {
            let status = StatusCode::CREATED;
            let body = serde_json::to_value(work(conn)?).map_err(ApiError::internal)?;
            let number = i16::try_from(status.as_u16()).map_err(ApiError::internal)?;
            diesel::update(kept::table.find(row))
                .set((kept::status.eq(number), kept::response.eq(&body)))
                .execute(conn)?;
            return Ok(Answer { status, body });
        }
        let (before, status, body): (Vec<u8>, i16, Value) =
            kept::table.find(row).select((kept::request_hash, kept::status, kept::response)).first(conn)?;
        if before != hash {
            return Err(ErrorCode::IdempotencyMismatch.into());
        }
        let status = u16::try_from(status).ok().and_then(|code| StatusCode::from_u16(code).ok());
        Ok(Answer { status: status.unwrap_or(StatusCode::OK), body })
    }

    /// Runs `work` once per key, as [`Self::once`] does, where its answer has a secret in it that is shown once: the answer is
    /// not kept, and whoever comes again with the key does not get it.
    ///
    /// # Errors
    /// What `work` returns, `idempotency_mismatch` when the key came with another body, `conflict` when it came before.
    pub fn once_shown<T>(
        &self,
        conn: &mut PgConnection,
        scope: &str,
        body: &[u8],
        work: impl FnOnce(&mut PgConnection) -> ApiResult<T>,
    ) -> ApiResult<T> {
        use idempotency_keys as kept;
        let hash = Sha256::digest(body).to_vec();
        if self.is_first(conn, scope, &hash)? {
            return work(conn);
        }
        let before: Vec<u8> = kept::table.find((scope, &self.0)).select(kept::request_hash).first(conn)?;
        if before != hash {
            return Err(ErrorCode::IdempotencyMismatch.into());
        }
        Err(ApiError::code(ErrorCode::Conflict).with_message("This was done, and what it answered is shown only once."))
    }

    /// Puts the key in, and says whether it was not there. Waits for whoever is putting it in.
    fn is_first(&self, conn: &mut PgConnection, scope: &str, hash: &[u8]) -> QueryResult<bool> {
        use idempotency_keys as kept;
        let added = diesel::insert_into(kept::table)
            .values((
                kept::scope.eq(scope),
                kept::key.eq(&self.0),
                kept::request_hash.eq(hash),
                kept::status.eq(0),
                kept::response.eq(Value::Null),
            ))
            .on_conflict_do_nothing()
            .execute(conn)?;
        Ok(added == 1)
    }
}

/// An answer to send, new or kept.
#[derive(Debug)]
pub struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    /// What is answered, without its form.
    #[must_use]
    pub fn into_body(self) -> Value {
        self.body
    }
}

impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        Self::build(answer.status).insert_header(("Cache-Control", "no-store")).json(answer.body)
    }
}
