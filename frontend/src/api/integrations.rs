//! A body's keys and webhooks.

use std::future::Future;

use mendmap_shared::wire::Page;
use mendmap_shared::wire::categories::AreaRef;
use mendmap_shared::wire::integrations::{
    ApiKey, ApiKeyMade, NewApiKey, NewWebhook, Replay, Replayed, Webhook, WebhookDelivery, WebhookSecret, WebhookTried,
};

use super::transport::Call;
use super::{ApiError, Query};

/// [list_api_keys]
pub fn list_api_keys(body: &str) -> impl Future<Output = Result<Vec<ApiKey>, ApiError>> + use<> {
    Call::get(format!("/desk/bodies/{body}/api-keys")).fetch()
}

/// [create_api_key]
pub fn create_api_key(
    body: &str,
    idempotency_key: &str,
    new: &NewApiKey,
) -> impl Future<Output = Result<ApiKeyMade, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/api-keys")).idempotent(idempotency_key).json(new).fetch()
}

/// [revoke_api_key]
pub fn revoke_api_key(body: &str, id: &str) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::delete(format!("/desk/bodies/{body}/api-keys/{id}")).done()
}

/// [list_body_areas]
pub fn list_body_areas(body: &str) -> impl Future<Output = Result<Vec<AreaRef>, ApiError>> + use<> {
    Call::get(format!("/desk/bodies/{body}/areas")).fetch()
}

/// [list_webhooks]
pub fn list_webhooks(body: &str) -> impl Future<Output = Result<Vec<Webhook>, ApiError>> + use<> {
    Call::get(format!("/desk/bodies/{body}/webhooks")).fetch()
}

/// [create_webhook]
pub fn create_webhook(
    body: &str,
    idempotency_key: &str,
    new: &NewWebhook,
) -> impl Future<Output = Result<WebhookSecret, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/webhooks")).idempotent(idempotency_key).json(new).fetch()
}

/// [change_webhook]
pub fn change_webhook(
    body: &str,
    id: &str,
    new: &NewWebhook,
) -> impl Future<Output = Result<Webhook, ApiError>> + use<> {
    Call::put(format!("/desk/bodies/{body}/webhooks/{id}")).json(new).fetch()
}

/// [delete_webhook]
pub fn delete_webhook(body: &str, id: &str) -> impl Future<Output = Result<(), ApiError>> + use<> {
    Call::delete(format!("/desk/bodies/{body}/webhooks/{id}")).done()
}

/// [change_webhook_secret]
pub fn change_webhook_secret(
    body: &str,
    id: &str,
    idempotency_key: &str,
) -> impl Future<Output = Result<WebhookSecret, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/webhooks/{id}/secret")).idempotent(idempotency_key).fetch()
}

/// [try_webhook]
pub fn try_webhook(body: &str, id: &str) -> impl Future<Output = Result<WebhookTried, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/webhooks/{id}/test")).fetch()
}

/// [list_webhook_deliveries]
pub fn list_webhook_deliveries(
    body: &str,
    id: &str,
    cursor: Option<String>,
) -> impl Future<Output = Result<Page<WebhookDelivery>, ApiError>> + use<> {
    let query = Query::new().with_some("cursor", cursor).into_string();
    Call::get(format!("/desk/bodies/{body}/webhooks/{id}/deliveries{query}")).fetch()
}

/// [replay_webhook]
pub fn replay_webhook(
    body: &str,
    id: &str,
    idempotency_key: &str,
    replay: &Replay,
) -> impl Future<Output = Result<Replayed, ApiError>> + use<> {
    Call::post(format!("/desk/bodies/{body}/webhooks/{id}/replay")).idempotent(idempotency_key).json(replay).fetch()
}
